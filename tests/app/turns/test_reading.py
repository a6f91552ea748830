"""What a turn and the lists read: each text once, of the visible branch, and no reports."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.app.running import Json, Running, as_object

pytestmark = pytest.mark.anyio

Statement = tuple[str, Any]


@contextmanager
def noted(stage: Running) -> Iterator[list[Statement]]:
    """The statements that read, with their parameters."""
    seen: list[Statement] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if not many and statement.lstrip().startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    engine = stage.services.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def results(stage: Running, statements: list[Statement]) -> AsyncIterator[list[str]]:
    """All that each statement returns, as text."""
    found = []
    async with stage.services.database.engine.connect() as connection:
        for statement, parameters in statements:
            rows = await connection.exec_driver_sql(statement, parameters)
            found.append(str(rows.all()))
        await connection.rollback()
    yield found


async def reads(stage: Running, statements: list[Statement], *texts: str) -> dict[str, int]:
    """In how many results each text is."""
    async with results(stage, statements) as found:
        return {text: sum(text in each for each in found) for text in texts}


async def conversation_with_branches(stage: Running) -> Json:
    """Two answers to one question, then another question and its answer."""
    await stage.make_character()
    conversation = await stage.open()
    await stage.say(conversation, "Good evening.")  # the title of the conversation
    stage.engine.reply = "The cellar is dry."
    first = await stage.say(conversation, "Is the attic wet?")
    stage.engine.reply = "The harbour is calm."
    url = f"/api/conversations/{conversation['id']}/messages/{first['reply']['id']}/regenerate"
    assert (await stage.http.post(url, json={})).status_code == 200
    stage.engine.reply = "The tower is tall."
    await stage.say(conversation, "And the garden?")
    await stage.idle(conversation)
    return conversation


async def test_a_turn_reads_each_text_of_the_visible_branch_once(stage: Running) -> None:
    conversation = await conversation_with_branches(stage)
    stage.engine.reply = "Yes."
    with noted(stage) as statements:
        await stage.say(conversation, "Are the nets mended?")
    shown = ("Is the attic wet?", "The harbour is calm.", "And the garden?", "The tower is tall.")
    assert await reads(stage, statements, *shown, "The cellar is dry.") == {
        **dict.fromkeys(shown, 1),
        "The cellar is dry.": 0,
    }


async def test_a_turn_of_a_stage_reads_each_text_once(stage: Running) -> None:
    script = await stage.upload()
    for name in ("Ben", "Clara"):
        await stage.make_character(name, script_ids=[script["id"]])
    opened = await stage.http.post("/api/conversations", json={"characters": ["ben", "clara"]})
    assert opened.status_code == 201, opened.text
    conversation = as_object(opened)
    await stage.say(conversation, "Good evening.")  # the title of the conversation
    stage.engine.reply = "The harbour is calm."
    await stage.say(conversation, "Is the attic wet?")
    stage.engine.reply = "The tower is tall."
    await stage.say(conversation, "And the garden?")
    await stage.idle(conversation)
    stage.engine.reply = "Yes."
    shown = ("Is the attic wet?", "The harbour is calm.", "And the garden?", "The tower is tall.")
    with noted(stage) as statements:
        await stage.say(conversation, "Are the nets mended?")
    assert await reads(stage, statements, *shown) == dict.fromkeys(shown, 1)


async def test_lists_read_titles_of_scripts_and_not_their_reports(stage: Running) -> None:
    await stage.upload(title="A Play")
    await stage.make_character()
    await stage.open()
    with noted(stage) as statements:
        for path in (
            "/api/characters",
            "/api/scripts",
            "/api/conversations",
            "/api/admin/characters",
            "/api/admin/scripts",
        ):
            assert as_object(await stage.http.get(path))["items"], path
    read = " ".join(statement for statement, _ in statements)
    assert "scripts.title" in read
    for column in ("speakers", "rejected", "profiles", "rows", "columns"):
        assert f"scripts.{column} " not in read.replace(",", " ")
