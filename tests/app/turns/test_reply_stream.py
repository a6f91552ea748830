"""A reply as it streams: trimmed, ended, and tried again where the engine counts more tokens."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from app.engines.port import ContextTooLongError, Delta, EnginePrompt, Sampling, Usage
from app.engines.scripted import ScriptedEngine
from app.observability import Metrics
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.reply_stream import stream_reply
from app.turns.reply_times import ReplyTimes
from tests.app.turns.prompts import prepared

pytestmark = pytest.mark.anyio

USAGE = Usage(prompt_tokens=9, completion_tokens=3)
TOO_LONG = ContextTooLongError("too long")


class Playing(ScriptedEngine):
    """Yields these deltas, call by call; an error is raised where it stands."""

    def __init__(self, *courses: Sequence[Delta | Exception]) -> None:
        super().__init__()
        self._courses = list(courses)
        self.prompts: list[EnginePrompt] = []
        self.affinities: list[str | None] = []
        self.closed = 0

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.prompts.append(prompt)
        self.affinities.append(affinity)
        try:
            for delta in self._courses.pop(0):
                if isinstance(delta, Exception):
                    raise delta
                yield delta
        finally:
            self.closed += 1


async def played(
    engine: Playing, *, continuing: bool = False, times: ReplyTimes | None = None, **changes: object
) -> tuple[list[float], list[Delta]]:
    """The shares that prompts were prepared for, and the deltas."""
    shares: list[float] = []

    async def prepare(share: float) -> PreparedPrompt:
        shares.append(share)
        return prepared(prompt=f"{share}", **changes)

    times = times or ReplyTimes(Metrics(), 0.0)
    reply = stream_reply(engine, prepare, times, name="Ben", continuing=continuing, affinity="c")
    return shares, [event async for event in reply if isinstance(event, Delta)]


def text(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def test_the_characters_own_name_and_white_space_are_trimmed() -> None:
    engine = Playing([Delta(" Ben"), Delta(": 灯"), Delta("亮着。 "), Delta("", "length", USAGE)])
    shares, deltas = await played(engine)
    assert (shares, engine.prompts, engine.affinities) == ([1.0], ["1.0"], ["c"])
    assert text(deltas) == "灯亮着。"
    assert (deltas[-1].finish_reason, deltas[-1].usage) == ("length", USAGE)
    assert all(delta.finish_reason is None for delta in deltas[:-1])


async def test_a_reply_that_is_continued_keeps_its_beginning() -> None:
    _, deltas = await played(Playing([Delta(" and Ben: so"), Delta("", "stop")]), continuing=True)
    assert text(deltas) == " and Ben: so"


async def test_the_engine_is_stopped_where_another_speaker_begins() -> None:
    engine = Playing([Delta("Yes.\nAnn"), Delta(": And?"), Delta("never read", "length")])
    _, deltas = await played(engine, stops=["\nAnn:"])
    assert text(deltas) == "Yes."
    assert (deltas[-1].finish_reason, deltas[-1].usage) == ("stop", None)
    assert engine.closed == 1


async def test_a_small_model_says_one_paragraph() -> None:
    course = [Delta("One.\nTwo."), Delta("", "stop")]
    assert text((await played(Playing(course)))[1]) == "One.\nTwo."
    assert text((await played(Playing(course), one_paragraph=True))[1]) == "One."


async def test_what_a_database_cannot_store_is_left_out() -> None:
    _, deltas = await played(Playing([Delta("a\x00b"), Delta("\x00", "stop")]))
    assert text(deltas) == "ab"


async def test_a_prompt_that_is_too_long_is_prepared_once_more_for_less() -> None:
    engine = Playing([TOO_LONG], [Delta("Yes."), Delta("", "stop")])
    shares, deltas = await played(engine)
    assert (shares, engine.prompts) == ([1.0, 0.75], ["1.0", "0.75"])
    assert text(deltas) == "Yes."


async def test_it_is_not_tried_a_third_time() -> None:
    engine = Playing([TOO_LONG], [TOO_LONG], [Delta("never")])
    with pytest.raises(ContextTooLongError):
        await played(engine)
    assert len(engine.prompts) == 2


async def test_it_is_not_tried_again_once_there_is_text() -> None:
    engine = Playing([Delta("Yes, Mara."), TOO_LONG], [Delta("No.")])
    with pytest.raises(ContextTooLongError):
        await played(engine)
    assert len(engine.prompts) == 1


async def test_the_first_token_is_timed_from_the_prompt_that_was_taken() -> None:
    times = ReplyTimes(Metrics(), 0.0)
    assert times.first_token_ms is None
    await played(Playing([TOO_LONG], [Delta("Yes."), Delta("", "stop")]), times=times)
    assert times.prepare_ms > 0
    assert times.first_token_ms is not None
    assert 0 <= times.first_token_ms < times.total_ms()


async def test_a_reply_without_any_piece_has_no_first_token() -> None:
    times = ReplyTimes(Metrics(), 0.0)
    _, deltas = await played(Playing([]), times=times)
    assert [(delta.text, delta.finish_reason) for delta in deltas] == [("", "stop")]
    assert times.first_token_ms is None
