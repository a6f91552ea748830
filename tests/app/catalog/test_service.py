"""Who a character plays, what its fields may be, and how it is shown."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from app.catalog.schemas import CharacterCreate, CharacterUpdate, SamplingOverrides
from app.catalog.service import (
    avatar_address,
    check_fields,
    check_speakers,
    played_speakers,
    present,
)
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, IndexJob
from app.errors import InvalidError

SCRIPT = "019c0000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("name", "aliases", "speakers", "played"),
    [
        ("Anna", (), (), ["Anna"]),
        ("Anna", ("ANNA", "安娜"), (), ["Anna", "ANNA", "安娜"]),
        ("Anna", ("Anna", "Ann", "Ann"), (), ["Anna", "Ann"]),
        ("Anna", ("ANNA",), ("Queen", "Queen"), ["Queen"]),
    ],
)
def test_a_character_plays_its_names_unless_speakers_are_named(
    name: str, aliases: tuple[str], speakers: tuple[str], played: list[str]
) -> None:
    assert played_speakers(name, aliases, speakers) == played


def test_lines_of_all_its_speakers_are_counted_once_each() -> None:
    lines = {"Anna": 3, "安娜": 2, "Ben": 9}
    assert check_speakers(["Anna", "安娜", "Anna"], lines) == 5
    assert check_speakers(["Anna", "nobody"], lines) == 3


def test_without_a_line_the_scripts_speakers_are_named_but_not_all_of_many() -> None:
    with pytest.raises(InvalidError, match=r"Nobody called Eve or Eva .* speakers: Anna, Ben\."):
        check_speakers(["Eve", "Eva"], {"Anna": 3, "Ben": 1})
    many = {f"speaker {n}": 1 for n in range(25)}
    with pytest.raises(InvalidError) as caught:
        check_speakers(["Eve"], many)
    assert caught.value.code == "speaker_not_found"
    assert caught.value.detail == {"speakers": [f"speaker {n}" for n in range(20)]}
    with pytest.raises(InvalidError):
        check_speakers(["Anna"], {"Anna": 0})


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Ben\u0085Anna"}, "name"),
        ({"name": "Ben", "profile": "x" * 40_001}, "profile"),
        ({"name": "Ben", "profile": "a\x00b"}, "profile"),
        ({"name": "Ben", "greeting": "\ud83c"}, "greeting"),
        ({"name": "Ben", "tags": ["a", ""]}, "tags.1"),
        ({"name": "Ben", "aliases": ["a"] * 21}, "aliases"),
        ({"name": "Ben", "language": "fr"}, "language"),
        ({"name": "Ben", "sampling": {"temperature": 2.1}}, "sampling.temperature"),
        ({"name": "Ben", "published": True}, "published"),
    ],
)
def test_fields_of_a_form_or_a_card_are_checked_by_name(
    fields: dict[str, object], where: str
) -> None:
    with pytest.raises(InvalidError, match=rf"^{where}: ") as caught:
        check_fields(fields)
    assert (caught.value.code, caught.value.detail) == ("invalid_request", {"field": where})


def test_names_lose_the_space_around_them_and_texts_keep_it() -> None:
    checked = check_fields({"name": " 三 三 ", "profile": " a\n", "tags": [" b "], "nickname": ""})
    assert (checked.name, checked.profile, checked.tags) == ("三 三", " a\n", ["b"])
    assert checked.nickname == ""
    assert checked.language is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -0.1},
        {"top_p": 0},
        {"top_p": 1.1},
        {"top_k": -1},
        {"min_p": 1.5},
        {"repetition_penalty": 0.4},
        {"max_tokens": 0},
        {"max_tokens": 4_097},
        {"seed": 2**31},
        {"temperature": float("nan")},
        {"mirostat": 2},
    ],
)
def test_sampling_is_within_what_engines_take(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SamplingOverrides.model_validate(wrong)


def test_the_bounds_of_sampling_may_be_reached() -> None:
    bounds = {"temperature": 0, "top_p": 1, "top_k": 0, "max_tokens": 4_096, "seed": 2**31 - 1}
    assert SamplingOverrides.model_validate(bounds).model_dump(exclude_none=True) == bounds


@pytest.mark.parametrize("ids", [[], [SCRIPT] * 51, ["1"], "1", None])
def test_a_character_is_made_of_one_to_fifty_scripts(ids: object) -> None:
    with pytest.raises(ValidationError, match="script_ids"):
        CharacterCreate.model_validate({"name": "Ben", "script_ids": ids})
    made = CharacterCreate.model_validate({"name": "Ben", "script_ids": [SCRIPT] * 50})
    assert set(made.script_ids) == {UUID(SCRIPT)}


def test_a_change_knows_what_it_was_given() -> None:
    given = CharacterUpdate.model_validate({"profile": "", "retrieval": "default"})
    assert given.model_dump(exclude_unset=True) == {"profile": "", "retrieval": "default"}
    for wrong in ({"slug": "other"}, {"retrieval": "best"}, {"name": ""}):
        with pytest.raises(ValidationError):
            CharacterUpdate.model_validate(wrong)


def character(**fields: Any) -> Character:
    """A row that was never stored; unlike a stored one, it has no defaults."""
    now = utc_now()
    texts = dict.fromkeys(("tagline", "profile", "greeting", "nickname", "creator_notes"), "")
    lists: dict[str, list[str]] = {
        name: []
        for name in ("aliases", "alternate_greetings", "openers", "tags", "speakers", "others")
    }
    plain: dict[str, Any] = {
        "id": new_id(),
        "slug": "三三",
        "name": "三三",
        "language": "zh",
        "status": "ready",
        "published": True,
        "sample": False,
        "scripts": [],
        "lines": 3,
        "examples": 2,
        "dropped": {"duplicate": 1},
        "sampling": {"top_k": 5},
        "created_at": now,
        "updated_at": now,
    }
    return Character(**(plain | texts | lists | fields))


def job(done: int, total: int, seconds: float | None) -> IndexJob:
    started = None if seconds is None else utc_now() - timedelta(seconds=seconds)
    return IndexJob(done=done, total=total, started_at=started)


def test_a_character_is_shown_with_what_its_index_left_out() -> None:
    shown = present(character(), None)
    assert (shown.progress, shown.avatar, shown.selection_ready) == (None, None, False)
    assert shown.dropped.model_dump() == {
        "without_character": 0,
        "duplicate": 1,
        "short_replies": 0,
    }
    assert shown.sampling == SamplingOverrides(top_k=5)
    assert present(character(language="fr"), None).language == "en"


def test_a_picture_has_an_address_of_its_own() -> None:
    assert avatar_address(character()) is None
    address = avatar_address(character(avatar="0123abcd"))
    assert address == "/api/characters/%E4%B8%89%E4%B8%89/avatar?v=0123abcd"


def test_the_time_left_follows_from_the_rate_so_far() -> None:
    half = present(character(), job(50, 200, 10)).progress
    assert half is not None
    assert (half.done, half.total) == (50, 200)
    assert half.seconds_left == pytest.approx(30, abs=1)


@pytest.mark.parametrize(
    ("done", "total", "seconds"), [(0, 200, 10.0), (200, 200, 10.0), (50, 200, None), (0, 0, 1.0)]
)
def test_without_a_rate_the_time_left_is_not_known(
    done: int, total: int, seconds: float | None
) -> None:
    progress = present(character(), job(done, total, seconds)).progress
    assert progress is not None
    assert progress.seconds_left is None


@pytest.mark.parametrize(
    ("fields", "background", "shown"),
    [
        ({}, True, True),
        ({"retrieval": "selector"}, False, True),  # chosen for it: the user's job builds the index
        ({"retrieval": "reference"}, True, False),
        ({"reply_index_version": new_id()}, True, False),
        ({"status": "indexing"}, True, False),
        ({}, False, False),
    ],
)
def test_the_progress_of_the_selection_is_shown_while_only_that_is_missing(
    fields: dict[str, object], background: bool, shown: bool
) -> None:
    waiting = job(1, 4, 10)
    waiting.background = background
    made = present(character(**fields), waiting)
    assert made.selection_progress == (made.progress if shown else None)
    assert made.progress is not None
    assert present(character(**fields), None).selection_progress is None
