"""A person who has something in every table, all of it recognisable by one made-up word."""

import hashlib
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import func, select, update

from app.access.identity import person_of
from app.db.base import Base, utc_now
from app.db.ids import new_id
from app.db.models import (
    Audition,
    Avatar,
    Blob,
    CardFile,
    Character,
    Conversation,
    ExampleIndex,
    FollowedTurn,
    IndexJob,
    LegacyReplyIndex,
    LikelihoodAudition,
    Message,
    MessagePrompt,
    ModerationFinding,
    OpenIDFlow,
    Participant,
    PersonLink,
    Picture,
    QuotaAccount,
    QuotaReservation,
    Report,
    ReportEntry,
    SceneMemoryJob,
    StagedScene,
    StageLine,
    StoredCard,
    StoredLorebook,
    StoredMemory,
    StoredReplyIndex,
    StoredSceneMemory,
    WithheldText,
)
from app.search.passage_embedding import hash_key
from tests.app.access.calling import BEARER, caller
from tests.app.accounts.signing import PASSWORD, invite
from tests.app.running import Json, Running, as_object

WORD = "zyxwvut"
"""In every text of theirs, and in none of another's."""
ADDRESS = "192.0.2.77"
SCRIPT = f"""\
Anna: Good morning, {WORD} Ben. Did you bring the letter that I asked for?
Ben: I brought the {WORD} letter, but I have not dared to open it yet.

Clara: Is the {WORD} lighthouse still burning at night?
Ben: The {WORD} lighthouse burns every night, I keep the lamp myself.
"""


async def join(stage: Running, login: str, role: str, address: str = ADDRESS) -> httpx.AsyncClient:
    """A browser at an address of its own in which a new person is signed in."""
    browser = caller(stage, address)
    body = {"login": login, "name": f"The {login}", "password": PASSWORD}
    response = await browser.post(
        "/api/people", json={**body, "invitation": await invite(stage, role=role)}
    )
    assert response.status_code == 204, response.text
    return browser


async def ask(browser: httpx.AsyncClient, method: str, path: str, **options: object) -> Json:
    """The answer, which must be a success."""
    response = await browser.request(method, path, **options)  # type: ignore[arg-type]  # httpx's options
    assert response.is_success, f"{method} {path}: {response.text}"
    return as_object(response) if response.content else {}


async def fill(stage: Running, browser: httpx.AsyncClient) -> Json:
    """Give a person something of everything; return their characters, by what became of them."""
    script = await ask(
        browser,
        "POST",
        "/api/scripts",
        files={"file": (f"{WORD}.txt", SCRIPT.encode())},
        data={"title": f"The {WORD} play"},
    )
    characters = {}
    for name in ("Ben", "Anna"):
        wanted = {"name": f"{WORD} {name}", "speakers": [name], "script_ids": [script["id"]]}
        wanted |= {"profile": f"A {WORD} profile.", "greeting": f"{WORD}!"}
        made = await ask(browser, "POST", "/api/characters", json=wanted)
        stage.http.headers.update(BEARER)
        characters[name] = await stage.indexed(made["slug"])
    ben, anna = characters["Ben"], characters["Anna"]
    await ask(browser, "POST", f"/api/admin/characters/{ben['slug']}/publish")
    await ask(browser, "POST", f"/api/characters/{ben['slug']}/link")
    await ask(browser, "PUT", f"/api/characters/{ben['slug']}/favourite")
    bookmark = f"/api/scripts/{script['id']}/bookmark"
    await ask(browser, "PUT", bookmark, json={"scene": 1})
    await ask(browser, "PUT", bookmark, json={"scene": ben["scenes"]})
    await ask(browser, "PUT", "/api/persona", json={"name": WORD, "description": f"{WORD} am I"})
    await ask(browser, "POST", "/api/me/keys", json={"label": f"{WORD} laptop"})
    await ask(browser, "POST", "/api/admin/invitations", json={"note": f"for {WORD}"})
    await rehearse(browser, script["id"])
    kept = await talk(browser, ben["slug"])
    await rate(browser, kept)
    gone = await talk(browser, ben["slug"])
    await ask(browser, "DELETE", f"/api/conversations/{gone['id']}")
    await ask(browser, "DELETE", f"/api/admin/characters/{anna['slug']}?restorable=true")
    await add_rows(stage, UUID(ben["id"]), UUID(kept["id"]))
    await add_rows_of_person(stage, UUID(ben["id"]), UUID(kept["id"]))
    wrong = {"login": f"{WORD}-login", "password": "wrong"}
    assert (await browser.post("/api/session", json=wrong)).status_code == 401
    await stage.services.access.audit.flush()
    return characters


async def rehearse(browser: httpx.AsyncClient, script: str) -> None:
    """A line of a part is learnt."""
    part = f"/api/scripts/{script}/parts/Ben"
    line = (await ask(browser, "GET", f"{part}/lines"))["items"][0]
    body = {"line": line["line"], "typed": f"I forgot the {WORD} line."}
    await ask(browser, "POST", f"{part}/attempts", json=body)


async def talk(browser: httpx.AsyncClient, slug: str) -> Json:
    """A conversation with a message and a reply."""
    body = {"character": slug, "user_name": WORD}
    opened = await ask(browser, "POST", "/api/conversations", json=body)
    said = {"content": f"Tell me of the {WORD} lighthouse."}
    await ask(browser, "POST", f"/api/conversations/{opened['id']}/messages", json=said)
    return opened


