"""Measure what a run costs in processor time and memory, as the operating system reports it."""

import os
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class CpuSeconds:
    """Hold seconds of one processor over the time measured."""

    service: float
    load: float
    """Of this process, which makes the load."""
    machine: float
    """Of all processes on the machine, these two included."""


class CpuMeter:
    """Count processor time from its creation on."""

    def __init__(self, service_pid: int) -> None:
        self._processes = psutil.Process(service_pid), psutil.Process(os.getpid())
        self._begun = self._now()

    def spent(self) -> CpuSeconds:
        """Return the processor time since the meter was created."""
        pairs = zip(self._begun, self._now(), strict=True)
        return CpuSeconds(*(now - then for then, now in pairs))

    def _now(self) -> tuple[float, float, float]:
        service, load = (sum(process.cpu_times()[:2]) for process in self._processes)
        machine = psutil.cpu_times()
        idle = machine.idle + getattr(machine, "iowait", 0.0)
        # Linux counts a guest's time as its host's user time too.
        guest = getattr(machine, "guest", 0.0) + getattr(machine, "guest_nice", 0.0)
        return service, load, sum(machine) - idle - guest


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process, in units of 1,000,000 bytes."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6
