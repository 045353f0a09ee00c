#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A registrar over UDP that takes whoever knows the password, and nobody else. It says what it did, a line each.

usage: registrar.py ADDRESS PASSWORD"""

import hashlib
import re
import socket
import sys

NONCE = "4d6f6f6e6c69676874"
COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


def digest(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def is_right(text, password):
    found = re.search(r"(?mi)^Authorization: *Digest (.*)$", text)
    if not found:
        return False
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', found[1]))
    one, two = digest(given["username"], given["realm"], password), digest("REGISTER", given["uri"])
    middle = [given["nc"], given["cnonce"], given["qop"]] if "qop" in given else []
    return given["nonce"] == NONCE and given["response"] == digest(one, NONCE, *middle, two)


def answer(text, password):
    right = is_right(text, password)
    print("registered" if right else "refused", flush=True)
    copied = [line for line in text.split("\r\n") if line.partition(":")[0].strip() in COPIED]
    contact = re.search(r"(?mi)^Contact: *(<[^>]*>)", text)
    if right:
        own = [f"Contact: {contact[1]};expires=600"] if contact else []
        return ["SIP/2.0 200 OK", *copied, *own, "Content-Length: 0", "", ""]
    asked = f'WWW-Authenticate: Digest realm="office.example.org", nonce="{NONCE}", algorithm=MD5, qop="auth"'
    return ["SIP/2.0 401 Unauthorized", *copied, asked, "Content-Length: 0", "", ""]


def main(address, password):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 5060))
        print("ready", flush=True)
        while True:
            said, sender = server.recvfrom(65536)
            text = said.decode(errors="replace")
            if text.startswith("REGISTER "):
                server.sendto("\r\n".join(answer(text, password)).encode(), sender)


main(*sys.argv[1:])
