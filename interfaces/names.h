/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every name on the bus, written once. */
#pragma once

#define CALLBUS_NAME "org.callbus1"
#define CALLBUS_PATH "/org/callbus1"
#define CALLBUS_LINE_PATH CALLBUS_PATH "/line"
#define CALLBUS_CLIENT_PATH CALLBUS_PATH "/client"

#define CALLBUS_MANAGER_INTERFACE "org.callbus1.Manager"
#define CALLBUS_LINE_INTERFACE "org.callbus1.Line"
#define CALLBUS_CALL_INTERFACE "org.callbus1.Call"
#define CALLBUS_LOG_INTERFACE "org.callbus1.CallLog"
#define CALLBUS_DEBUG_INTERFACE "org.callbus1.Debug"

#define CALLBUS_ERROR_PREFIX "org.callbus1.Error."

#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"
#define DBUS_INTERFACE "org.freedesktop.DBus"
#define DBUS_PEER_INTERFACE "org.freedesktop.DBus.Peer"
#define DBUS_STATS_INTERFACE "org.freedesktop.DBus.Debug.Stats"
#define DBUS_PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define DBUS_INTROSPECTABLE_INTERFACE "org.freedesktop.DBus.Introspectable"
#define DBUS_OBJECT_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"

#define DBUS_ERROR_ACCESS_DENIED "org.freedesktop.DBus.Error.AccessDenied"
#define DBUS_ERROR_INVALID_ARGS "org.freedesktop.DBus.Error.InvalidArgs"
#define DBUS_ERROR_IO_ERROR "org.freedesktop.DBus.Error.IOError"
#define DBUS_ERROR_LIMITS_EXCEEDED "org.freedesktop.DBus.Error.LimitsExceeded"
#define DBUS_ERROR_UNKNOWN_OBJECT "org.freedesktop.DBus.Error.UnknownObject"
#define DBUS_ERROR_NO_REPLY "org.freedesktop.DBus.Error.NoReply"
#define DBUS_ERROR_NAME_HAS_NO_OWNER "org.freedesktop.DBus.Error.NameHasNoOwner"
