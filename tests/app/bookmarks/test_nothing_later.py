"""A reader at the second scene of a play gets no word of a later one, whatever they ask.

Each operation of the API is classified below. One that is not fails the first test: say how it is
asked, or why no word of a script can be in its answer.
"""

import io
import json
import re
import zipfile
import zlib
from base64 import b64decode
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.app.bookmarks.play import PLAY, SCENES, WORD, later_words, make_play, set_bookmark
from tests.app.running import Json, Running, as_object, code_of

pytestmark = pytest.mark.anyio

ADMIN = "the admin pages show everything"
OWNER = "who may change it sees everything"
FILE = "about a file that the caller sends"
OWN_WORDS = "the caller's own words, and what they were answered"
NOTHING = "no text of a script, of a character or of a conversation"

ASKS: dict[str, list[tuple[str, Json | None]]] = {
    "GET /api/characters": [
        ("/api/characters", None),
        ("/api/characters?sort=name", None),
        ("/api/characters?sort=talked&first=zh", None),
        ("/api/characters?q=quolk3", None),
        ("/api/characters?q=harbour", None),
    ],
    "GET /api/characters/{slug}": [
        ("/api/characters/ben", None),
        ("/api/characters/{later}", None),
    ],
    "POST /api/characters/by-link": [("/api/characters/by-link", {"link": "{link}"})],
    "GET /api/characters/{slug}/scenes/{position}": [
        (f"/api/characters/ben/scenes/{position}", None) for position in range(SCENES + 1)
    ],
    "GET /api/characters/{slug}/examples": [
        ("/api/characters/ben/examples?query=Where+is+the+lamp+of+the+harbour", None),
        ("/api/characters/ben/examples?query=quolk5+letter", None),
        ("/api/characters/{later}/examples?query=lamp", None),
    ],
    "GET /api/characters/{slug}/examples/{example_id}/scene": [
        ("/api/characters/ben/examples/{example}/scene", None) for _ in range(1)
    ],
    "GET /api/characters/{slug}/proof": [("/api/characters/ben/proof", None)],
    "GET /api/characters/{slug}/sharing": [("/api/characters/ben/sharing", None)],
    "GET /api/characters/{slug}/card": [
        ("/api/characters/ben/card?format=v2", None),
        ("/api/characters/ben/card?format=v3&script=true", None),
        ("/api/characters/ben/card?format=png&script=true", None),
        ("/api/characters/ben/card?format=charx&script=true", None),
        ("/api/characters/{later}/card?format=v2&script=true", None),
    ],
    "POST /api/characters/{slug}/draft-profile": [("/api/characters/ben/draft-profile", {})],
    "GET /api/scripts": [("/api/scripts", None)],
    "GET /api/scripts/{script_id}": [("/api/scripts/{script}", None)],
    "GET /api/scripts/{script_id}/scenes": [
        ("/api/scripts/{script}/scenes", None),
        ("/api/scripts/{script}/scenes?cursor=2", None),
    ],
    "GET /api/scripts/{script_id}/scenes/{number}": [
        (f"/api/scripts/{{script}}/scenes/{number}", None) for number in range(1, SCENES + 1)
    ],
    "GET /api/scripts/{script_id}/parts": [("/api/scripts/{script}/parts", None)],
    "GET /api/scripts/{script_id}/parts/{speaker}": [
        ("/api/scripts/{script}/parts/Ben", None),
        ("/api/scripts/{script}/parts/{later}", None),
    ],
    "GET /api/scripts/{script_id}/parts/{speaker}/scenes": [
        ("/api/scripts/{script}/parts/Ben/scenes", None),
    ],
    "GET /api/scripts/{script_id}/parts/{speaker}/lines": [
        ("/api/scripts/{script}/parts/Ben/lines", None),
        ("/api/scripts/{script}/parts/Ben/lines?scene=3", None),
        ("/api/scripts/{script}/parts/{later}/lines", None),
    ],
    "GET /api/scripts/{script_id}/parts/{speaker}/due": [
        ("/api/scripts/{script}/parts/Ben/due", None),
    ],
    "POST /api/scripts/{script_id}/parts/{speaker}/attempts": [
        ("/api/scripts/{script}/parts/Ben/attempts", {"line": "{unread}", "typed": "The lamp."}),
        ("/api/scripts/{script}/parts/Ben/attempts", {"line": "{known}", "typed": "The lamp."}),
    ],
    "GET /api/conversations/{conversation_id}/next-line": [("{played}/next-line", None)],
    "POST /api/conversations/{conversation_id}/back-to-script": [("{played}/back-to-script", {})],
    "GET /api/scripts/{script_id}/bookmark": [("/api/scripts/{script}/bookmark", None)],
    "PUT /api/scripts/{script_id}/bookmark": [
        ("/api/scripts/{script}/bookmark", {"scene": 2}),
        ("/api/scripts/{script}/bookmark", {"scene": 99}),
        ("/api/scripts/{script}/bookmark", {"chapter": "unheard of"}),
    ],
    "POST /api/scripts/{script_id}/cast": [("/api/scripts/{script}/cast?limit=100", {})],
    "POST /api/scripts/{script_id}/draft-profile": [
        ("/api/scripts/{script}/draft-profile", {"name": "Ben"}),
    ],
    "GET /api/favourites": [("/api/favourites", None)],
    "GET /api/conversations": [("/api/conversations", None), ("/api/conversations?q=lamp", None)],
    "POST /api/conversations": [
        ("/api/conversations", {"character": "ben"}),
        ("/api/conversations", {"character": "ben", "until_scene": 1, "as": "Anna"}),
        ("/api/conversations", {"character": "ben", "until_scene": 4}),
        ("/api/conversations", {"character": "ben", "as": "Nobody"}),
        ("/api/conversations", {"characters": ["ben"], "role": "watching"}),
        ("/api/conversations", {"scene": {"script": "{script}", "scene": 2, "as": "Anna"}}),
        ("/api/conversations", {"scene": {"script": "{script}", "scene": 3, "as": "Anna"}}),
    ],
    "GET /api/conversations/{conversation_id}": [
        ("{talk}", None),
        ("{before}", None),
        ("{scene}", None),
    ],
    "GET /api/conversations/{conversation_id}/messages": [
        ("{talk}/messages", None),
        ("{before}/messages", None),
    ],
    "GET /api/conversations/{conversation_id}/openers": [
        ("{talk}/openers", None),
        ("{before}/openers", None),
    ],
    "PATCH /api/conversations/{conversation_id}": [
        ("{talk}", {"until_scene": None}),
        ("{talk}", {"until_scene": 4}),
        ("{before}", {"title": "Before"}),
    ],
    "GET /api/conversations/{conversation_id}/export": [
        ("{before}/export?format=text", None),
        ("{before}/export?format=prompts", None),
        ("{talk}/export?format=prompts", None),
    ],
    "GET /api/conversations/export": [
        ("/api/conversations/export", None),
        ("/api/conversations/export?format=prompts", None),
    ],
    "POST /api/conversations/{conversation_id}/messages": [
        ("{talk}/messages", {"content": "Where is the lamp over the quay?"}),
        ("{talk}/messages", {"content": "Did you find the letter?", "stream": True}),
        ("{before}/messages", {"content": "Where is the letter in the boat?"}),
        ("{scene}/messages", {"content": "Where is the lamp?", "stream": True}),
    ],
    "POST /api/conversations/{conversation_id}/messages/{message_id}/regenerate": [
        ("{before}/messages/{reply}/regenerate", {}),
    ],
    "POST /api/conversations/{conversation_id}/messages/{message_id}/continue": [
        ("{before}/messages/{reply}/continue", {}),
    ],
    "POST /api/conversations/{conversation_id}/go-on": [("{scene}/go-on", {})],
    "GET /api/conversations/{conversation_id}/turn": [
        ("{talk}/turn", None),
        ("{before}/turn", None),
    ],
    "POST /api/conversations/{conversation_id}/participants": [
        ("{scene}/participants", {"character": "{later}"}),
    ],
    "GET /api/conversations/{conversation_id}/messages/{message_id}/knowledge": [
        ("{scene}/messages/{line}/knowledge", None),
    ],
    "GET /api/conversations/{conversation_id}/messages/{message_id}/witnesses": [
        ("{scene}/messages/{line}/witnesses", None),
    ],
    "POST /api/conversations/{conversation_id}/summary": [("{before}/summary", {})],
    "GET /v1/models": [("/v1/models", None)],
    "POST /v1/chat/completions": [
        (
            path,
            {
                "model": model,
                "stream": stream,
                "messages": [{"role": "user", "content": "Where is the lamp?"}],
            },
        )
        for path, model in (
            ("/v1/chat/completions", "ben"),
            ("/v1/chat/completions", "stage:ben"),
        )
        for stream in (False, True)
    ],
    "POST /v1/character/chat/completions": [
        (
            "/v1/character/chat/completions",
            {"model": "ben", "messages": [{"role": "user", "content": "The lamp?"}]},
        ),
    ],
    "POST /v1/responses": [
        ("/v1/responses", {"model": "ben", "input": "Did you find the letter?"})
    ],
    "GET /api/admin/replies/{message_id}/prompt": [
        ("/api/admin/replies/{reply}/prompt", None),
        ("/api/admin/replies/{line}/prompt", None),
    ],
}
"""How operations are asked that could say something of a script."""

