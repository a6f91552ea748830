"""Name the machine and the time of a measurement."""

import os
import platform
from datetime import UTC, datetime


def machine() -> str:
    """Return the processors, the architecture and the Python of this machine in one line."""
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"


def date() -> str:
    """Return the time in UTC, to the minute, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="minutes")
