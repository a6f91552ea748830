"""A part is learnt line by line: marked, rated, scheduled and counted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.settings import Settings
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

LETTER = "I brought the letter, but I have not dared to open it yet."
LAMP = "The lighthouse burns every night, I keep the lamp myself."
NETS = "When winter comes I shall mend the nets and wait."


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stage(settings: Settings, clock: Clock) -> AsyncIterator[Running]:
    async with running(settings, clock=clock) as started:
        yield started


async def get(stage: Running, path: str) -> Json:
    response = await stage.http.get(path)
    assert response.status_code == 200, response.text
    return as_object(response)


async def part_of(stage: Running, script: str = SCRIPT, name: str = "Ben") -> str:
    """The address of a part of a new script."""
    return f"/api/scripts/{(await stage.upload(script))['id']}/parts/{name}"


async def lines_of(stage: Running, part: str) -> list[Json]:
    items: list[Json] = (await get(stage, f"{part}/lines"))["items"]
    return items


async def attempt(stage: Running, part: str, line: Json, typed: str, **help: str) -> Json:
    body = {"line": line["line"], "typed": typed, **help}
    response = await stage.http.post(f"{part}/attempts", json=body)
    assert response.status_code == 200, response.text
    return as_object(response)


def counts(part: Json) -> tuple[int, int, int, int]:
    return part["lines"], part["started"], part["known"], part["due"]


async def test_the_parts_of_a_script_are_listed_most_lines_first(stage: Running) -> None:
    script = await stage.upload("ANNA: One.\nBEN: Two.\nBEN: Three.\n\nCLARA: Four.\n")
    parts = f"/api/scripts/{script['id']}/parts"
    listed = (await get(stage, parts))["items"]
    shown = [(each["speaker"], each["display"], each["lines"], each["scenes"]) for each in listed]
    assert shown == [("BEN", "Ben", 2, 1), ("ANNA", "Anna", 1, 1), ("CLARA", "Clara", 1, 1)]
    first = await get(stage, f"{parts}?limit=2")
    assert first["next_cursor"] == "2"
    rest = await get(stage, f"{parts}?limit=2&cursor=2")
    assert ([each["speaker"] for each in rest["items"]], rest["next_cursor"]) == (["CLARA"], None)
    assert await get(stage, f"{parts}/ANNA") == listed[1]


async def test_lines_come_with_their_cues_and_hints(stage: Running) -> None:
    part = await part_of(stage)
    first, second, third = await lines_of(stage, part)
    assert [each["text"] for each in (first, second, third)] == [LETTER, LAMP, NETS]
    assert [(each["number"], each["scene"]) for each in (first, second, third)] == [
        *((1, 1), (2, 2), (3, 3))
    ]
    cue = "Good morning, Ben. Did you bring the letter that I asked for?"
    assert first["lead"] == [{"speaker": "Anna", "text": cue, "direction": None}]
    assert first["cue"] == "… letter that I asked for?"
    assert first["initials"] == "I b t l, b I h n d t o i y."
    assert first["words"] == "I brought the"
    assert first["more"] == "I brought the letter, but I have"
    assert first["progress"] is None
    page = await get(stage, f"{part}/lines?limit=2")
    assert (len(page["items"]), page["next_cursor"]) == (2, "2")
    page = await get(stage, f"{part}/lines?limit=2&cursor=2")
    assert ([each["text"] for each in page["items"]], page["next_cursor"]) == ([NETS], None)
    page = await get(stage, f"{part}/lines?scene=2")
    assert [each["text"] for each in page["items"]] == [LAMP]
    scenes = (await get(stage, f"{part}/scenes"))["items"]
    assert [(each["number"], each["lines"]) for each in scenes] == [(1, 1), (2, 1), (3, 1)]
    page = await get(stage, f"{part}/scenes?limit=1&cursor=1")
    assert ([each["number"] for each in page["items"]], page["next_cursor"]) == ([2], "2")


async def test_an_attempt_is_marked_rated_and_scheduled(stage: Running, clock: Clock) -> None:
    part = await part_of(stage)
    first, second, third = await lines_of(stage, part)

    right = await attempt(stage, part, first, LETTER.lower())
    assert {piece["mark"] for piece in right["pieces"]} == {"right"}
    assert (right["words"], right["wrong"], right["rating"]) == (13, 0, "good")
    assert right["progress"]["known"]
    due = datetime.fromisoformat(right["progress"]["due_at"])
    assert due == clock.now + timedelta(days=2)
    assert counts(right["part"]) == (3, 1, 1, 0)

    wrong = await attempt(stage, part, second, "The lighthouse burns each night.")
    missed = [piece["text"].strip() for piece in wrong["pieces"] if piece["mark"] == "missed"]
    assert missed == ["every", "I", "keep", "the", "lamp", "myself."]
    assert [piece["text"] for piece in wrong["pieces"] if piece["mark"] == "added"] == ["each"]
    assert (wrong["words"], wrong["wrong"], wrong["rating"]) == (10, 6, "again")
    due = datetime.fromisoformat(wrong["progress"]["due_at"])
    assert due == clock.now + timedelta(minutes=10)
    assert not wrong["progress"]["known"]

    prompted = await attempt(stage, part, third, NETS, prompted="words")
    assert (prompted["wrong"], prompted["rating"]) == (0, "hard")
    due = datetime.fromisoformat(prompted["progress"]["due_at"])
    assert due == clock.now + timedelta(minutes=15)
    assert counts(prompted["part"]) == (3, 3, 1, 0)
    assert await get(stage, part) == prompted["part"]


async def test_hard_lines_come_back(stage: Running, clock: Clock) -> None:
    part = await part_of(stage)
    first, second, third = await lines_of(stage, part)
    await attempt(stage, part, first, LETTER)
    await attempt(stage, part, third, NETS, prompted="more")
    await attempt(stage, part, second, "")
    assert await get(stage, f"{part}/due") == {"items": [], "total": 0}

    clock.now += timedelta(minutes=10)
    (back,) = (await get(stage, f"{part}/due"))["items"]
    assert (back["line"], back["progress"]["rating"]) == (second["line"], "again")
    clock.now += timedelta(minutes=5)
    due = await get(stage, f"{part}/due?limit=1")
    assert ([each["line"] for each in due["items"]], due["total"]) == ([second["line"]], 2)
    assert counts(await get(stage, part)) == (3, 3, 1, 2)
    scenes = (await get(stage, f"{part}/scenes"))["items"]
    assert [(each["known"], each["due"]) for each in scenes] == [(1, 0), (0, 1), (0, 1)]

    await attempt(stage, part, second, LAMP)
    await attempt(stage, part, third, NETS)
    assert counts(await get(stage, part)) == (3, 3, 3, 0)
    clock.now += timedelta(days=3)
    asked = [each["line"] for each in (await get(stage, f"{part}/due"))["items"]]
    assert set(asked) == {each["line"] for each in (first, second, third)}
    # One that is remembered again comes back ever later; the hard one sooner than the easy one.
    easy = (await attempt(stage, part, first, LETTER))["progress"]
    hard = (await attempt(stage, part, second, LAMP))["progress"]
    later = [datetime.fromisoformat(each["due_at"]) - clock.now for each in (hard, easy)]
    assert timedelta(days=2) < later[0] < later[1]
    assert (easy["attempts"], hard["attempts"]) == (2, 3)


async def test_a_line_that_was_read_is_marked_and_not_rated(stage: Running) -> None:
    part = await part_of(stage)
    line = (await lines_of(stage, part))[0]
    read = await attempt(stage, part, line, LETTER, shown="text")
    assert (read["wrong"], read["rating"], read["progress"]) == (0, None, None)
    assert counts(read["part"]) == (3, 0, 0, 0)
    assert (await lines_of(stage, part))[0]["progress"] is None


async def test_a_part_is_started_over(stage: Running) -> None:
    part = await part_of(stage)
    other = part.replace("/Ben", "/Clara")
    await attempt(stage, part, (await lines_of(stage, part))[0], LETTER)
    await attempt(stage, other, (await lines_of(stage, other))[0], "")
    assert (await stage.http.delete(f"{part}/progress")).status_code == 204
    assert counts(await get(stage, part)) == (3, 0, 0, 0)
    assert counts(await get(stage, other)) == (2, 1, 0, 0)


async def test_a_new_version_keeps_what_is_known_of_unchanged_lines(stage: Running) -> None:
    part = await part_of(stage)
    for line, text in zip(await lines_of(stage, part), (LETTER, LAMP, NETS), strict=True):
        await attempt(stage, part, line, text)
    changed = "Clara: A scene before all others.\nAnna: Indeed.\n\n" + SCRIPT.replace(
        "I keep the lamp myself", "my sister keeps the lamp"
    ).replace("What will you do", "And what will you do")
    report = await stage.upload(changed)
    assert report["replaced"]
    assert await part_of(stage, changed) == part
    first, second, third = await lines_of(stage, part)
    assert [each["scene"] for each in (first, second, third)] == [2, 3, 4]
    assert first["progress"]["known"]
    assert second["progress"] is None
    assert third["progress"]["known"]
    assert counts(await get(stage, part)) == (3, 2, 2, 0)


async def test_a_line_said_again_in_another_scene_is_learnt_once(
    stage: Running, clock: Clock
) -> None:
    line = "Seventeen years on the forty-one, and never late."
    part = await part_of(stage, f"Bev: {line}\n\nBev: {line}\nKit: Goodness.\nBev: {line}\n", "Bev")
    first, again, third = await lines_of(stage, part)
    assert first["line"] == again["line"] != third["line"]
    done = await attempt(stage, part, first, "")
    assert counts(done["part"]) == (3, 2, 0, 0)
    clock.now += timedelta(hours=1)
    due = await get(stage, f"{part}/due")
    assert ([each["scene"] for each in due["items"]], due["total"]) == ([1], 1)
    assert (await get(stage, part))["due"] == 1


async def test_chinese_parts_are_learnt_alike(stage: Running) -> None:
    script = "三三：今天下雨，我们不出门了。\n四四：那就在家里讲故事，讲一个长的。\n"
    part = await part_of(stage, script, "四四")
    (line,) = await lines_of(stage, part)
    assert line["initials"] == "那○○○○○○○，讲○○○○。"
    assert line["lead"][0]["speaker"] == "三三"
    done = await attempt(stage, part, line, "那就在家讲故事,讲一个长的")
    assert [each["text"] for each in done["pieces"] if each["mark"] == "missed"] == ["里"]
    assert (done["words"], done["wrong"], done["rating"]) == (13, 1, "hard")


async def test_a_name_with_a_slash_is_a_part(stage: Running) -> None:
    part = await part_of(stage, "ANNA/BEN: We both say this.\nCLARA: Do you?\n", "ANNA%2FBEN")
    (line,) = await lines_of(stage, part)
    assert (await attempt(stage, part, line, "we both say this"))["rating"] == "good"
    assert (await get(stage, part))["speaker"] == "ANNA/BEN"


async def test_what_does_not_exist_is_not_found(stage: Running) -> None:
    part = await part_of(stage)
    (line, *_) = await lines_of(stage, part)
    unknown = part.replace("/Ben", "/Dora")
    for path in (unknown, f"{unknown}/lines", f"{unknown}/due", f"{unknown}/scenes"):
        assert code_of(await stage.http.get(path)) == "404 part_not_found"
    assert code_of(await stage.http.get(f"/api/scripts/{UUID(int=0)}/parts")) == (
        "404 script_not_found"
    )
    body = {"line": "0" * 32, "typed": LETTER}
    assert code_of(await stage.http.post(f"{part}/attempts", json=body)) == "404 line_not_found"
    body = {"line": line["line"], "typed": LETTER}  # of another part
    other = part.replace("/Ben", "/Anna")
    assert code_of(await stage.http.post(f"{other}/attempts", json=body)) == "404 line_not_found"
    for wrong in (
        {"line": "no fingerprint", "typed": ""},
        {"line": "0" * 32, "typed": "x" * 20_001},
        {"line": "0" * 32, "typed": "", "prompted": "loudly"},
    ):
        response = await stage.http.post(f"{part}/attempts", json=wrong)
        assert code_of(response) == "422 invalid_request"