EXEMPT: dict[str, str] = {
    "POST /api/scripts": FILE,
    "POST /api/scripts/preview": FILE,
    "POST /api/files/inspect": FILE,
    "POST /api/characters/import": FILE,
    "POST /api/conversations/import": FILE,
    "POST /api/characters": OWNER,
    "POST /api/scripts/{script_id}/characters": OWNER,
    "PUT /api/characters/{slug}/sharing": OWNER,
    "POST /api/characters/{slug}/link": OWNER,
    "PUT /api/characters/{slug}/link": OWNER,
    "DELETE /api/characters/{slug}/link": OWNER,
    "DELETE /api/scripts/{script_id}": OWNER,
    "GET /api/me/characters": OWNER,
    "GET /api/me/deleted-characters": OWNER,
    "GET /api/me/download": OWNER,
    "GET /api/me/data": NOTHING,
    "PATCH /api/conversations/{conversation_id}/messages/{message_id}": OWN_WORDS,
    "DELETE /api/conversations/{conversation_id}/messages/{message_id}": OWN_WORDS,
    "POST /api/conversations/{conversation_id}/messages/{message_id}/activate": OWN_WORDS,
    "POST /api/conversations/{conversation_id}/messages/{message_id}/tell": OWN_WORDS,
    "POST /api/conversations/{conversation_id}/participants/{participant}/leave": OWN_WORDS,
    "PUT /api/conversations/{conversation_id}/participants/{participant}/note": OWN_WORDS,
    "PATCH /api/conversations/{conversation_id}/summary": OWN_WORDS,
    "DELETE /api/conversations/{conversation_id}/summary": OWN_WORDS,
    "POST /api/conversations/{conversation_id}/restore": OWN_WORDS,
    "PUT /api/conversations/{conversation_id}/messages/{message_id}/rating": OWN_WORDS,
    "DELETE /api/conversations/{conversation_id}/messages/{message_id}/rating": NOTHING,
    "DELETE /api/conversations/{conversation_id}": NOTHING,
    "DELETE /api/conversations/{conversation_id}/turn": NOTHING,
    "GET /api/me/deleted-conversations": OWN_WORDS,
    "DELETE /api/scripts/{script_id}/bookmark": NOTHING,
    "DELETE /api/scripts/{script_id}/parts/{speaker}/progress": NOTHING,
    "GET /api/scripts/formats": NOTHING,
    "PUT /api/characters/{slug}/favourite": NOTHING,
    "DELETE /api/characters/{slug}/favourite": NOTHING,
    "GET /api/characters/{slug}/avatar": NOTHING,
    "GET /api/characters/{slug}/backdrop": NOTHING,
    "GET /v1/models/{model}": NOTHING,
    "POST /v1/completions": NOTHING,
    "POST /v1/embeddings": NOTHING,
}
"""Why the other operations need not be asked. Pages are files: all they show comes from these."""

