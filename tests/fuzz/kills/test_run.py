"""A short run on the real service: it passes, and it sees what is taken from the database."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Message, Script, StoredScene
from fuzz.kills.actions.characters import import_character
from fuzz.kills.actions.conversations import import_chat
from fuzz.kills.campaign import Options, plan, staged
from fuzz.kills.phase_service import kill_under_load, kill_while_starting
from fuzz.kills.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

_LOAD_SECONDS = 3.0
"""No reply is older than five seconds when the kill comes."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    server = None
    if request.param == "postgres":
        server = os.environ.get("OFFBOOK_TEST_POSTGRES_URL")
        if not server:
            pytest.skip("needs OFFBOOK_TEST_POSTGRES_URL")
    options = Options(kills=3, seed=7, clients=6, minutes=2, server=server)
    async with staged(options, tmp_path) as running:
        yield running
    running.databases.remove_all()


async def test_kills_lose_nothing_and_planted_losses_are_found(stage: Stage) -> None:
    await stage.up()
    await _have_messages(stage)
    await kill_under_load(stage, _LOAD_SECONDS)
    await kill_while_starting(stage)
    await stage.up()
    assert stage.ledger.faults == []
    assert stage.ledger.acknowledged > 5
    assert stage.tally.verified > 5
    assert stage.tally.kills == {"load": 1, "startup": 1}
    await stage.service.kill()
    title, said, leaf = _damage(stage)
    await stage.up()
    found = {(fault.kind, fault.text.partition(":")[0]) for fault in stage.ledger.faults}
    assert ("changed", f"script/{title}") in found
    assert ("lost", f"said/{said}") in found
    assert ("lost", leaf) in found


async def _have_messages(stage: Stage) -> None:
    """So that some are acknowledged, however slow the machine is."""
    client = stage.load.clients[0]
    client.use(stage.service.api)
    assert await import_character(client)
    assert await import_chat(client)


def _damage(stage: Stage) -> tuple[str, str, str]:
    """Take a scene, the end of a message, and a whole message away; returns what to look for."""
    with Session(stage.reader.engine) as session, session.begin():
        scene = session.scalars(select(StoredScene).where(StoredScene.number == 2)).first()
        assert scene is not None
        script = session.scalars(select(Script).where(Script.revision == scene.revision)).one()
        session.delete(scene)
        followed = select(Message.parent_id).where(Message.parent_id.is_not(None))
        leaf = session.scalars(select(Message).where(Message.id.not_in(followed))).first()
        assert leaf is not None
        others = select(Message).where(Message.role == "user", Message.id != leaf.id)
        said = session.scalars(others).first()
        assert said is not None
        text, said.content = said.content, said.content[:-1]
        session.flush()
        session.delete(leaf)
        name = f"said/{leaf.content}" if leaf.role == "user" else f"reply/{leaf.id}"
        return script.title, text, name


def test_a_plan_has_as_many_kills_as_it_was_asked_for() -> None:
    for kills in (1, 3, 10, 100):
        rounds = plan(kills, Random(1))
        assert sum(map(len, rounds)) == kills
        assert all("load" in phases for phases in rounds)
