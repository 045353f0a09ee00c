/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links on a page that call somebody: tel:, sip:, sips: and callto:. */
#pragma once

/* What to dial, or NULL for a link of another kind. `callto:` was never specified: it becomes a plain number or `sip:`. */
char *link_address(const char *uri);