NO_SCRIPTS = (
    "/api/me",
    "/api/people",
    "/api/session",
    "/api/invitations",
    "/api/openid",
    "/api/persona",
    "/api/reports",
    "/api/status",
    "/healthz",
    "/readyz",
    "/metrics",
)
"""Beginnings of addresses of people, sessions and the state of the service."""


def is_classified(operation: str) -> bool:
    _, _, path = operation.partition(" ")
    if operation in ASKS or operation in EXEMPT:
        return True
    return path.startswith(("/api/admin/", *NO_SCRIPTS))


@pytest.fixture
def mode() -> str:
    return "reference"


@pytest.fixture
def settings(settings: Settings, mode: str) -> Settings:
    retrieval = settings.retrieval.model_copy(update={"mode": mode, "scene_memories": True})
    return settings.model_copy(update={"retrieval": retrieval})


@pytest.fixture
async def names(stage: Running) -> dict[str, str]:
    """A play, what was said before there was a bookmark, and one at the second scene."""
    script = await make_play(stage)
    later = "quolk4"
    memories = "/api/admin/characters/ben/scene-memories"
    for number, item in enumerate(as_object(await stage.http.get(memories))["items"], 1):
        text = f"I hung the {WORD}{number} lamp over the quay."
        written = await stage.http.put(f"{memories}/{item['id']}", json={"text": text})
        assert written.status_code == 200, written.text
    admin = "/api/admin/characters/ben"
    greetings = {"greeting": "", "alternate_greetings": []}
    given = {
        name: as_object(await stage.http.get("/api/characters/ben"))[name] for name in greetings
    }
    assert (await stage.http.patch(admin, json=greetings)).status_code == 200
    before = await stage.open("ben")
    assert (await stage.http.patch(admin, json=given)).status_code == 200
    said = await stage.say(before, "Where are the quay, the boat, the letter and the lamp?")
    assert later_words(json.dumps(said["reply"]["examples"])), "the check would check nothing"
    scene = as_object(
        await stage.http.post(
            "/api/conversations", json={"characters": ["ben"], "role": "director"}
        )
    )
    line = await stage.say(scene, "Ben looks at the lamp over the quay.")
    link = as_object(await stage.http.post("/api/characters/ben/link"))["link"]
    example = next(
        each["id"] for each in said["reply"]["examples"] if later_words(json.dumps(each))
    )
    lines = f"/api/scripts/{script['id']}/parts/Ben/lines"
    learnt = as_object(await stage.http.get(lines))["items"]
    stage.engine.calls.clear()
    await set_bookmark(stage, script, scene=2)
    talk = await stage.open("ben")
    played = as_object(
        await stage.http.post(
            "/api/conversations", json={"scene": {"script": script["id"], "scene": 2, "as": "Anna"}}
        )
    )
    return {
        "script": script["id"],
        "later": later,
        "link": link,
        "example": str(example),
        "before": f"/api/conversations/{before['id']}",
        "played": f"/api/conversations/{played['id']}",
        "known": learnt[0]["line"],
        "unread": learnt[-1]["line"],
        "talk": f"/api/conversations/{talk['id']}",
        "scene": f"/api/conversations/{scene['id']}",
        "reply": said["reply"]["id"],
        "line": line["reply"]["id"],
    }