async def rate(browser: httpx.AsyncClient, conversation: Json) -> None:
    """A reply is rated, and may be learnt from."""
    await ask(browser, "PUT", "/api/me/learning", json={"given": True})
    path = f"/api/conversations/{conversation['id']}"
    reply = (await ask(browser, "GET", path))["messages"][-1]["id"]
    body = {"value": "good", "note": f"The {WORD} lamp!"}
    rated = await ask(browser, "PUT", f"{path}/messages/{reply}/rating", json=body)
    assert rated["kept"]


async def add_rows(stage: Running, character: UUID, conversation: UUID) -> None:
    """What takes an engine, a picture or a second process to come about."""
    word, now = WORD.encode(), utc_now()
    async with stage.services.database.write() as session:
        message = await session.scalar(
            select(Message.id).where(Message.conversation_id == conversation).limit(1)
        )
        session.add_all(
            [
                Audition(character_id=character, result={"word": WORD}),
                LikelihoodAudition(character_id=character, error=WORD),
                Avatar(character_id=character, png=word),
                Picture(
                    character_id=character, kind="portrait", media_type=WORD, large=word, small=word
                ),
                Blob(
                    character_id=character,
                    place="folder",
                    sha256=hashlib.sha256(word).hexdigest(),
                    size=1,
                ),
                StoredCard(character_id=character, origin="v2", data={WORD: 1}, envelope={}),
                CardFile(character_id=character, path=WORD, position=0, content=word),
                StoredLorebook(character_id=character, name=WORD, entries=0, source={WORD: 1}),
                StoredSceneMemory(
                    character_id=character,
                    id=new_id(),
                    text=f"I remember {WORD}.",
                    text_hash=hash_key(f"I remember {WORD}."),
                    origin="edited",
                ),
                SceneMemoryJob(character_id=character, run=new_id(), state="done", error=WORD),
                IndexJob(character_id=character, lease_until=now + timedelta(hours=1)),
                StoredMemory(
                    conversation_id=conversation, embedder=WORD, text_hash=word, vector=word
                ),
                Participant(
                    conversation_id=conversation,
                    character_id=character,
                    position=0,
                    name=WORD,
                    opens=True,
                    note=f"hides {WORD}",
                ),
                StageLine(message_id=message, kind="line", reason={"why": WORD}),
                StagedScene(
                    conversation_id=conversation,
                    script_title=WORD,
                    number=1,
                    title=WORD,
                    part=WORD,
                    lines=[[WORD, WORD, [], None]],
                ),
                FollowedTurn(
                    turn_id=new_id(), conversation_id=conversation, failure={"message": WORD}
                ),
            ]
        )
        if await session.get(MessagePrompt, message) is None:
            session.add(MessagePrompt(message_id=message, record=word))
        changed = update(Conversation).where(Conversation.id == conversation)
        await session.execute(changed.values(summary=f"{WORD}, in short", title=f"On {WORD}"))
        parts = dict.fromkeys(("words", "features", "vectors"), word)
        legacy = {"character_id": character, "embedder": WORD, "weights_key": "", **parts}
        session.add_all(
            [
                ExampleIndex(character_id=character, embedder=WORD, version=new_id(), error=WORD),
                LegacyReplyIndex(version=new_id(), **legacy),
                StoredReplyIndex(version=new_id(), index_version=new_id(), format=WORD, **legacy),
            ]
        )
        tags = update(Character).where(Character.id == character)
        await session.execute(tags.values(tags=[WORD], creator_notes=WORD))


async def add_rows_of_person(stage: Running, character: UUID, conversation: UUID) -> None:
    """What takes a provider, a guard or a crash to come about."""
    now = utc_now()
    async with stage.services.database.write() as session:
        owner = await session.scalar(
            select(Conversation.owner).where(Conversation.id == conversation)
        )
        message = await session.scalar(
            select(Message.id).where(Message.conversation_id == conversation).limit(1)
        )
        assert owner is not None
        assert message is not None
        report = Report(subject=WORD, message_id=message, character_id=character, by_people=True)
        session.add_all(
            [
                PersonLink(
                    issuer=f"https://{WORD}.example",
                    subject=WORD,
                    account=WORD,
                    person_id=person_of(owner),
                ),
                OpenIDFlow(
                    state_hash=WORD,
                    browser_hash=WORD,
                    redirect_uri=WORD,
                    next=WORD,
                    person_id=person_of(owner),
                    guest=None,
                    keeps=False,
                    site=ADDRESS,
                    expires_at=now + timedelta(hours=1),
                ),
                QuotaAccount(subject=owner, minute=0, day=0),
                QuotaReservation(id=new_id(), subject=owner, tokens=1, turns=1, lease_until=now),
                ModerationFinding(
                    message_id=message, source=WORD, category=WORD, detail=WORD, action="flag"
                ),
                WithheldText(message_id=message, text=WORD),
                report,
            ]
        )
        await session.flush()
        session.add(ReportEntry(report_id=report.id, reporter=owner, reason="other", note=WORD))


async def counts(stage: Running) -> dict[str, int]:
    """The rows of every table but those that the database derives from others."""
    async with stage.services.database.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if "derived" not in table.info
        }
