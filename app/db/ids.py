"""Ids: UUIDv7 (RFC 9562, section 5.7), so that they sort by time of creation."""

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """48 bits of Unix milliseconds, version, 12 bits of what is left of the time, variant, chance.

    The finer time (section 6.2, method 3) keeps ids of one millisecond in order.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(64)
    value |= 0x7 << 76 | (rest * 4096 // 1_000_000) << 64
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def created_ms(id: UUID) -> int:
    """Unix milliseconds at which a UUIDv7 was made."""
    return id.int >> 80
