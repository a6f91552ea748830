"""Read what this machine can give to a model: memory, cores and disk, within its container."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
"""Control group of the process in a container (version 2); its limits are below the machine's."""
_MEMINFO = Path("/proc/meminfo")
_UNKNOWN_SHARE = 0.5
"""Share of the memory that is taken for available where the system does not say."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Hold the resources for a model. Sizes are in bytes."""

    memory: int
    """Memory that can be used without swapping; files that are only cached count as available."""
    cores: int
    disk: int
    """Free space where models are kept."""


def read_machine(models_dir: Path) -> Machine:
    """Return the resources as they are now."""
    return Machine(_memory(), _cores(), _disk(models_dir))


def _memory() -> int:
    system = _available() or int(_physical() * _UNKNOWN_SHARE)
    limit = _number(_CGROUP / "memory.max")
    if limit is None:
        return system
    used = (_number(_CGROUP / "memory.current") or 0) - _inactive_files()
    return max(0, min(system, limit - max(0, used)))


def _available() -> int | None:
    try:
        lines = _MEMINFO.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.startswith("MemAvailable:")]
    return int(found[0][1]) * 1024 if found and found[0][1:2] and found[0][1].isdigit() else None


def _physical() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return 0


def _inactive_files() -> int:
    """Return the bytes of cached files, which the kernel gives back when they are needed."""
    try:
        lines = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith("inactive_file ")]
    return int(found[0]) if found else 0


def _cores() -> int:
    """Return the cores that this process may use: its affinity, and its container's quota."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        cores = os.cpu_count() or 1
    try:
        quota, period = (_CGROUP / "cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # no container, or no quota ("max")
        return cores


def _disk(models_dir: Path) -> int:
    existing = next(each for each in (models_dir, *models_dir.parents) if each.exists())
    return shutil.disk_usage(existing).free


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return None
