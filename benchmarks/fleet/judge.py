"""Judge a run: nothing acknowledged is lost, and only what a killed process had is refused."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fleet.databases import read
from benchmarks.fleet.talk import Talk, Turn
from benchmarks.fleet.trouble import Kill

_NOTICE_SECONDS = 1.0
"""Clocks of the chatters and of the kill differ by the event loop's delay."""
_SHOWN = 10


@dataclass(slots=True)
class Verdict:
    """Hold what was found."""

    acknowledged: int = 0
    faults: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    """Failed turns that a killed process had, by process."""


async def judge(talk: Talk, kills: list[Kill], database: str, access_log: Path | None) -> Verdict:
    """Compare what chatters saw with the database, and failures with the kills."""
    verdict = Verdict(len(talk.acknowledged))
    verdict.faults += await asyncio.to_thread(_lost, talk, database)
    answered_by = await asyncio.to_thread(_answered_by, access_log)
    failed: dict[str, list[Turn]] = {}
    for turn in talk.turns:
        if turn.succeeded:
            continue
        by = answered_by.get(turn.request, "")
        if excuse := _excuse(turn, kills, by):
            verdict.excused[excuse] += 1
        else:
            failed.setdefault(f"{turn.failure} from {by or 'an unknown process'}", []).append(turn)
    verdict.faults += [
        f"{len(turns)} times {what}{_since(turns[0], kills)}" for what, turns in failed.items()
    ]
    verdict.faults += [f"{count} times {what}" for what, count in talk.refused.items()]
    return verdict


def _lost(talk: Talk, database: str) -> list[str]:
    stored = {
        str(row[0]): str(row[1]) for row in read(database, "SELECT id, content FROM messages")
    }
    missing = [id for id in talk.acknowledged if id not in stored]
    other = [id for id, text in talk.acknowledged.items() if text and stored.get(id, text) != text]
    faults = [f"acknowledged and not stored: {id}" for id in missing[:_SHOWN]]
    faults += [f"stored otherwise than acknowledged: {id}" for id in other[:_SHOWN]]
    if more := max(0, len(missing) - _SHOWN) + max(0, len(other) - _SHOWN):
        faults.append(f"and {more} more like these")
    return faults


def _answered_by(access_log: Path | None) -> dict[str, str]:
    """Return the addresses that answered each request, by its id, from nginx's log."""
    if access_log is None:
        return {}
    found = {}
    for line in access_log.read_text(encoding="utf-8").splitlines():
        # … $request_time $request_id $upstream_addr $upstream_status; the last two may be lists.
        _, _, rest = line.partition("] ")
        fields = rest.split(" ")
        if len(fields) > 5:
            found[fields[4]] = " ".join(fields[5:])
    return found


def _since(turn: Turn, kills: list[Kill]) -> str:
    """Return how long after the last kill before it the first such turn began."""
    before = [kill for kill in kills if kill.at <= turn.sent]
    if not before:
        return ""
    last = max(before, key=lambda kill: kill.at)
    return f", first {turn.sent - last.at:.1f} s after {last.name} was killed"


def _excuse(turn: Turn, kills: list[Kill], answered_by: str) -> str:
    """Return the killed process that had the turn; empty where none had."""
    for kill in kills:
        under_way = turn.sent <= kill.at + _NOTICE_SECONDS and turn.ended >= kill.at
        if not under_way:
            continue
        if kill.kind == "web" and kill.address in answered_by:
            return kill.name
        if kill.kind == "engine" and "engine" in turn.failure:
            return kill.name
    return ""
