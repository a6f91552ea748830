"""Every text of a prompt is counted once, in one question to the engine."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.db.ids import new_id
from app.engines.port import Limits
from app.engines.scripted import ScriptedEngine
from app.turns.token_counts import TokenCounter
from characters.prompting import SEPARATOR
from tests.app.search.small_index import ranked
from tests.app.turns.prompts import LIMITS, character

pytestmark = pytest.mark.anyio


class CountingEngine(ScriptedEngine):
    """Notes each question: its texts, and how rough the answer may be."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[tuple[list[str], int]] = []

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        self.questions.append((list(texts), rough))
        return await super().count_tokens(texts, rough=rough)


async def test_a_text_is_asked_for_once() -> None:
    engine = CountingEngine()
    counts = await TokenCounter(engine).count(["the lamp", "灯塔的灯", "the lamp"], rough=3)
    assert counts == {"the lamp": 2, "灯塔的灯": 4}
    assert engine.questions == [(["the lamp", "灯塔的灯"], 3)]


async def test_no_texts_are_no_question() -> None:
    engine = CountingEngine()
    assert await TokenCounter(engine).count([]) == {}
    assert engine.questions == []


async def test_a_characters_lines_are_counted_at_its_first_turn_only() -> None:
    engine = CountingEngine()
    counter = TokenCounter(engine)
    ben = character(id=new_id())
    first = await counter.count_with_lines(ben, LIMITS, ["Frame.", "Hi."], ranked((2,)))
    [(texts, rough)] = engine.questions
    assert (texts[:3], rough) == (["Frame.", "Hi.", SEPARATOR], 0)
    assert len(texts) == 3 + 7  # all the lines of the script, though one reply is ranked
    assert first["Ann：潮水退了吗？\n"] == 8
    later = await counter.count_with_lines(ben, LIMITS, ["Frame.", "And?"], ranked((0,)))
    assert engine.questions[1:] == [(["Frame.", "And?"], 64)]
    assert later.keys() == first.keys() - {"Hi."} | {"And?"}


async def test_another_version_or_model_is_counted_anew() -> None:
    engine = CountingEngine()
    counter = TokenCounter(engine)
    ben = character(id=new_id())
    first, again = (replace(ranked(), version=new_id()) for _ in range(2))
    for each, limits in (
        (first, LIMITS),
        (again, LIMITS),
        (first, Limits("other", 4_096, "completion")),
    ):
        await counter.count_with_lines(ben, limits, [], each)
    assert [len(texts) for texts, _ in engine.questions] == [8, 8, 8]
