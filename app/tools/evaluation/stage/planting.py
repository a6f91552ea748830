"""Plant unique facts in random scenes of a stage, and count them in prompts and replies.

Who may know a fact is kept here as sets, apart from the ledger that is measured.
"""

import json
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.engines.port import ChatEngine
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.evaluated_service import EvaluatedService, open_service
from characters.scripts.model import Line, Scene

KINDS = ("said", "whispered", "missed", "note", "script")
"""How a fact is planted: said to all, whispered, said while someone is away, in a private note, or
in a scene of the script in which only some speak."""
_NAMES = ("Ada", "Bo", "Cyd", "Dee")
_SCRIPT_SCENES = 24
_A_LINE = 5
"""Facts in one line."""
_STEPS = 12
"""Turns of a scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakResults:
    """Hold the counts of a run, by how the facts were planted."""

    model: str
    seed: int
    prompts: int
    planted: dict[str, int]
    shown: dict[str, int]
    """How often a fact was in a prompt of a character that knows it."""
    leaked: dict[str, int]
    """How often one was in a prompt of a character that does not."""
    in_replies: int
    """How often a character said one that it does not know."""


@dataclass(slots=True)
class _Facts:
    """Hold the facts, who knows each, and where they turned up."""

    known: dict[str, set[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    prompts: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    leaked: Counter[str] = field(default_factory=Counter)
    in_replies: int = 0

    def plant(self, kind: str, witnesses: Collection[str], number: int = _A_LINE) -> str:
        """Return sentences with facts that occur once in the run."""
        words = [f"zq{len(self.known) + at}zq" for at in range(number)]
        for word in words:
            self.known[word], self.kinds[word] = {*witnesses}, kind
        return f"The boxes are numbered {', '.join(words)}."

    def check_prompt(self, who: str, text: str) -> None:
        self.prompts += 1
        for word in _words(text):
            counts = self.shown if who in self.known[word] else self.leaked
            counts[self.kinds[word]] += 1

    def check_reply(self, who: str, text: str, witnesses: Collection[str]) -> None:
        """Count what the speaker cannot know; what it does, its witnesses know from now on."""
        for word in _words(text):
            if word not in self.known:
                continue
            if who in self.known[word]:
                self.known[word] |= {*witnesses}
            else:
                self.in_replies += 1


def _words(text: str) -> Iterator[str]:
    """Yield the facts in a text, once each."""
    rest = text.split("zq")
    found = {f"zq{part}zq" for part in rest[1:-1] if part.isdecimal()}
    yield from found


async def plant_facts(
    facts: int, seed: int, settings: Settings, folder: Path, say: Say, engine: ChatEngine | None
) -> LeakResults:
    """Play random scenes until ``facts`` are planted, and count where they turn up.

    ``folder`` is empty and the run's own. Raises
    :class:`~app.search.benchmark.errors.EvaluationError`.
    """
    calls = folder / "calls.jsonl"
    recorded = settings.engine.model_copy(update={"record_to": calls})
    settings = settings.model_copy(update={"engine": recorded})
    chance, planted = random.Random(seed), _Facts()  # noqa: S311 (reproducible scenes)
    async with open_service(settings, folder, say, engine=engine) as service:
        slugs = await _cast(service, chance, planted, say)
        while len(planted.known) < facts:
            await _Scene(service, chance, planted, slugs, calls).play()
            say(f"{len(planted.known)} of {facts} facts planted.")
        model = service.limits.model
    kinds = Counter(planted.kinds.values())
    return LeakResults(
        model=model,
        seed=seed,
        prompts=planted.prompts,
        planted={kind: kinds[kind] for kind in KINDS},
        shown={kind: planted.shown[kind] for kind in KINDS},
        leaked={kind: planted.leaked[kind] for kind in KINDS},
        in_replies=planted.in_replies,
    )


async def _cast(
    service: EvaluatedService, chance: random.Random, planted: _Facts, say: Say
) -> list[str]:
    """Store the characters, each with a script in whose scenes two of them speak."""
    scenes = []
    for number in range(_SCRIPT_SCENES):
        one, other = chance.sample(_NAMES, 2)
        heard = {one.lower(), other.lower()}
        lines = [
            Line(one, f"Tell me of the boxes. {planted.plant('script', heard, 1)}", 3 * number),
            Line(other, f"I know those. {planted.plant('script', heard, 1)}", 3 * number + 1),
            Line(one, f"Then count them again, {other}, before night.", 3 * number + 2),
        ]
        scenes.append(Scene(lines, row=3 * number))
    slugs = [
        await service.add_character(name, f"{name} counts boxes.", f"Boxes {name}", scenes, [name])
        for name in _NAMES
    ]
    await service.until_all_indexed(slugs, say)
    return slugs


class _Scene:
    """Play one random scene on a stage of its own."""

    def __init__(
        self,
        service: EvaluatedService,
        chance: random.Random,
        planted: _Facts,
        slugs: Sequence[str],
        calls: Path,
    ) -> None:
        self._service = service
        self._chance = chance
        self._planted = planted
        self._slugs = slugs
        self._calls = calls
        self._read = calls.stat().st_size if calls.exists() else 0
        self._present = [*slugs]
        self._path = ""
        self._speakers: dict[str, str] = {}
        """Slugs by what the engine's calls name."""

    async def play(self) -> None:
        body = {"characters": [*self._slugs], "user_name": "Mara"}
        opened = await self._service.json("POST", "/api/conversations", json=body)
        self._path = f"/api/conversations/{opened['id']}"
        self._speakers = {
            f"{opened['id']} {each['id']}": each["slug"] for each in opened["participants"]
        }
        who = self._chance.choice(self._slugs)
        note = {"note": self._planted.plant("note", {who})}
        await self._service.json("PUT", f"{self._path}/participants/{who}/note", json=note)
        for _ in range(_STEPS):
            await self._step()

    async def _step(self) -> None:
        chance = self._chance
        away = [slug for slug in self._slugs if slug not in self._present]
        moves = chance.random()
        if moves < 0.2 and len(self._present) > 2:
            who = self._present.pop(chance.randrange(len(self._present)))
            await self._post(f"participants/{who}/leave", {})
        elif moves < 0.4 and away:
            who = chance.choice(away)
            await self._post("participants", {"character": who})
            self._present.append(who)
        speaker = chance.choice(self._present)
        if chance.random() < 0.3:
            turn = (await self._post("go-on", {"speaker": speaker}))["items"][0]
            self._check(turn, self._present)
            return
        whispers = chance.random() < 0.4
        heard = [speaker] if whispers else [*self._present]
        missed = "missed" if len(self._present) < len(self._slugs) else "said"
        said = self._planted.plant("whispered" if whispers else missed, heard)
        body: dict[str, Any] = {"content": said, "speaker": speaker}
        if whispers:
            body["whisper_to"] = [speaker]
        self._check(await self._post("messages", body), heard)

    def _check(self, turn: dict[str, Any], heard: Sequence[str]) -> None:
        with self._calls.open(encoding="utf-8") as file:
            file.seek(self._read)
            for line in file.readlines():
                call = json.loads(line)
                who = self._speakers.get(call["affinity"])
                if who is not None:
                    self._planted.check_prompt(who, json.dumps(call["prompt"]))
            self._read = file.tell()
        reply = turn["reply"]
        speaker = str(reply["stage"]["speaker"]["slug"])
        self._planted.check_reply(speaker, str(reply["content"]), heard)

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._service.json("POST", f"{self._path}/{path}", json=body)
