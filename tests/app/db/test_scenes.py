"""Scenes go into rows and come back as they were."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.ids import new_id
from app.db.models import StoredScene
from app.db.scenes import SceneRepository, dump_scene, load_scene
from app.db.session import Database
from app.settings import Settings
from characters.scripts.model import Direction, Line, Scene

words = st.text("abc三：, \n", max_size=8)
lines = st.builds(
    Line, words, words, st.integers(1, 9), st.none() | words, st.sampled_from(["：", ": "])
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    said = draw(st.lists(lines, min_size=1, max_size=4))
    places = sorted(draw(st.lists(st.integers(0, len(said) - 1), max_size=5)))
    return Scene(
        lines=said,
        row=draw(st.integers(1, 9)),
        heading=draw(st.none() | words),
        episode=draw(st.none() | words),
        member=draw(st.none() | words),
        directions=[Direction(at, draw(words), draw(st.booleans())) for at in places],
    )


@given(scenes())
def test_a_scene_comes_back_as_it_was(scene: Scene) -> None:
    assert load_scene(StoredScene(**dump_scene(new_id(), 1, scene))) == scene


def test_rows_of_earlier_versions_have_no_directions() -> None:
    stored = StoredScene(
        revision=new_id(), number=1, row=7, lines=[["Anna", "One.", 7, ": ", None]]
    )
    scene = load_scene(stored)
    assert scene.lines == [Line("Anna", "One.", 7, None, ": ")]
    assert scene.directions == []


def test_what_no_database_can_store_is_left_out_of_headings() -> None:
    scene = Scene([Line("A", "a", 1)], 1, "Act\x00 I", "\x00", member="a\ud83c\x00.txt")
    row = dump_scene(new_id(), 1, scene)
    assert (row["heading"], row["episode"], row["part"]) == ("Act I", "", "a?.txt")


def scene_of(name: str) -> Scene:
    return Scene([Line("Anna", f"This is {name}.", 1)], 1, name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings)
    yield database
    await database.aclose()


@pytest.mark.anyio
async def test_scenes_of_several_scripts_are_one_sequence(database: Database) -> None:
    first, empty, second = new_id(), new_id(), new_id()
    async with database.write() as session:
        repository = SceneRepository(session)
        await repository.add([dump_scene(second, 1, scene_of("四"))])
        await repository.add(
            [dump_scene(first, number, scene_of(name)) for number, name in ((9, "三"), (2, "一"))]
        )
        await repository.add([dump_scene(first, 5, scene_of("二"))])
        await repository.add([])
    async with database.read() as session:
        repository = SceneRepository(session)
        order = [first, empty, second]
        streamed = [scene.heading async for scene in repository.stream(order)]
        assert streamed == ["一", "二", "三", "四"]
        found = [await repository.at(order, position) for position in range(6)]
        assert [each and each.heading for each in found] == ["一", "二", "三", "四", None, None]
        assert await repository.at([], 0) is None
        page = await repository.page(first, after=2, limit=1)
        assert [each.number for each in page] == [5]
        assert set(await repository.orphaned_revisions()) == {first, second}
    async with database.write() as session:
        await SceneRepository(session).delete_revision(first)
    async with database.read() as session:
        assert await SceneRepository(session).orphaned_revisions() == [second]
