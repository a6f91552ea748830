"""A long conversation comes in pages, whatever asks for it."""

import json
import random
from uuid import UUID

import pytest

from app.db.ids import new_id
from app.db.models import Conversation, Message
from tests.app.running import Json, Running, as_object, code_of, texts

pytestmark = pytest.mark.anyio

Tree = dict[UUID, UUID | None]
"""Each message's parent, oldest message first."""


def grown(seed: int, size: int) -> Tree:
    """A tree: two of three messages follow the newest, the others any earlier one or none."""
    chance = random.Random(seed)
    tree: Tree = {}
    for _ in range(size):
        ids = list(tree)
        earlier = chance.choice([None, *ids])
        tree[new_id()] = ids[-1] if ids and chance.random() < 2 / 3 else earlier
    return tree


def way_to(tree: Tree, leaf: UUID) -> list[str]:
    """The ids from the root to ``leaf``."""
    way: list[str] = []
    at: UUID | None = leaf
    while at is not None:
        way.insert(0, str(at))
        at = tree[at]
    return way


async def plant(stage: Running, tree: Tree, leaf: UUID) -> Json:
    """A conversation that is this tree."""
    conversation = await stage.open()
    id = UUID(conversation["id"])
    async with stage.services.database.write() as session:
        for number, (own, parent) in enumerate(tree.items()):
            role = "assistant" if number % 2 else "user"
            session.add(
                Message(
                    id=own,
                    conversation_id=id,
                    parent_id=parent,
                    role=role,
                    content=f"text {number}",
                )
            )
            await session.flush()
        (await session.get_one(Conversation, id)).active_leaf_id = leaf
    return conversation


async def long_one(stage: Running, count: int) -> tuple[Json, list[str]]:
    """A conversation that is one chain of so many messages; and their ids."""
    tree: Tree = {}
    for _ in range(count):
        parent = next(reversed(tree), None)
        tree[new_id()] = parent
    conversation = await plant(stage, tree, next(reversed(tree)))
    return conversation, [str(id) for id in tree]


async def chain(stage: Running, texts: list[str]) -> Json:
    """An imported chat in which the user and Ben say these by turns; the import's answer."""
    rows: list[Json] = [{"user_name": "Ada", "character_name": "Ben"}]
    rows += [{"name": "x", "is_user": n % 2 == 0, "mes": text} for n, text in enumerate(texts)]
    response = await stage.http.post(
        "/api/conversations/import",
        files={"file": ("chat.jsonl", "\n".join(map(json.dumps, rows)).encode())},
        data={"character": "ben"},
    )
    assert response.status_code == 201, response.text
    imported: Json = as_object(response)["conversation"]
    return imported


async def walked(stage: Running, conversation: Json, limit: int) -> list[list[Json]]:
    """All pages, the newest first."""
    url, pages = f"/api/conversations/{conversation['id']}/messages", []
    query: dict[str, str | int] = {"limit": limit}
    while True:
        page = as_object(await stage.http.get(url, params=query))
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        query = {"limit": limit, "before" if len(pages) % 2 else "cursor": page["next_cursor"]}


@pytest.mark.parametrize("seed", range(4))
async def test_walking_the_pages_gives_the_branch(stage: Running, seed: int) -> None:
    await stage.make_character()
    tree = grown(seed, 60)
    leaf = random.Random(seed).choice(list(tree))
    conversation = await plant(stage, tree, leaf)
    expected = way_to(tree, leaf)
    for limit in (1, 3, len(expected), 200):
        pages = await walked(stage, conversation, limit)
        assert [message["id"] for page in reversed(pages) for message in page] == expected
        assert all(len(page) == limit for page in pages[:-1])
        for message in (message for page in pages for message in page):
            parent = tree[UUID(message["id"])]
            siblings = [str(id) for id, of in tree.items() if of == parent]
            assert message["alternatives"] == siblings
    whole = await stage.read(conversation)
    assert ([message["id"] for message in whole["messages"]], whole["earlier"]) == (expected, False)


async def test_a_conversation_is_read_in_parts(stage: Running) -> None:
    await stage.make_character()
    conversation, ids = await long_one(stage, 450)
    url = f"/api/conversations/{conversation['id']}"
    newest = await stage.read(conversation)
    assert [message["id"] for message in newest["messages"]] == ids[250:]
    assert (newest["earlier"], newest["preview"]) == (True, "text 449")
    part = as_object(await stage.http.get(url, params={"before": ids[250], "limit": 3}))
    assert [message["id"] for message in part["messages"]] == ids[247:250]
    assert (part["earlier"], part["preview"]) == (True, "text 449")
    oldest = as_object(await stage.http.get(url, params={"before": ids[3]}))
    assert ([message["id"] for message in oldest["messages"]], oldest["earlier"]) == (
        ids[:3],
        False,
    )
    none = as_object(await stage.http.get(f"{url}/messages", params={"before": ids[0]}))
    assert none == {"items": [], "next_cursor": None}