def test_every_operation_is_classified() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, each in paths.items() for method in each}
    assert [each for each in sorted(operations) if not is_classified(each)] == []
    assert (ASKS.keys() | EXEMPT.keys()) - operations == set()
    assert ASKS.keys() & EXEMPT.keys() == set()


@pytest.mark.parametrize("mode", ["reference", "fused"])
async def test_no_answer_and_no_prompt_has_a_word_of_a_later_scene(
    stage: Running, names: dict[str, str]
) -> None:
    asked = 0
    for operation, requests in ASKS.items():
        method, _, _ = operation.partition(" ")
        for path, body in requests:
            url = filled(path, names)
            sent = None if body is None else filled(body, names)
            response = await stage.http.request(method, url, json=sent)
            assert response.status_code != 500, (operation, url, response.text)
            found = later_words(readable(response, operation))
            said_by_caller = later_words(f"{url} {json.dumps(sent)}")
            assert [word for word in found if word not in said_by_caller] == [], (
                operation,
                url,
                response.status_code,
                response.text[:3_000],
            )
            asked += response.status_code < 400
            await idle(stage, names)
    assert asked > 40
    prompts = [str(call.prompt) for call in stage.engine.calls]
    assert len(prompts) > 8
    for prompt in prompts:
        assert later_words(prompt) == [], prompt
    assert any(f"{WORD}1" in prompt or f"{WORD}2" in prompt for prompt in prompts)


