"""An adapter speaks for a character once it beats what is in force, and one click takes it back."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.adapters.promotion import failed_figures
from app.adapters.schemas import AdapterResult
from app.adapters.service import find_adapter
from app.db.base import utc_now
from app.db.models import Adapter, AdapterAudition, AuditEntry, Character
from tests.app.adapters.figures import result
from tests.app.adapters.test_registering import register, served
from tests.app.running import Json, Running, as_object, code_of, error_of, until

pytestmark = pytest.mark.anyio

URL = "/api/admin/characters/ben/adapters"


def failing(most_copying: float = 0.25, **figures: Any) -> list[str]:
    found = AdapterResult.model_validate(result(**figures))
    return [each.figure for each in failed_figures(found, most_copying)]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, []),
        # The interval of the likelihood touches zero, or lies below.
        ({"gain": (0.1, 0.0, 0.2)}, ["likelihood"]),
        ({"gain": (0.1, -0.01, 0.2)}, ["likelihood"]),
        ({"gain": (-0.1, -0.2, -0.01)}, ["likelihood"]),
        # Worse, but not beyond the interval; then beyond it.
        ({"right": (-0.05, -0.1, 0.0)}, []),
        ({"right": (-0.05, -0.1, -0.01)}, ["speakers"]),
        # At the bound, and above it.
        ({"copied": 0.25}, []),
        ({"copied": 0.26}, ["copying"]),
        (
            {"gain": (0.0, -0.1, 0.1), "right": (-0.2, -0.3, -0.1), "copied": 0.9},
            ["likelihood", "speakers", "copying"],
        ),
    ],
)
def test_the_rules(figures: Json, expected: list[str]) -> None:
    assert failing(**figures) == expected


def test_the_bound_of_copying_is_a_setting() -> None:
    assert failing(most_copying=0.05) == ["copying"]
    assert failing(most_copying=0.1) == []


async def heard(stage: Running, name: str = "ben-1", against: str = "", **figures: Any) -> None:
    """Store the result of an audition for Ben."""
    async with stage.services.database.write() as session:
        adapter = await session.scalar(select(Adapter.id).where(Adapter.name == name))
        character = await session.scalar(select(Character.id).where(Character.slug == "ben"))
        assert isinstance(adapter, UUID)
        assert isinstance(character, UUID)
        await session.merge(
            AdapterAudition(
                adapter_id=adapter,
                character_id=character,
                against=against,
                result=result(**figures),
                finished_at=utc_now(),
            )
        )


async def prepared(stage: Running, *names: str) -> None:
    await stage.make_character()
    for name in names:
        await register(stage, name)
    await until(lambda: served(stage) == [*names])


async def promote(stage: Running, name: str = "ben-1") -> Any:
    return await stage.http.post(f"{URL}/promote", json={"adapter": name})


async def revert(stage: Running) -> Any:
    return await stage.http.post(f"{URL}/revert")


async def shown(stage: Running) -> Json:
    response = await stage.http.get(URL)
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_the_better_one_speaks_and_is_taken_back(stage: Running) -> None:
    await prepared(stage, "ben-1")
    before = await shown(stage)
    assert (before["in_force"], before["status"], before["before"]) == (None, None, None)
    assert before["items"][0]["reason"] == "audition_needed"
    await heard(stage)
    assert (await shown(stage))["items"][0]["reason"] is None
    now = as_object(await promote(stage))
    assert (now["in_force"], now["status"], now["before"]) == ("ben-1", "served", "")
    assert now["items"][0]["reason"] == "adapter_in_force"
    conversation = await stage.open()
    assert "[ben-1]" in (await stage.say(conversation, "Hello?"))["reply"]["content"]
    back = as_object(await revert(stage))
    assert (back["in_force"], back["status"], back["before"]) == (None, None, None)
    assert "[ben-1]" not in (await stage.say(conversation, "And now?"))["reply"]["content"]
    assert code_of(await revert(stage)) == "409 nothing_to_revert"
    async with stage.services.database.read() as session:
        acts = (
            await session.scalars(
                select(AuditEntry)
                .where(AuditEntry.action.in_(["adapter_promoted", "adapter_reverted"]))
                .order_by(AuditEntry.id)
            )
        ).all()
    assert [(each.action, each.target_title) for each in acts] == [
        ("adapter_promoted", "Ben"),
        ("adapter_reverted", "Ben"),
    ]
    assert acts[0].detail == {"adapter": "ben-1", "before": ""}
    assert acts[1].detail == {"adapter": "", "before": "ben-1"}


@pytest.mark.one_database
async def test_one_without_an_audition_is_refused(stage: Running) -> None:
    await prepared(stage, "ben-1")
    assert code_of(await promote(stage)) == "409 audition_needed"
    assert code_of(await promote(stage, "ben-9")) == "404 adapter_not_found"
    assert (await shown(stage))["in_force"] is None


async def test_one_that_is_not_better_is_refused_with_its_figures(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage, gain=(0.05, -0.02, 0.12), copied=0.4)
    refused = await promote(stage)
    assert code_of(refused) == "409 adapter_not_better"
    assert error_of(refused)["detail"]["failed"] == [
        {"figure": "likelihood", "value": 0.05, "low": -0.02, "high": 0.12, "bound": 0.0},
        {
            "figure": "copying",
            "value": 0.4,
            "low": pytest.approx(0.35),
            "high": pytest.approx(0.45),
            "bound": 0.25,
        },
    ]
    assert "+0.050 nats a token" in error_of(refused)["message"]
    item = (await shown(stage))["items"][0]
    assert item["reason"] == "adapter_not_better"
    assert [each["figure"] for each in item["failed"]] == ["likelihood", "copying"]
    assert (await shown(stage))["in_force"] is None


@pytest.mark.one_database
async def test_the_next_one_must_beat_the_one_in_force(stage: Running) -> None:
    await prepared(stage, "ben-1", "ben-2")
    await heard(stage, "ben-1")
    await heard(stage, "ben-2")  # beside the model alone, before the other was promoted
    assert (await promote(stage)).status_code == 200
    assert code_of(await promote(stage)) == "409 adapter_in_force"
    assert code_of(await promote(stage, "ben-2")) == "409 audition_outdated"
    await heard(stage, "ben-2", against="ben-1")
    now = as_object(await promote(stage, "ben-2"))
    assert (now["in_force"], now["before"]) == ("ben-2", "ben-1")
    back = as_object(await revert(stage))
    assert (back["in_force"], back["before"]) == ("ben-1", None)


async def promoted_in_turn(stage: Running) -> None:
    """``ben-2`` in force, and ``ben-1`` before it."""
    await prepared(stage, "ben-1", "ben-2")
    await heard(stage, "ben-1")
    await promote(stage)
    await heard(stage, "ben-2", against="ben-1")
    await promote(stage, "ben-2")


async def test_going_back_to_what_was_removed_is_the_model_alone(stage: Running) -> None:
    await promoted_in_turn(stage)
    assert (await stage.http.delete("/api/admin/adapters/ben-1")).status_code == 204
    back = as_object(await revert(stage))
    assert (back["in_force"], back["before"]) == (None, None)


async def blocked(stage: Running) -> None:
    """Wait until a transaction waits for a row on PostgreSQL."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock' AND wait_event <> 'advisory'"
    )
    async with asyncio.timeout(60):
        while True:
            async with stage.services.database.read() as session:
                if await session.scalar(waiting):
                    return
            await asyncio.sleep(0.01)


