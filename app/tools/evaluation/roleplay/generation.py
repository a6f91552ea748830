"""Generate a reply for every item with the service, side by side, and keep each at once."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.workers import run_jobs
from app.tools.bench.in_process import InProcessService, RefusedError, Say
from app.tools.evaluation.evaluated_service import EvaluatedService
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.roleplay.assignment import CharacterAssignment
from app.tools.evaluation.roleplay.dataset import Item
from characters.json_values import JsonValue, dump_json

_CAST = "cast.json"
_BUSY = {429, 503, 504}
"""Statuses after which a retry may succeed."""
_PAUSE_SECONDS = (2.0, 5.0)
"""Before each retry."""
_FAILURES_IN_A_ROW = 10
"""After this many retryable failures the engine counts as down."""


async def make_characters(
    service: EvaluatedService,
    assignment: CharacterAssignment,
    profiles: Mapping[str, JsonValue],
    folder: Path,
    say: Say,
) -> list[str]:
    """Make the characters of all parts, or reuse an earlier run's; return their slugs, indexed."""
    path = folder / _CAST
    if path.exists():
        slugs: list[str] = json.loads(path.read_text(encoding="utf-8"))
    else:
        say(f"Making {len(assignment.characters)} characters.")
        slugs = [
            await service.add_character(
                part.role,
                profile_text(profiles[part.role]),
                f"{part.novel} {part.role} {number}",
                part.scenes,
            )
            for number, part in enumerate(assignment.characters, start=1)
        ]
        path.write_text(json.dumps(slugs, ensure_ascii=False), encoding="utf-8")
    await service.until_all_indexed(slugs, say)
    return slugs


def profile_text(profile: JsonValue) -> str:
    """Return a profile as text, a row for each of its attributes."""
    if not isinstance(profile, dict):
        return str(profile)
    return "\n".join(f"{name}：{_plain(value)}" for name, value in profile.items())


def _plain(value: JsonValue) -> str:
    if isinstance(value, list):
        return "；".join(map(_plain, value))
    return value if isinstance(value, str) else dump_json(value).decode()


class Generator:
    """Generate replies, and keep the reason of each that is missing."""

    def __init__(self, service: InProcessService, journal: Journal, seed: int, say: Say) -> None:
        self._service = service
        self._journal = journal
        self._seed = seed
        self._say = say
        self.replies: dict[str, str] = {
            entry["id"]: entry["model_output"] for entry in journal.entries()
        }
        """By the item's id."""
        self.failures: dict[str, str] = {}
        """The reason, by the item's id."""
        self._in_a_row = 0

    async def run(self, jobs: Sequence[tuple[Item, str]], side_by_side: int) -> None:
        """Generate the missing replies; a job is an item and the slug that answers it.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where the engine stays down.
        """
        missing = [job for job in jobs if job[0].id not in self.replies]
        if len(missing) < len(jobs):
            self._say(f"{len(jobs) - len(missing)} replies are there already.")
        await run_jobs(
            missing,
            lambda job: self._ask(*job),
            side_by_side,
            lambda done, total: self._say(f"{done} of {total} replies asked for."),
        )

    async def _ask(self, item: Item, slug: str) -> None:
        try:
            reply = await self._reply(item, slug)
        except RefusedError as error:
            self.failures[item.id] = str(error)
            self._in_a_row += error.status in _BUSY
            if self._in_a_row >= _FAILURES_IN_A_ROW:
                raise EvaluationError(
                    f"{self._in_a_row} replies in a row failed, the last with: {error} What there "
                    "is is kept; the same command goes on."
                ) from error
            return
        self._in_a_row = 0
        self.replies[item.id] = reply
        self._journal.add({"id": item.id, "model_output": reply})

    async def _reply(self, item: Item, slug: str) -> str:
        body = {"model": slug, "messages": list(messages_of(item)), "seed": self._seed}
        pauses = iter(_PAUSE_SECONDS)
        while True:
            try:
                answer = await self._service.json("POST", "/v1/chat/completions", json=body)
            except RefusedError as error:
                pause = next(pauses, None)
                if pause is None or error.status not in _BUSY:
                    raise
                await asyncio.sleep(pause)
            else:
                return str(answer["choices"][0]["message"]["content"]).strip()


def messages_of(item: Item) -> Iterator[dict[str, Any]]:
    """Yield the dialogue so far as messages; the role's own are the assistant's."""
    for row in item.rows:
        if row.text:
            own = row.speaker == item.role
            who = {} if own else {"name": row.speaker}
            yield {"role": "assistant" if own else "user", "content": row.text, **who}
