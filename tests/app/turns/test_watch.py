"""Turns without a listener, by a clock that the test moves on."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from app.settings import Settings
from app.turns.followed_repository import FollowedRepository
from app.turns.runner import RunningTurn
from app.turns.watch import TurnWatch
from tests.app.running import Json, Running, running, until
from tests.app.turns.gated import GatedEngine

pytestmark = pytest.mark.anyio


class Watched:
    """A turn under way, and a watch over it whose clock stands still by itself."""

    def __init__(self, stage: Running, conversation: Json, turn: RunningTurn) -> None:
        self.stage = stage
        self.conversation = conversation
        self.turn = turn
        self.now = 0.0
        database = stage.services.database
        self._watch = TurnWatch(database, unheard_seconds=60, clock=lambda: self.now)

    async def after(self, seconds: float) -> bool:
        """Move the clock on, look, and return whether the turn still runs."""
        self.now += seconds
        await self._watch.step([self.turn])
        return self.turn.turn.generating


@pytest.fixture
async def watched(settings: Settings) -> AsyncIterator[Watched]:
    engine = GatedEngine("one two three")
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        turn = await stage.services.turns.send(UUID(conversation["id"]), "local", "Count.")
        assert isinstance(turn, RunningTurn)
        engine.let(2)
        await until(lambda: turn.turn.text == "one two")
        yield Watched(stage, conversation, turn)
        turn.cancel()


async def test_a_turn_that_nobody_listens_to_is_stopped(watched: Watched) -> None:
    assert await watched.after(0)
    assert await watched.after(59)
    assert not await watched.after(1)
    shown = await watched.stage.idle(watched.conversation)
    reply = shown["messages"][-1]
    assert (reply["content"], reply["state"]) == ("one two", "partial")
    assert reply["finish_reason"] == "cancelled"


async def test_as_long_as_somebody_listens_it_goes_on(watched: Watched) -> None:
    listener = watched.turn.listen()
    for _ in range(4):
        assert await watched.after(59)
    listener.cancel()
    assert await watched.after(59)
    again = watched.turn.listen()
    assert await watched.after(59)
    again.cancel()
    assert await watched.after(59)
    assert not await watched.after(1)


async def test_listeners_of_other_processes_count(watched: Watched) -> None:
    ids = UUID(watched.conversation["id"]), watched.turn.turn.id
    for _ in range(4):
        async with watched.stage.services.database.write() as session:
            await FollowedRepository(session).beat(*ids)
        assert await watched.after(50)
        assert watched.turn.turn.followed
    assert await watched.after(10)  # no heartbeat any more
    assert not watched.turn.turn.followed
    assert await watched.after(40)
    assert not await watched.after(10)


async def test_another_process_stops_it(watched: Watched) -> None:
    listener = watched.turn.listen()
    assert await watched.after(1)
    async with watched.stage.services.database.write() as session:
        ids = UUID(watched.conversation["id"]), watched.turn.turn.id
        await FollowedRepository(session).ask_to_stop(*ids)
    # Where signals arrive, this one may still be under way; then it is looked for all the same.
    assert not all([await watched.after(1) for _ in range(11)])
    listener.cancel()