async def remove(stage: Running) -> Any:
    return await stage.http.delete("/api/admin/adapters/ben-1")


async def test_one_that_is_removed_meanwhile_is_not_promoted(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage, "ben-1")
    if stage.services.database.dialect == "postgresql":
        async with stage.services.database.write() as session:
            held = select(Character.id).where(Character.slug == "ben").with_for_update()
            assert await session.scalar(held) is not None
            promoting = asyncio.create_task(promote(stage))
            await blocked(stage)
            assert (await remove(stage)).status_code == 204
        assert code_of(await promoting) == "404 adapter_not_found"
        assert (await shown(stage))["in_force"] is None
    else:  # where one transaction writes at a time, one of the two comes first
        promoted, removed = await asyncio.gather(promote(stage), remove(stage))
        in_force = (await shown(stage))["in_force"]
        if removed.status_code == 204:
            assert in_force is None
        else:
            assert code_of(removed) == "409 adapter_in_force"
            assert (promoted.status_code, in_force) == (200, "ben-1")


async def test_going_back_waits_for_a_removal(stage: Running) -> None:
    await promoted_in_turn(stage)
    async with stage.services.database.write() as session:
        found = await find_adapter(session, "ben-1", hold="remove")
        going_back = asyncio.create_task(revert(stage))
        if stage.services.database.dialect == "postgresql":
            await blocked(stage)
        found.retired_at = utc_now()
    assert as_object(await going_back)["in_force"] is None


async def test_another_model_speaks_alone_and_says_so(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage)
    await promote(stage)
    await stage.engine.serve_adapters([])  # as after the model was exchanged
    now = await shown(stage)
    assert (now["in_force"], now["status"]) == ("ben-1", "other_base")
    conversation = await stage.open()
    said = await stage.say(conversation, "Hello?")
    assert "[ben-1]" not in said["reply"]["content"]
    metrics = (await stage.http.get("/metrics")).text
    assert "offbook_adapter_missing_total 1.0" in metrics
    assert code_of(await promote(stage)) == "409 adapter_in_force"
    assert as_object(await revert(stage))["in_force"] is None


@pytest.mark.one_database
async def test_one_that_is_not_served_is_not_promoted(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage)
    await stage.engine.serve_adapters([])
    refused = await promote(stage)
    assert code_of(refused) == "409 adapter_not_served"
    assert error_of(refused)["detail"]["status"] == "other_base"


@pytest.mark.one_database
async def test_damaged_files_are_not_promoted(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage)
    path = stage.services.settings.adapters_dir / "ben-1" / "adapter.gguf"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)  # as long as before
    refused = await promote(stage)
    assert code_of(refused) == "409 adapter_not_served"
    assert error_of(refused)["detail"]["status"] == "files_missing"


@pytest.mark.one_database
async def test_a_deleted_character_takes_its_auditions_along(stage: Running) -> None:
    await prepared(stage, "ben-1")
    await heard(stage)
    assert (await stage.http.delete("/api/admin/characters/ben")).status_code == 204
    async with stage.services.database.read() as session:
        assert await session.scalar(select(AdapterAudition)) is None
