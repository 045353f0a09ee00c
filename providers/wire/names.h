/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every name on the connection between the service and a provider that is a process of its own, written once. */
#pragma once

#define WIRE_VERSION 1

/* Where the service listens: an address as D-Bus has it, "unix:path=...". */
#define WIRE_ADDRESS_VARIABLE "CALLBUS_PROVIDER_ADDRESS"

#define WIRE_PROVIDER_PATH "/org/callbus1/provider"
#define WIRE_PROVIDER_INTERFACE "org.callbus1.Provider"
#define WIRE_HOST_PATH "/org/callbus1/host"
#define WIRE_HOST_INTERFACE "org.callbus1.ProviderHost"

#define WIRE_ERROR_PREFIX "org.callbus1.Error."
#define WIRE_ERROR_INVALID_ARGS "org.freedesktop.DBus.Error.InvalidArgs"
#define WIRE_ERROR_ACCESS_DENIED "org.freedesktop.DBus.Error.AccessDenied"
#define WIRE_ERROR_UNKNOWN_OBJECT "org.freedesktop.DBus.Error.UnknownObject"
#define WIRE_ERROR_UNKNOWN_METHOD "org.freedesktop.DBus.Error.UnknownMethod"
