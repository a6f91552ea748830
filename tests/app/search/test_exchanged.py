"""Lines that are exchanged while a turn searches them: it finds the new ones by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.db.models import Character
from app.search import served
from app.search.served import ServedIndex, ServedIndexes
from app.settings import RetrievalMode, Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import SCRIPT, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

LIGHTS = ("beacon", "candle", "lantern", "torch", "match", "ember")


def in_mode(settings: Settings, mode: RetrievalMode) -> Settings:
    retrieval = settings.retrieval.model_copy(update={"mode": mode})
    return settings.model_copy(update={"retrieval": retrieval})


@contextmanager
def exchanging(stage: Running, times: int, by: Running | None = None) -> Iterator[list[str]]:
    """Exchange Ben's lines so many times, each just after a search has read what it searches."""
    of = ServedIndexes.of
    done: list[str] = []
    at_work: list[bool] = []

    async def watched(
        self: ServedIndexes, character: Character, *, anew: bool = False
    ) -> ServedIndex:
        found = await of(self, character, anew=anew)
        is_ours = self is stage.services.retriever._served
        if is_ours and len(done) < times and not at_work:
            at_work.append(True)  # the uploading process may search, too
            done.append(LIGHTS[len(done)])
            await (by or stage).upload(SCRIPT.replace("lighthouse", done[-1]))
            await (by or stage).indexed("ben")
            # As where another process did it: nothing of the new version is in memory here.
            stage.services.retriever.forget(character.id)
            at_work.clear()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServedIndexes, "of", watched)
        yield done


@pytest.mark.parametrize("mode", ["reference", "fused"])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_turn_searches_the_new_lines(
    settings: Settings, mode: RetrievalMode, times: int
) -> None:
    async with running(in_mode(settings, mode)) as stage:
        await stage.make_character()
        talk = await stage.open()
        with exchanging(stage, times) as done:
            turn = await stage.say(talk, "Does it burn at night?")
            assert len(done) == times
        shown = "\n".join(line for each in turn["reply"]["examples"] for line in each["lines"])
        assert done[-1] in shown
        assert "lighthouse" not in shown
        assert await mode_of(stage) == mode


async def test_so_it_does_while_its_space_has_no_vectors(settings: Settings) -> None:
    web = settings.server.model_copy(update={"role": "web"})  # which makes none, either
    async with (
        running(settings, embedder=WatchedEmbedder("watched:a")) as one,
        running(
            settings.model_copy(update={"server": web}), embedder=WatchedEmbedder("watched:b", 64)
        ) as other,
    ):
        await one.make_character()
        talk = await other.open()
        with exchanging(other, 1, by=one) as done:
            turn = await other.say(talk, "Does it burn at night?")
            assert len(done) == 1
        shown = "\n".join(line for each in turn["reply"]["examples"] for line in each["lines"])
        assert "beacon" in shown


async def test_the_search_ends_where_lines_are_exchanged_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_TRIES", 3)
    async with running(in_mode(settings, "fused")) as stage:
        await stage.make_character()
        talk = await stage.open()
        with exchanging(stage, len(LIGHTS)) as done:
            refused = await stage.send(talk, "Does it burn at night?")
            assert code_of(refused) == "409 character_changed"
            assert len(done) == 3
        assert refused.headers["Retry-After"] == "1"
        await stage.say(talk, "And now?")


async def mode_of(stage: Running) -> str:
    found = as_object(await stage.http.get("/api/characters/ben/examples?query=lamp"))
    return str(found["mode"])
