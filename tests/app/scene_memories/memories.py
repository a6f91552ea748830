"""A play of a few scenes, and how tests have its memories written."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine
from tests.app.running import Json, Running, as_object

URL = "/api/admin/characters/ben/scene-memories"

SCENES = {
    "letter": "# One\nAnna: Did you bring the letter?\nBen: I have the letter in my coat.\n",
    "syrup": "# Two\nAnna: The doctor prescribed syrup.\nClara: Fetch it from Ostend.\n",
    "geese": "# Three\nClara: Twelve geese crossed the pond.\nBen: I counted thirteen geese.\n",
    "lamp": "# Four\nAnna: Is the lamp burning?\nBen: The lamp burns all night.\n",
    "bakery": "# Five\nClara: Who painted the bakery?\nBen: I saw Gregor with a purple brush.\n",
}
"""Ben speaks in all but the second."""

PLAY = "\n".join(SCENES.values())

MEMORIES = {
    "Did you bring the letter?": " kept the letter in my coat when Anna asked for it.",
    "Twelve geese crossed": " counted thirteen geese on the pond, and Clara only twelve.",
    "Is the lamp burning?": " let the lamp burn all night, as Anna wished.",
    "Who painted the bakery?": " saw Gregor paint the bakery with a purple brush.",
}
"""What the engine goes on with, behind its first word, for a scene with this line."""

REMEMBERED = [f"I{memory}" for memory in MEMORIES.values()]


class RememberingEngine(ScriptedEngine):
    """Answers what it was told for a scene; anything else as the scripted engine does."""

    def __init__(self, answers: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.answers = dict(MEMORIES if answers is None else answers)
        self.asked: list[str] = []
        """What was asked about scenes."""
        self.gate = asyncio.Event()
        """Closed with ``gate.clear()``: questions about scenes wait for it."""
        self.gate.set()
        self.waiting = 0
        """Questions that wait at the gate."""
        self.stopped = 0
        """Questions that were given up there."""

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        text = prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)
        if is_question(text):
            self.asked.append(text)
            self.waiting += 1
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.stopped += 1
                raise
            finally:
                self.waiting -= 1
            if self.fail_before is not None:
                raise self.fail_before
            found = [answer for line, answer in self.answers.items() if line in text]
            yield Delta(found[0] if found else " do not", "stop")
            return
        async for delta in super().stream(
            prompt, sampling, stop, affinity=affinity, adapter=adapter
        ):
            yield delta


def is_question(prompt: str) -> bool:
    return "remembers of this scene" in prompt or "remember of this scene" in prompt


async def make(stage: Running, play: str = PLAY) -> Json:
    script = await stage.upload(play)
    return await stage.make_character(script_ids=[script["id"]])


async def begin(stage: Running, url: str = URL) -> Json:
    response = await stage.http.post(url)
    assert response.status_code == 202, response.text
    return as_object(response)


async def listed(stage: Running, url: str = URL, **params: str | int) -> Json:
    response = await stage.http.get(url, params=params)
    assert response.status_code == 200, response.text
    return as_object(response)


async def over(stage: Running, url: str = URL) -> Json:
    """The list once no run is under way."""
    async with asyncio.timeout(20):
        while True:
            shown = await listed(stage, url)
            if shown["run"]["status"] not in {"waiting", "running"}:
                return shown
            await asyncio.sleep(0.01)


async def write_all(stage: Running, url: str = URL) -> Json:
    await begin(stage, url)
    return await over(stage, url)


def texts_of(shown: Json) -> list[str | None]:
    return [item["text"] for item in shown["items"]]
