"""Erasing a person or a guest leaves no row, vector, memory, name or cached index of theirs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from app.access.identity import owner_of
from app.admin.deletion import purge_character
from app.db.base import utc_now
from app.db.models import AuditEntry, Character, Conversation, Erasure, Invitation, Person, Script
from tests.app.access.calling import BEARER, caller
from tests.app.accounts.signing import PASSWORD, community, me, member, sign_in
from tests.app.conftest import make_settings
from tests.app.own_data.filling import (
    ADDRESS,
    SCRIPT,
    WORD,
    ask,
    counts,
    fill,
    join,
    talk,
)
from tests.app.own_data.searching import find, spellings
from tests.app.running import Json, Running, as_object, code_of, running, until
from tests.app.turns.gated import GatedEngine

pytestmark = pytest.mark.anyio

LOGIN = f"{WORD}-login"
EVERYTHING = {"everything": True, "password": PASSWORD}
NOT_OF_PEOPLE = {
    *("milestones", "server_secrets", "erasures", "index_spaces"),
    *("adapters", "adapter_auditions"),  # an operator's, and figures that go with their character
}


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def person_of(stage: Running, login: str) -> UUID:
    async with stage.services.database.read() as session:
        id = await session.scalar(select(Person.id).where(Person.login == login))
    assert id is not None
    return id


async def ids_of(stage: Running) -> set[UUID]:
    """The ids of the person's own things."""
    person = await person_of(stage, LOGIN)
    found = {person}
    async with stage.services.database.read() as session:
        for table in (Character, Script, Conversation):
            own = select(table.id).where(table.owner == owner_of(person))
            found |= set(await session.scalars(own))
    assert len(found) == 6  # two characters, a script, two conversations
    return found


async def test_nothing_of_a_person_is_left_anywhere(stage: Running) -> None:
    other = await join(stage, "otto", "author", "192.0.2.1")
    await stage.make_character("Clara")
    async with stage.services.database.write() as session:
        await session.execute(delete(Invitation))  # used up
    before = await counts(stage)
    ann = await join(stage, LOGIN, "admin")
    link = await ask(stage.http, "POST", "/api/characters/clara/link")
    await ask(ann, "POST", "/api/characters/by-link", json=link)
    await fill(stage, ann)
    ids = await ids_of(stage)
    filled = await counts(stage)
    empty = [name for name, rows in filled.items() if rows <= before[name]]
    # A table of your own? Fill it in filling.py, and have it erased in registry.py.
    assert set(empty) == NOT_OF_PEOPLE
    settings = stage.services.settings
    sought = {WORD.encode(), ADDRESS.encode(), *spellings(ids)}
    assert len(find(settings, sought)) > 50

    response = await ann.post("/api/me/erasure", json=EVERYTHING)
    assert response.status_code == 204, response.text

    assert find(settings, sought) == []
    after = await counts(stage)
    left = {name for name, rows in after.items() if rows != before[name]}
    # The count of sign-ups from an address, over after an hour, names neither.
    assert left == {"audit_entries", "erasures", "sign_up_counts"}
    assert (await me(ann))["role"] == "guest"
    assert code_of(await sign_in(stage.client(), LOGIN)) == "401 wrong_password"
    # Nothing of anybody else's went with it.
    assert as_object(await stage.http.get("/api/characters/clara"))["examples"] == 2
    assert (await me(other))["person"]["login"] == "otto"


async def test_an_admin_erases_another_person_alike(stage: Running) -> None:
    await stage.make_character("Clara")
    async with stage.services.database.write() as session:
        await session.execute(delete(Invitation))
    before = await counts(stage)
    ann = await join(stage, LOGIN, "admin")
    await fill(stage, ann)
    id, ids = await person_of(stage, LOGIN), await ids_of(stage)
    address = f"/api/admin/people/{id}/erasure"
    for wrong in ("", "ann", WORD):
        refused = await stage.http.post(address, json={"login": wrong})
        assert code_of(refused) == "401 wrong_login"
    assert (await me(ann))["person"]["login"] == LOGIN

    response = await stage.http.post(address, json={"login": f" {LOGIN.upper()} "})
    assert response.status_code == 204, response.text

    assert find(stage.services.settings, {WORD.encode(), ADDRESS.encode(), *spellings(ids)}) == []
    after = await counts(stage)
    left = {name for name, rows in after.items() if rows != before[name]}
    assert left == {"audit_entries", "erasures", "sign_up_counts"}
    assert (await me(ann))["role"] == "guest"
    assert code_of(await stage.http.post(address, json={"login": LOGIN})) == "404 person_not_found"
    listed = as_object(await stage.http.get("/api/admin/audit?action=person_erased"))["items"]
    assert [(each["erased"], each["target_title"]) for each in listed] == [(False, "")]
    assert as_object(await stage.http.get("/api/characters/clara"))["examples"] == 2