async def test_what_was_read_is_shown(stage: Running, names: dict[str, str]) -> None:
    """Nothing is left out that need not be."""
    script = names["script"]
    scenes = as_object(await stage.http.get(f"/api/scripts/{script}/scenes"))["items"]
    assert [each["read"] for each in scenes] == [True, True, False, False, False]
    assert [len(each["lines"]) for each in scenes] == [5, 5, 0, 0, 0]
    report = as_object(await stage.http.get(f"/api/scripts/{script}"))
    assert {each["name"] for each in report["speakers"]} == {"Anna", "Ben"}
    assert (report["scenes"], report["lines"]) == (5, 25)
    assert report["rejected"] == []
    assert report["rejected_total"] == 1
    ben = as_object(await stage.http.get("/api/characters/ben"))
    assert ben["profile"] == "Ben keeps the harbour."
    assert ben["alternate_greetings"] == ["Welcome aboard."]
    assert ben["openers"] == ["How are you?"]
    assert ben["others"] == ["Anna"]
    assert ben["reading"] == {
        "script": script,
        "scene": 2,
        "scenes": 5,
        "until": 2,
        "met": True,
        "withheld": [
            *("tagline", "profile", "greeting", "alternate_greetings", "openers"),
            *("creator_notes", *(["signature"] if withheld_signature(ben) else []), "others"),
        ],
    }
    listed = as_object(await stage.http.get("/api/characters"))["items"]
    assert [each["slug"] for each in listed] == ["ben"]
    url = f"/api/scripts/{script}/scenes/4"
    closed = as_object(await stage.http.get(url))
    assert (closed["read"], closed["lines"], closed["parts"]) == (False, [], [])
    opened = as_object(await stage.http.get(f"{url}?open=true"))
    assert opened["read"] is True
    assert f"{WORD}4" in json.dumps(opened)


async def test_who_may_change_it_sees_the_whole(stage: Running, names: dict[str, str]) -> None:
    script = names["script"]
    for url in (
        "/api/characters/ben?whole=true",
        f"/api/scripts/{script}?whole=true",
        f"/api/scripts/{script}/scenes?whole=true",
        "/api/characters/ben/card?format=v2&whole=true&script=true",
    ):
        response = await stage.http.get(url)
        assert response.status_code == 200, response.text
        assert f"{WORD}5" in readable(response, "GET"), url
    proposed = await stage.http.post(f"/api/scripts/{script}/cast?limit=100&whole=true")
    assert proposed.status_code == 200, proposed.text
    assert "Quolk4" in [each["name"] for each in as_object(proposed)["roles"]]


async def test_without_the_bookmark_everything_is_there_again(
    stage: Running, names: dict[str, str]
) -> None:
    url = f"/api/scripts/{names['script']}/bookmark"
    assert (await stage.http.delete(url)).status_code == 204
    ben = as_object(await stage.http.get("/api/characters/ben"))
    assert ben["reading"] is None
    assert ben["greeting"] == "I hung the quolk3 lamp over the quay this morning."
    talk = as_object(await stage.http.get(names["talk"]))
    assert (talk["until_scene"], talk["read_until"]) == (None, None)


async def test_a_drafted_profile_is_shown_to_who_read_what_it_is_made_of(
    stage: Running, names: dict[str, str]
) -> None:
    url = "/api/admin/characters/ben"
    drafted = {"profile": "Ben keeps the quolk3 lamp.", "profile_scenes": 3}
    assert (await stage.http.patch(url, json=drafted)).status_code == 200
    shown = as_object(await stage.http.get("/api/characters/ben"))
    assert shown["profile"] == ""
    assert "profile" in shown["reading"]["withheld"]
    stage.engine.calls.clear()
    await stage.say({"id": names["talk"].rpartition("/")[2]}, "Who are you?")
    assert later_words(str(stage.engine.calls[-1].prompt)) == []
    await set_bookmark(stage, {"id": names["script"]}, scene=3)
    assert as_object(await stage.http.get("/api/characters/ben"))["profile"] == drafted["profile"]


async def test_a_draft_is_made_of_what_its_reader_has_read(
    stage: Running, names: dict[str, str]
) -> None:
    response = await stage.http.post("/api/characters/ben/draft-profile", json={})
    assert '"scenes":2' in response.text.replace(" ", ""), response.text
    refused = await stage.http.post(
        f"/api/scripts/{names['script']}/draft-profile", json={"name": "Quolk4"}
    )
    assert "not_met_yet" in refused.text


