"""Compare the API with the ledger: clients must see what is stored."""

import asyncio
from collections.abc import Iterable

from fuzz.kills.api import Answer, Api
from fuzz.kills.facts import (
    CharacterFact,
    ConversationFact,
    Key,
    LorebookFact,
    MessageFact,
    ScriptFact,
)
from fuzz.kills.ledger import Ledger
from fuzz.kills.texts import digest

_SIDE_BY_SIDE = 8
_SCENES_READ = 50
"""Most scenes of a script whose text is compared over the API: one page."""


async def read_all(api: Api, ledger: Ledger, keys: Iterable[Key]) -> int:
    """Compare resources of the API with the ledger; return the number of comparisons."""
    wanted = {_shown_with(key, ledger) for key in keys} - {None}
    slots = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def compare(key: Key) -> None:
        async with slots:
            problem = await _compare(api, ledger, key)
        if problem:
            ledger.blame("shown otherwise", f"{'/'.join(key)}: {problem}")

    await asyncio.gather(*(compare(key) for key in wanted if key is not None))
    return len(wanted)


def _shown_with(key: Key, ledger: Ledger) -> Key | None:
    """Return the resource that shows a key; None where it is deleted as well."""
    fact = ledger.facts[key]
    if isinstance(fact, MessageFact):
        return ("conversation", fact.conversation)
    if isinstance(fact, LorebookFact):
        return ("character", fact.character)
    return key if key in ledger.ids and key[0] not in {"said", "reply", "lorebook"} else None


async def _compare(api: Api, ledger: Ledger, key: Key) -> str:
    """Return the difference of a resource from its fact, empty without one."""
    fact, id = ledger.facts[key], ledger.ids[key]
    answer = await api.call("GET", f"{_ADDRESSES[key[0]]}/{id}")
    if fact is None or (isinstance(fact, ConversationFact) and fact.deleted):
        return "" if answer.status == 404 else f"deleted, and answered with {answer.status}"
    if not answer.ok:
        return f"{answer.status} {answer.body}"[:300]
    if isinstance(fact, ScriptFact):
        return await _compare_script(api, id, fact, answer)
    if isinstance(fact, CharacterFact):
        return await _compare_character(api, ledger, key, fact, answer)
    return _compare_conversation(ledger, key, answer)


_ADDRESSES = {
    "script": "/api/scripts",
    "character": "/api/characters",
    "conversation": "/api/conversations",
}


async def _compare_script(api: Api, id: str, fact: ScriptFact, answer: Answer) -> str:
    if answer.body["scenes"] != fact.scenes:
        return f"{answer.body['scenes']} scenes instead of {fact.scenes}"
    if fact.scenes > _SCENES_READ:
        return ""
    page = await api.call("GET", f"/api/scripts/{id}/scenes?limit={_SCENES_READ}")
    scenes = [[(x["speaker"], x["text"]) for x in each["lines"]] for each in page.body["items"]]
    return "" if digest(scenes) == fact.text else "its scenes are others"


async def _compare_character(
    api: Api, ledger: Ledger, key: Key, fact: CharacterFact, answer: Answer
) -> str:
    shown = answer.body
    found = CharacterFact(
        scripts=tuple(script["title"] for script in shown["scripts"]),
        profile=shown["profile"],
        greeting=shown["greeting"],
        tagline=shown["tagline"],
        published=shown["published"],
        picture=shown["avatar"] is not None,
        temperature=shown["sampling"]["temperature"],
    )
    if found != fact:
        return f"{found} instead of {fact}"
    listed = await api.call("GET", f"/api/admin/characters/{ledger.ids[key]}/lorebooks")
    books = {
        each["name"]: LorebookFact(key[1], each["entries"], each["enabled"])
        for each in listed.body["items"]
    }
    known = {
        name: each
        for (_, name), each in ledger.facts.items()
        if isinstance(each, LorebookFact) and each.character == key[1]
    }
    return "" if books == known else f"lorebooks {books} instead of {known}"


def _compare_conversation(ledger: Ledger, key: Key, answer: Answer) -> str:
    """Return the difference of a conversation's visible branch, title or summary."""
    for message in answer.body["messages"]:
        user = message["role"] == "user"
        fact = ledger.facts.get(("said", message["content"]) if user else ("reply", message["id"]))
        if not isinstance(fact, MessageFact) or fact.content != message["content"]:
            return f"{message['id']} is shown as {message['content']!r} instead of {fact}"
    fact = ledger.facts[key]
    assert isinstance(fact, ConversationFact)  # noqa: S101 (the caller looked)
    summary = answer.body["summary"]
    found = (answer.body["title"], summary["text"] if summary else "")
    return "" if found == (fact.title, fact.summary) else f"{found} instead of {fact}"