async def test_an_admin_is_not_erased_as_another_person(stage: Running) -> None:
    admin = await member(stage, "otto", "admin")
    address = f"/api/admin/people/{await person_of(stage, 'otto')}/erasure"
    assert code_of(await admin.post(address, json={"login": "otto"})) == "409 not_yourself"


async def test_the_acts_stay_without_a_name(stage: Running) -> None:
    ann = await join(stage, LOGIN, "admin")
    await fill(stage, ann)
    async with stage.services.database.read() as session:
        acts = len((await session.scalars(select(AuditEntry))).all())
    await ann.post("/api/me/erasure", json=EVERYTHING)
    listed = as_object(await stage.http.get("/api/admin/audit?limit=200"))["items"]
    assert len(listed) == acts + 1
    erased = [each for each in listed if each["erased"]]
    assert {"data_erased", "character_published", "signed_up"} <= {
        each["action"] for each in erased
    }
    for each in erased:
        names = each["person"], each["login"], each["key"], each["address"], each["target_title"]
        assert names == (None, "", "", "", "")
    # They still are one person's.
    async with stage.services.database.read() as session:
        owners = {row.owner for row in await session.scalars(select(AuditEntry))}
    assert len([owner for owner in owners if owner.startswith("erased")]) == 1


async def test_what_another_process_has_in_memory_goes_as_well(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(
        database_url, tmp_path, access={"admin_key": BEARER["Authorization"][7:]}
    )
    async with running(settings) as stage, running(settings) as second:
        ann = await join(stage, LOGIN, "admin")
        characters = await fill(stage, ann)
        other = await member(second, "otto")
        await talk(other, characters["Ben"]["slug"])
        ben = UUID(characters["Ben"]["id"])
        services = second.services
        await services.queries.embed([f"{WORD}?"])
        held = services.retriever.characters()
        assert ben in held
        assert any(WORD in text for text in services.queries._known)
        await ann.post("/api/me/erasure", json=EVERYTHING)
        assert ben not in stage.services.retriever.characters()
        assert not [text for text in stage.services.queries._known if WORD in text]
        await services.caches.look()  # as it does by itself: at once, or within seconds on SQLite
        assert ben not in services.retriever.characters()
        assert not [text for text in services.queries._known if WORD in text]
        # The other's conversation with it is gone, as where a character is deleted.
        assert as_object(await other.get("/api/conversations"))["items"] == []


async def test_a_guest_erases_what_this_browser_has(stage: Running) -> None:
    await stage.make_character("Ben")
    before = await counts(stage)
    guest, another = stage.client(), stage.client()
    for browser in (guest, another):
        await ask(browser, "GET", "/api/me")
    await talk(guest, "ben")
    await ask(guest, "PUT", "/api/characters/ben/favourite")
    await ask(guest, "PUT", "/api/persona", json={"name": WORD, "description": ""})
    kept = await ask(another, "POST", "/api/conversations", json={"character": "ben"})
    cookie = guest.cookies["offbook_visitor"]
    assert find(stage.services.settings, [WORD.encode()])

    response = await guest.post("/api/me/erasure", json={"everything": True})
    assert response.status_code == 204, response.text
    assert guest.cookies.get("offbook_visitor") != cookie
    assert find(stage.services.settings, [WORD.encode()]) == []
    listed = as_object(await another.get("/api/conversations"))["items"]
    assert [each["id"] for each in listed] == [kept["id"]]
    after = await counts(stage)
    async with stage.services.database.read() as session:
        erasures = (await session.scalars(select(Erasure.id))).all()
    again = stage.client()
    for browser in (guest, again):  # who has nothing empties nobody's caches
        await ask(browser, "POST", "/api/me/erasure", json={"everything": True})
    async with stage.services.database.read() as session:
        assert (await session.scalars(select(Erasure.id))).all() == erasures
    assert (after["favourites"], after["user_personas"]) == (
        before["favourites"],
        before["user_personas"],
    )


async def test_what_a_person_did_as_a_guest_loses_its_address(stage: Running) -> None:
    await stage.make_character("Ben")
    browser = caller(stage, ADDRESS)
    await ask(browser, "GET", "/api/me")
    opened = await ask(browser, "POST", "/api/conversations", json={"character": "ben"})
    await ask(browser, "DELETE", f"/api/conversations/{opened['id']}")
    joined = {"login": LOGIN, "name": "Ann", "password": PASSWORD, "keep_conversations": True}
    await ask(browser, "POST", "/api/people", json=joined)
    assert find(stage.services.settings, [ADDRESS.encode()])
    await ask(browser, "POST", "/api/me/erasure", json=EVERYTHING)
    assert find(stage.services.settings, [ADDRESS.encode()]) == []


async def test_it_is_confirmed_with_the_password(stage: Running) -> None:
    ann = await member(stage, "ann")
    await ask(stage.http, "GET", "/api/admin/stats")
    for body in (
        {"everything": True},
        {"everything": True, "login": "ann"},
        {"everything": True, "password": "a wet horse in a bos"},
    ):
        assert code_of(await ann.post("/api/me/erasure", json=body)) == "401 wrong_password"
    refused = await ann.post("/api/me/erasure", json={"everything": False, "password": PASSWORD})
    assert refused.status_code == 422
    key = as_object(await ann.post("/api/me/keys", json={"label": "k"}))["key"]
    program = stage.client(Authorization=f"Bearer {key}")
    assert code_of(await program.post("/api/me/erasure", json=EVERYTHING)) == "401 account_needed"
    assert code_of(await program.get("/api/me/download")) == "401 account_needed"
    assert (await me(ann))["person"]["login"] == "ann"


async def test_without_a_password_the_login_confirms_it(stage: Running) -> None:
    ann = await member(stage, "ann")
    async with stage.services.database.write() as session:
        await session.execute(update(Person).values(password_hash=None))
    assert as_object(await ann.get("/api/me/data"))["confirmation"] == "login"
    wrong = {"everything": True, "login": "otto"}
    assert code_of(await ann.post("/api/me/erasure", json=wrong)) == "401 wrong_login"
    right = {"everything": True, "login": "ANN"}
    assert (await ann.post("/api/me/erasure", json=right)).status_code == 204


async def test_the_last_admin_stays(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path, access={"allowed_hosts": ["127.0.0.1"]})
    # A service that others reach, whose only key was revoked after a person became its admin.
    async with running(community(database_url, tmp_path)) as stage:
        ann = await member(stage, "ann", "admin")
        made = await ask(ann, "POST", "/api/admin/keys", json={"label": "x"})
        await ask(ann, "DELETE", f"/api/admin/keys/{made['prefix']}")
    async with running(settings) as stage:
        ann = stage.client()
        assert (await sign_in(ann, "ann")).status_code == 204
        assert code_of(await ann.post("/api/me/erasure", json=EVERYTHING)) == "409 last_admin"
        await ask(ann, "POST", "/api/admin/keys", json={"label": "the way in"})
        assert (await ann.post("/api/me/erasure", json=EVERYTHING)).status_code == 204


async def test_the_page_can_say_whom_it_concerns(stage: Running) -> None:
    ann, other = await join(stage, LOGIN, "author"), await member(stage, "otto")
    script = {"files": {"file": ("play.txt", SCRIPT.encode())}}
    stored = await ask(ann, "POST", "/api/scripts", **script)
    wanted = {"name": "Ben", "script_ids": [stored["id"]]}
    await ask(ann, "POST", "/api/characters", json=wanted)
    await stage.indexed("ben")
    await ask(ann, "POST", "/api/admin/characters/ben/publish")
    await talk(ann, "ben")
    await talk(other, "ben")
    shown = await ask(ann, "GET", "/api/me/data")
    assert shown["characters"] == [
        {"slug": "ben", "name": "Ben", "published": True, "conversations_of_others": 1}
    ]
    assert (shown["conversations"], shown["messages"], shown["scripts"]) == (1, 2, 1)
    assert shown["confirmation"] == "password"


async def taken_over(stage: Running, slug: str) -> None:
    async with stage.services.database.write() as session:
        await session.execute(update(Character).where(Character.slug == slug).values(owner=""))


async def test_a_character_that_was_taken_over_stays_with_its_script(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    stored = await ask(ann, "POST", "/api/scripts", files={"file": ("p.txt", SCRIPT.encode())})
    wanted = {"name": "Ben", "script_ids": [stored["id"]]}
    await ask(ann, "POST", "/api/characters", json=wanted)
    await stage.indexed("ben")
    same_title = await stage.upload(title=stored["title"])
    await taken_over(stage, "ben")
    await ask(ann, "POST", "/api/me/erasure", json=EVERYTHING)
    assert (await stage.indexed("ben"))["examples"] == 2
    listed = as_object(await stage.http.get("/api/scripts"))["items"]
    assert {each["id"] for each in listed} == {stored["id"], same_title["id"]}
    assert len({each["title"] for each in listed}) == 2


async def test_a_process_that_dies_leaves_the_rest_to_another(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await join(stage, LOGIN, "admin")
    await fill(stage, ann)
    settings = stage.services.settings

    async def die(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("app.own_data.erasure.purge_character", die)
        with pytest.raises(RuntimeError, match="killed"):
            await ann.post("/api/me/erasure", json=EVERYTHING)
    # Nothing leads to the person any more, and the characters are out of everyone's sight.
    assert as_object(await stage.http.get("/api/characters"))["items"] == []
    assert find(settings, [WORD.encode()])
    await stage.services.erasing.finish_all()
    assert find(settings, [WORD.encode(), ADDRESS.encode()]) == []
    async with stage.services.database.read() as session:
        (erasure,) = await session.scalars(select(Erasure))
    assert erasure.finished_at is not None
    assert purge_character is not die


async def test_what_a_request_under_way_still_wrote_is_found(stage: Running) -> None:
    await stage.make_character("Ben")
    ann = await join(stage, LOGIN, "admin")
    person = await person_of(stage, LOGIN)
    await ask(ann, "POST", "/api/me/erasure", json=EVERYTHING)
    ben: Json = as_object(await stage.http.get("/api/characters/ben"))
    late = {"character_id": UUID(ben["id"]), "owner": owner_of(person), "user_name": WORD}
    of_others = {**late, "owner": owner_of(UUID(int=5))}
    async with stage.services.database.write() as session:
        session.add_all([Conversation(**late), Conversation(**of_others)])
    await stage.services.erasing.finish_all()
    async with stage.services.database.read() as session:
        left = list(await session.scalars(select(Conversation.owner)))
    assert left == [owner_of(UUID(int=5))]


async def test_erasures_do_not_name_anyone_for_long(stage: Running) -> None:
    ann = await join(stage, LOGIN, "admin")
    await ask(ann, "POST", "/api/me/erasure", json=EVERYTHING)
    for days, rows in ((2, [None]), (8, [])):
        back = utc_now() - timedelta(days=days)
        async with stage.services.database.write() as session:
            await session.execute(update(Erasure).values(began_at=back, finished_at=back))
        await stage.services.erasing.finish_all()
        async with stage.services.database.read() as session:
            assert list(await session.scalars(select(Erasure.owner_digest))) == rows


async def test_a_reply_that_is_being_written_leaves_nothing(
    database_url: str, tmp_path: Path
) -> None:
    engine = GatedEngine(reply=f"{WORD} and nothing but {WORD}.")
    async with running(community(database_url, tmp_path), engine=engine) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character("Ben")
        ann = await join(stage, LOGIN, "admin")
        opened = await ask(ann, "POST", "/api/conversations", json={"character": "ben"})
        said = {"content": f"{WORD}?"}
        path = f"/api/conversations/{opened['id']}/messages"
        turn = asyncio.create_task(ann.post(path, json=said))
        engine.let(2)
        await until(lambda: engine.running)
        other = stage.client()
        assert (await sign_in(other, LOGIN)).status_code == 204
        await ask(other, "POST", "/api/me/erasure", json=EVERYTHING)
        engine.let(50)
        await turn
        await stage.services.erasing.finish_all()
        assert find(stage.services.settings, [WORD.encode(), ADDRESS.encode()]) == []
