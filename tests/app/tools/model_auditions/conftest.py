"""A catalogue of small files, and engines whose replies and scores are known."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.engines.port import ChatEngine, EnginePrompt
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from app.tools.model_auditions.candidates import ReadyCandidate
from tests.app.judging.toy_cast import script

__all__ = ["script"]

OWN, STRANGE = "也就那么回事罢了。", "哇，快看快看，阿海你快来啦！"
"""What 老周 would say, and what 小梅 would."""

_ENTRY = """
[{name}]
title = "The {name} one"
licence = "Apache-2.0"
licence_url = ""
licence_class = "{licence}"
prompt_style = "completion"
context_length = 4096
file = "{name}.gguf"
approximate_size = 1_000
about = "For tests."

[[{name}.sources]]
kind = "huggingface"
repository = "tests/{name}"
file = "{name}.gguf"
"""
_SIZES = {"small": 100, "large": 1_000}


class KnownEngine(ScriptedEngine):
    """Says one sentence, and scores each token so much lower than the scripted engine."""

    def __init__(self, reply: str, worse: float) -> None:
        super().__init__(reply=reply)
        self._worse = worse
        self.scored = 0

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        self.scored += 1
        return [each - self._worse for each in await super().score(prompt, continuation)]


@dataclass
class Stage:
    """How candidates play, by name, and the engines that were started."""

    replies: dict[str, str] = field(default_factory=dict)
    worse: dict[str, float] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    engines: list[KnownEngine] = field(default_factory=list)

    @property
    def asked(self) -> tuple[int, int]:
        """How many replies and scores were asked for."""
        return sum(len(each.calls) for each in self.engines), sum(
            each.scored for each in self.engines
        )

    @asynccontextmanager
    async def open(self, ready: ReadyCandidate, settings: Settings) -> AsyncIterator[ChatEngine]:
        if (error := self.failing.get(ready.name)) is not None:
            raise error
        engine = KnownEngine(self.replies.get(ready.name, OWN), self.worse.get(ready.name, 0.0))
        self.engines.append(engine)
        yield engine
        await engine.aclose()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr("app.tools.model_auditions.run.started_candidate", stage.open)
    return stage


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of ``small`` and ``large``; that of ``absent`` is missing."""
    folder = tmp_path / "models"
    folder.mkdir()
    licences: Sequence[tuple[str, str]] = (
        *(("small", "free"), ("large", "non-commercial"), ("absent", "gated")),
    )
    catalogue = tmp_path / "models.toml"
    catalogue.write_text(
        "".join(_ENTRY.format(name=name, licence=licence) for name, licence in licences)
    )
    for name, size in _SIZES.items():
        (folder / f"{name}.gguf").write_bytes(b"GGUF".ljust(size, b"\0"))
    given = {
        "OFFBOOK_ENGINE__KIND": "scripted",
        "OFFBOOK_ENGINE__MODELS_DIR": str(folder),
        "OFFBOOK_ENGINE__CATALOGUE": str(catalogue),
        "OFFBOOK_EMBEDDER__NAME": "hashing",
        "OFFBOOK_DATA_DIR": str(tmp_path / "data"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return folder
