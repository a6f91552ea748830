"""A stage that changes while a speaker is chosen, and stages without characters or messages."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.stage.director import Chosen, Director
from tests.app.running import Json, Running, code_of
from tests.app.stage.staging import act, ask, make_cast, open_stage

pytestmark = pytest.mark.anyio


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[int, str], Awaitable[object]]
) -> None:
    """Let something happen once the director has chosen; it gets the number and who was chosen."""
    choose = Director.choose
    times = 0

    async def chosen(*args: Any, **named: Any) -> Chosen:
        nonlocal times
        found = await choose(*args, **named)
        times += 1
        assert found.member.character is not None
        await happens(times, found.member.character.slug)
        return found

    monkeypatch.setattr(Director, "choose", chosen)


@pytest.mark.parametrize(
    ("path", "body"), [("messages", {"content": "Good evening."}), ("go-on", {})]
)
async def test_who_left_since_being_chosen_does_not_speak(
    stage: Running, monkeypatch: pytest.MonkeyPatch, path: str, body: Json
) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)

    async def leave(_: int, who: str) -> None:
        await act(stage, opened, f"participants/{who}/leave")

    meanwhile(monkeypatch, leave)
    assert code_of(await ask(stage, opened, path, **body)) == "422 not_on_stage"
    shown = await stage.idle(opened)
    assert [each["role"] for each in shown["messages"]] == ["direction", "direction"]


@pytest.mark.parametrize("change", ["edit", "activate", "delete"])
async def test_a_change_by_the_user_ends_what_would_run_ahead(
    stage: Running, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    turn = await act(stage, opened, "messages", content="Good evening.", speaker="ben")
    url = f"/api/conversations/{opened['id']}/messages"
    said, reply = (f"{url}/{turn[each]['id']}" for each in ("message", "reply"))

    async def interfere(times: int, _: str) -> None:
        if times < 2:
            return
        if change == "edit":
            assert (await stage.http.patch(said, json={"content": "Good night."})).is_success
        elif change == "activate":
            assert (await stage.http.post(f"{reply}/activate")).is_success
        else:
            assert (await stage.http.delete(reply)).is_success

    meanwhile(monkeypatch, interfere)
    assert len((await act(stage, opened, "go-on", turns=3))["items"]) == 1
    assert not (await stage.read(opened))["busy"]


async def test_a_stage_without_a_beginning_says_what_to_do(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    [opening] = opened["messages"]
    url = f"/api/conversations/{opened['id']}/messages/{opening['id']}"
    assert (await stage.http.delete(url)).is_success
    for body in ({}, {"speaker": "ben"}):
        assert code_of(await ask(stage, opened, "go-on", **body)) == "422 empty_stage"
    turn = await act(stage, opened, "messages", content="Anyone?")
    assert turn["message"]["parent_id"] is None


async def test_a_whisper_whose_only_hearer_is_gone_is_not_answered(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    turn = await act(stage, opened, "messages", content="/whisper Ben: The key is in the well.")
    assert (await stage.http.delete("/api/admin/characters/ben")).is_success
    path = f"messages/{turn['message']['id']}/regenerate"
    assert code_of(await ask(stage, opened, path)) == "422 nobody_on_stage"
