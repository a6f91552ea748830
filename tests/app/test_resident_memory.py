"""How much memory a process took."""

import os

from app.resident_memory import resident_bytes


def test_the_peak_is_at_least_what_is_resident_now() -> None:
    now, most = resident_bytes("VmRSS"), resident_bytes("VmHWM")
    assert now is not None
    assert most is not None
    assert 10_000_000 < now <= most < 100_000_000_000


def test_of_another_process() -> None:
    assert (resident_bytes("VmHWM", os.getppid()) or 0) > 100_000


def test_a_process_that_is_not_there() -> None:
    assert resident_bytes("VmHWM", 2**22 + 1) is None