@pytest.mark.one_database
async def test_what_is_asked_for_is_checked(stage: Running) -> None:
    await stage.make_character(greeting="Hm?")
    conversation, other = await stage.open(), await stage.open()
    url = f"/api/conversations/{conversation['id']}/messages"
    foreign = other["messages"][0]["id"]
    for query, code in (
        ({"before": foreign}, "404 message_not_found"),
        ({"before": "x"}, "422 invalid_request"),
        ({"cursor": "x"}, "422 invalid_cursor"),
        ({"limit": "0"}, "422 invalid_request"),
        ({"limit": "201"}, "422 invalid_request"),
    ):
        assert code_of(await stage.http.get(url, params=query)) == code
    absent = f"/api/conversations/{new_id()}/messages"
    assert code_of(await stage.http.get(absent)) == "404 conversation_not_found"


async def test_every_answer_has_the_newest_page_only(stage: Running) -> None:
    await stage.make_character()
    conversation = await chain(stage, [f"text {n}" for n in range(450)])
    assert (texts(conversation)[0], len(conversation["messages"])) == ("text 250", 200)
    url = f"/api/conversations/{conversation['id']}"
    ids = [message["id"] for message in conversation["messages"]]
    summary = {"text": "They talked.", "upto": ids[0]}
    answers = [
        await stage.http.patch(url, json={"title": "Long"}),
        await stage.http.patch(f"{url}/summary", json=summary),
        await stage.http.delete(f"{url}/summary"),
        await stage.http.patch(f"{url}/messages/{ids[1]}", json={"content": "text 251"}),
        await stage.http.post(f"{url}/messages/{ids[0]}/activate"),
    ]
    await stage.http.delete(url)
    answers.append(await stage.http.post(f"{url}/restore"))
    for answer in answers:
        shown = as_object(answer)
        assert texts(shown) == texts(conversation)
        assert shown["earlier"]
    assert as_object(answers[1])["summary"]["covered"] == 251
    answer = await stage.http.delete(f"{url}/messages/{ids[-1]}")
    assert texts(as_object(answer)) == [f"text {n}" for n in range(249, 449)]


async def test_long_texts_make_short_pages(stage: Running) -> None:
    await stage.make_character()
    said = [f"{n}" * 120_000 for n in range(9)]
    conversation = await chain(stage, [*said, "9" * 600_000])
    assert texts(conversation) == ["9" * 600_000]
    pages = await walked(stage, conversation, 200)
    assert [len(page) for page in pages] == [1, 4, 4, 1]
    assert [m["content"] for page in reversed(pages) for m in page][:-1] == said


async def test_a_turn_in_a_very_long_conversation_goes_on_from_its_end(stage: Running) -> None:
    """Beyond what a turn reads; its summary ends before that, and its greeting stands there."""
    await stage.make_character(greeting="Hm?", alternate_greetings=["Yes?"])
    conversation, ids = await long_one(stage, 3_700)
    url = f"/api/conversations/{conversation['id']}"
    answer = await stage.http.patch(f"{url}/summary", json={"text": "Nets.", "upto": ids[1]})
    assert as_object(answer)["summary"]["covered"] == 2
    turn = await stage.say(conversation, "What now?")
    assert turn["message"]["parent_id"] == ids[-1]
    assert turn["reply"]["alternatives"] == [turn["reply"]["id"]]
    prompt = str(stage.engine.calls[-1].prompt)
    assert "text 3698\n" in prompt
    assert "text 3699\n" in prompt
    assert "Nets." in prompt
    assert "text 10\n" not in prompt
    messages = f"{url}/messages/{turn['reply']['id']}"
    again = as_object(await stage.http.post(f"{messages}/regenerate", json={}))["reply"]
    assert again["alternatives"] == [turn["reply"]["id"], again["id"]]
    assert texts(await stage.read(conversation))[-3:] == [
        "text 3699",
        "What now?",
        again["content"],
    ]
    shown = as_object(await stage.http.post(f"{url}/messages/{ids[0]}/activate"))
    assert texts(shown)[-1] == again["content"]
