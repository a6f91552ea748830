"""Read how much memory of a process is resident, as Linux reports it."""

import re
from pathlib import Path
from typing import Literal


def resident_bytes(field: Literal["VmRSS", "VmHWM"], pid: int | None = None) -> int | None:
    """Return the resident bytes of a process: ``VmRSS`` now, ``VmHWM`` at their peak.

    Without ``pid``, of this process; None where there is no ``/proc``. ``ru_maxrss`` is no measure:
    Linux lets it begin with the peak of the parent process. psutil does not know the peak there.
    """
    path = Path(f"/proc/{'self' if pid is None else pid}/status")
    try:
        status = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(rf"^{field}:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
