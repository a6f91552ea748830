"""What people said about replies becomes rows while they agree, and is gone once they do not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.db.models import Character, Signal
from app.signals.prompts import text_of
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import PASSWORD, community
from tests.app.own_data.filling import ask, join
from tests.app.running import Json, Running, running
from tests.app.signals.learning import agree, kept, learning
from tests.app.tools.datasets.making import (
    FREE,
    Made,
    answers,
    dataset,
    read,
    scenes_text,
    text,
    twelve,
)
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio

NOTHING = "There is no row to train on. Nothing was found in the sources."


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """A service with a character, whose database the command uses as well."""
    settings = community(database_url, tmp_path / "data")
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", database_url)
    monkeypatch.setenv("OFFBOOK_DATA_DIR", str(tmp_path / "data"))
    engine = DraftingEngine(*(f"Draft number {number}." for number in range(40)))
    async with running(settings, engine=engine) as started:
        started.http.headers.update(BEARER)
        yield started


async def character(stage: Running) -> Json:
    """Mira, whom everybody may talk to."""
    script = await stage.upload(scenes_text(twelve()), "mira.txt")
    made = await stage.make_character("Mira", speakers=["Mira"], script_ids=[script["id"]])
    return made


async def edited(browser: httpx.AsyncClient, slug: str, text: str) -> Json:
    """A conversation in which a reply was edited."""
    talk = await ask(browser, "POST", "/api/conversations", json={"character": slug})
    address = f"/api/conversations/{talk['id']}/messages"
    turn = await ask(browser, "POST", address, json={"content": "Where is the ferry?"})
    await ask(browser, "PATCH", f"{address}/{turn['reply']['id']}", json={"content": text})
    return talk


async def command(kind: str, out: Path, *options: str) -> Made | str:
    """The dataset, or what is said where there is none."""
    given = [*options, *FREE, "--layout", "completion", "--validation", "0", "--out", str(out)]
    done = await asyncio.to_thread(dataset, kind, *given)
    return read(out) if done.exit_code == 0 else " ".join(done.output.split())


async def test_without_a_database_it_is_said_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)
    for what in ([], ["nobody"], ["all"]):
        given = [*what, *FREE, "--data-dir", tmp_path, "--out", tmp_path / "out"]
        done = await asyncio.to_thread(dataset, "sft", *given)
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        said = " ".join(done.output.split())
        assert "It does not have the tables of this release yet. Run `offbook db upgrade`" in said
    assert not (tmp_path / "out").exists()


async def test_an_edit_becomes_a_row_of_both_kinds(stage: Running, tmp_path: Path) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    await edited(ann, mira["slug"], "At the bottom of the river.")
    [signal] = await kept(stage)
    sft = await command("sft", tmp_path / "sft", "--from", "edits,choices")
    assert isinstance(sft, Made)
    [row] = sft.train
    assert row["prompt"] == text_of(signal.prompt)
    assert row["completion"] == "At the bottom of the river."
    assert sft.seed[0]["system"] + sft.seed[0]["query"] == row["prompt"]
    assert sft.card["counts"]["by_source"] == {"edits": {"train": 1, "validation": 0}}
    assert {"of": "people"}.items() <= sft.card["licences"][0].items()
    assert any("Make it anew before each training" in note for note in sft.card["notes"])
    dpo = await command("dpo", tmp_path / "dpo")
    assert isinstance(dpo, Made)
    [pair] = dpo.train
    assert (pair["prompt"], pair["chosen"]) == (row["prompt"], row["completion"])
    assert pair["rejected"].startswith("Draft number ")


async def test_a_withdrawn_consent_is_not_in_the_next_dataset(
    stage: Running, tmp_path: Path
) -> None:
    mira = await character(stage)
    ann, bob = await join(stage, "ann", "reader"), await join(stage, "bob", "reader", "192.0.2.9")
    for browser, said in ((ann, "Ann's own words."), (bob, "Bob's own words.")):
        await agree(browser)
        await edited(browser, mira["slug"], said)
    both = await command("sft", tmp_path / "both", "--from", "edits")
    assert isinstance(both, Made)
    assert set(answers(both.train)) == {"Ann's own words.", "Bob's own words."}
    await agree(ann, given=False)
    one = await command("sft", tmp_path / "one", "--from", "edits")
    assert isinstance(one, Made)
    assert answers(one.train) == ["Bob's own words."]
    await agree(bob, given=False)
    none = await command("sft", tmp_path / "none", "--from", "edits")
    assert none == NOTHING


async def test_an_erased_person_is_not_in_the_next_dataset(stage: Running, tmp_path: Path) -> None:
    mira = await character(stage)
    ann, bob = await join(stage, "ann", "reader"), await join(stage, "bob", "reader", "192.0.2.9")
    for browser, said in ((ann, "Ann's own words."), (bob, "Bob's own words.")):
        await agree(browser)
        await edited(browser, mira["slug"], said)
    erased = {"everything": True, "password": PASSWORD}
    await ask(ann, "POST", "/api/me/erasure", json=erased)
    for kind, field in (("sft", "completion"), ("dpo", "chosen")):
        found = await command(kind, tmp_path / kind, "--from", "edits")
        assert isinstance(found, Made)
        assert answers(found.train, field) == ["Bob's own words."]
        everything = "".join(each.read_text("utf-8") for each in (tmp_path / kind).iterdir())
        assert "Ann's own words." not in everything


async def test_a_deleted_conversation_is_not_in_the_next_dataset(
    stage: Running, tmp_path: Path
) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    talk = await edited(ann, mira["slug"], "Ann's own words.")
    await ask(ann, "DELETE", f"/api/conversations/{talk['id']}")
    assert await command("sft", tmp_path / "out", "--from", "edits") == NOTHING


async def test_the_setting_decides_on_those_who_were_not_asked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", database_url)
    settings = learning(community(database_url, tmp_path / "data"), "on")
    async with running(settings, engine=DraftingEngine("A draft.")) as stage:
        stage.http.headers.update(BEARER)
        mira = await character(stage)
        ann = await join(stage, "ann", "reader")
        await edited(ann, mira["slug"], "Ann's own words.")
        assert await command("sft", tmp_path / "none", "--from", "edits") == NOTHING
        monkeypatch.setenv("OFFBOOK_LEARNING__SIGNALS", "on")
        found = await command("sft", tmp_path / "out", "--from", "edits")
        assert isinstance(found, Made)
        assert answers(found.train) == ["Ann's own words."]


async def test_only_signals_about_the_characters_that_are_named(
    stage: Running, tmp_path: Path
) -> None:
    mira = await character(stage)
    other = await stage.make_character("Ben")
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    await edited(ann, mira["slug"], "Said as Mira.")
    await edited(ann, other["slug"], "Said as Ben.")
    found = await command("sft", tmp_path / "out", mira["slug"], "--from", "edits")
    assert isinstance(found, Made)
    assert answers(found.train) == ["Said as Mira."]
    everyone = await command("sft", tmp_path / "all", "--from", "edits")
    assert isinstance(everyone, Made)
    assert set(answers(everyone.train)) == {"Said as Mira.", "Said as Ben."}
    # Ben says three lines: too few for rows of his own, and his signals count all the same.
    ben = await command("sft", tmp_path / "ben", other["slug"], "--from", "edits")
    assert isinstance(ben, Made)
    assert answers(ben.train) == ["Said as Ben."]


async def test_signals_in_the_other_layout_are_counted(stage: Running, tmp_path: Path) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    await edited(ann, mira["slug"], "Ann's own words.")
    options = ["--from", "edits", *FREE, "--layout", "chat", "--out", str(tmp_path / "out")]
    done = await asyncio.to_thread(dataset, "sft", *options)
    assert done.exit_code == 1
    assert "1 edits: its prompt was composed in the other layout" in " ".join(done.output.split())


async def test_a_conversation_is_on_one_side(stage: Running, tmp_path: Path) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    for number in range(8):
        await edited(ann, mira["slug"], f"The edit with the number {number}.")
    given = ["--from", "edits", *FREE, "--layout", "completion", "--validation", "0.5"]
    out = tmp_path / "out"
    done = await asyncio.to_thread(dataset, "sft", *given, "--out", str(out))
    assert done.exit_code == 0, done.output
    first = read(out)
    assert len(first.rows) == 8
    again = await asyncio.to_thread(dataset, "sft", *given, "--out", str(out), "--overwrite")
    assert again.exit_code == 0
    assert read(out) == first


async def test_stored_characters_become_rows(stage: Running, tmp_path: Path) -> None:
    mira = await character(stage)
    await stage.make_character("Ben")
    found = await command("sft", tmp_path / "out", mira["slug"], "--licence", "CC0")
    assert isinstance(found, Made)
    assert len(found.train) == 12
    assert {"of": "mira", "what": "script", "licence": "CC0"} in found.card["licences"]
    async with stage.services.database.write() as session:
        await session.execute(update(Character).where(Character.name == "Mira").values(sample=True))
    everyone = await command("sft", tmp_path / "all", "all")
    assert isinstance(everyone, Made)
    assert everyone.train == found.train
    assert everyone.card["licences"][0]["licence"] == "Apache-2.0, with Offbook"
    assert everyone.card["skipped"] == ["Ben says 3 lines in ben; 10 are needed to hold some out."]
    unknown = await command("sft", tmp_path / "none", "magic")
    assert unknown == "'magic' is neither a file nor the slug of a character."


async def test_a_private_character_is_not_among_all(stage: Running, tmp_path: Path) -> None:
    ann = await join(stage, "ann", "author")
    script = await ask(
        ann, "POST", "/api/scripts", files={"file": ("mira.txt", scenes_text(twelve()).encode())}
    )
    body = {"name": "Mira", "speakers": ["Mira"], "script_ids": [script["id"]]}
    mira = await ask(ann, "POST", "/api/characters", json=body)
    await stage.indexed(mira["slug"])
    assert await command("sft", tmp_path / "out", "all") == NOTHING


async def test_a_training_prompt_does_not_show_what_is_held_out(
    stage: Running, tmp_path: Path
) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    await edited(ann, mira["slug"], "Ann's own words.")
    # Its prompt shows all twelve scenes: whatever is held out stands in it.
    options = [mira["slug"], *FREE, "--layout", "completion", "--out", str(tmp_path / "out")]
    done = await asyncio.to_thread(dataset, "sft", *options, "--validation", "0.1")
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "out")
    [held_out] = [text(row["completion"]) for row in found.validation if "Ann's" not in str(row)]
    assert all(held_out not in text(row["prompt"]) for row in found.train)
    assert (
        found.dropped().get("shows_held_out", 0)
        + len([row for row in found.validation if "Ann's" in str(row)])
        == 1
    )


@pytest.mark.parametrize("where", ["witnessed", "memory", "history", "answer", "nowhere"])
async def test_nothing_that_is_held_out_is_learnt_from_a_conversation(
    stage: Running, tmp_path: Path, where: str
) -> None:
    mira = await character(stage)
    ann = await join(stage, "ann", "reader")
    await agree(ann)
    talk = await edited(ann, mira["slug"], "Ann's own words.")
    seed = next(n for n in range(99) if Random(f"{n} {talk['id']}").random() >= 0.1)  # trains
    options = [mira["slug"], *FREE, "--layout", "completion", "--validation", "0.1"]
    options += ["--seed", str(seed)]
    out = ["--out", str(tmp_path / "first"), "--from", "scripts"]
    assert (await asyncio.to_thread(dataset, "sft", *options, *out)).exit_code == 0
    [held_out] = [text(row["completion"]) for row in read(tmp_path / "first").validation]
    parts = [
        {"kind": "instructions", "text": "You are Mira.\n"},
        {"kind": "witnessed", "text": "Ann：Where is the ferry?\nMira：Away.\n"},
        {"kind": "memory", "text": "Ann：Good day to you.\n"},
        {"kind": "history", "text": "Ann：And now, what do you say?\n"},
        {"kind": "reply", "text": "Mira："},
    ]
    for part in parts:
        if part["kind"] == where:
            part["text"] = f"Mira：{held_out}\n"
    values: dict[str, Any] = {"prompt": {"style": "completion", "parts": parts}}
    if where == "answer":
        values |= {"answer": f"{held_out}!"}
    async with stage.services.database.write() as session:
        of_talk = Signal.conversation_id == UUID(talk["id"])
        await session.execute(update(Signal).where(of_talk).values(**values))
    out = ["--out", str(tmp_path / "second")]
    done = await asyncio.to_thread(dataset, "sft", *options, *out)
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "second")
    trained = [row for row in found.train if "conversation" in row["scene"]]
    assert len(trained) == (where == "nowhere")
    assert found.dropped().get("shows_held_out", 0) == (where != "nowhere")
