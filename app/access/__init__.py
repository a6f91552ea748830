"""Identify callers, and decide what they may do.

Without an admin key, on a loopback address, the service is *open*: its one user may do everything.
As soon as a key exists, or the settings make the service reachable for others, access is
*required*: admin routes need a key or a session begun with one, and a signed cookie distinguishes
visitors.
"""

from app.access.addresses import Client
from app.access.control import AccessControl
from app.access.errors import AccessSetupError, NoAdminKeyError, WeakAdminKeyError
from app.access.identity import LOCAL_OWNER, Caller, Identity
from app.access.keys import hash_key, new_key

__all__ = [
    "LOCAL_OWNER",
    "AccessControl",
    "AccessSetupError",
    "Caller",
    "Client",
    "Identity",
    "NoAdminKeyError",
    "WeakAdminKeyError",
    "hash_key",
    "new_key",
]
