"""Make UUIDv7 ids (RFC 9562, section 5.7), which sort by time of creation."""

import secrets
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """Return a new id: 48 bits of Unix milliseconds, 12 of the fraction, 62 random ones.

    The fraction of the millisecond (section 6.2, method 3) keeps ids of one millisecond in order.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(64)
    value |= 0x7 << 76 | (rest * 4096 // 1_000_000) << 64
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def earliest_id(time: datetime) -> UUID:
    """Return what no id that was made at a time, or later, is below."""
    return UUID(int=max(0, int(time.timestamp() * 1_000)) << 80)


def created_ms(id: UUID) -> int:
    """Return the Unix time in milliseconds at which a UUIDv7 was made."""
    return id.int >> 80