async def test_a_scene_behind_the_bookmark_cannot_be_played(
    stage: Running, names: dict[str, str]
) -> None:
    scene = {"script": names["script"], "scene": 3, "as": "Anna"}
    refused = await stage.http.post("/api/conversations", json={"scene": scene})
    assert code_of(refused) == "409 not_read_yet"
    guessed = await stage.http.post("/api/conversations", json={"scene": {**scene, "as": "Zoe"}})
    assert code_of(guessed) == "409 not_read_yet"  # and not who speaks in it
    await set_bookmark(stage, {"id": names["script"]}, scene=1)
    assert code_of(await stage.http.get(f"{names['played']}/next-line")) == "409 not_read_yet"


async def test_a_scene_without_characters_names_none_that_comes_later(stage: Running) -> None:
    script = await stage.upload(PLAY, filename="harbour.txt")
    await stage.make_character("Quolk4", script_ids=[script["id"]])
    await set_bookmark(stage, script, scene=2)
    scene = {"script": script["id"], "scene": 1, "as": "Anna"}
    refused = await stage.http.post("/api/conversations", json={"scene": scene})
    assert code_of(refused) == "422 script_without_characters"


async def test_who_comes_later_cannot_be_talked_to_yet(
    stage: Running, names: dict[str, str]
) -> None:
    response = await stage.http.post("/api/conversations", json={"character": names["later"]})
    assert code_of(response) == "409 not_met_yet"
    rows = [{"name": name, "is_user": False, "mes": "Hello."} for name in ("Ben", "Quolk4")]
    log = {"file": ("group.jsonl", "\n".join(map(json.dumps, rows)).encode())}
    imported = await stage.http.post("/api/conversations/import", files=log)
    assert code_of(imported) == "409 not_met_yet"


async def test_of_characters_of_one_name_those_that_were_met_are_offered(
    stage: Running, names: dict[str, str]
) -> None:
    play = [names["script"]]
    await stage.make_character("Anna", script_ids=play)
    await stage.make_character("Ben", script_ids=play, speakers=["Quolk4"])
    rows = [{"name": name, "is_user": False, "mes": "Hello."} for name in ("Ben", "Anna")]
    log = {"file": ("group.jsonl", "\n".join(map(json.dumps, rows)).encode())}
    imported = await stage.http.post("/api/conversations/import", files=log)
    assert imported.status_code == 201, imported.text
    cast = as_object(imported)["conversation"]["participants"]
    assert [each["slug"] for each in cast] == ["ben", "anna"]
    await set_bookmark(stage, {"id": names["script"]}, scene=4)
    await stage.open(names["later"])


def filled(value: Any, names: dict[str, str]) -> Any:
    """A value with the names of what the test made."""
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    return value.format_map(names) if isinstance(value, str) and "{" in value else value


def withheld_signature(character: Json) -> bool:
    return not character["signature"]


def readable(response: httpx.Response, operation: str) -> str:
    """Everything in an answer: its headers, its body, and what is packed in it."""
    texts = [repr(response.headers.raw), response.content.decode("utf-8", "replace")]
    texts += _unpacked(response.content)
    return "\n".join(texts)


def _unpacked(content: bytes) -> list[str]:
    """What is in archives and in the texts of pictures, base64 and deflated JSON included."""
    found: list[str] = []
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                inner = archive.read(name)
                found += [name, inner.decode("utf-8", "replace"), *_unpacked(inner)]
    for piece in _long_words(content):
        for decode in (b64decode, lambda each: zlib.decompress(b64decode(each))):
            try:
                inner = decode(piece)
            except (ValueError, zlib.error):
                continue
            found += [inner.decode("utf-8", "replace")]
            if inner != piece and len(inner) < len(content):
                found += _unpacked(inner)
    return found


def _long_words(content: bytes) -> list[bytes]:
    return re.findall(rb"[A-Za-z0-9+/]{60,}={0,2}", content)


async def idle(stage: Running, names: dict[str, str]) -> None:
    for name in ("talk", "before", "scene"):
        await stage.idle({"id": names[name].rpartition("/")[2]})
