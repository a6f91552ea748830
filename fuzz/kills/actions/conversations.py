"""Open, import, rename, edit, delete and restore conversations."""

from dataclasses import replace

from fuzz.kills.api import Upload
from fuzz.kills.client import Client
from fuzz.kills.facts import CharacterFact, ConversationFact, Fact, Key, MessageFact
from fuzz.kills.texts import make_chat_log, make_message

_MOST = 6
_LARGE = 300
"""Exchanges of an imported chat that is longer than one page of the API."""
_TITLE_CHARACTERS = 60


def titled(text: str) -> str:
    """Return the title that a conversation gets from its first message."""
    return " ".join(text.split())[:_TITLE_CHARACTERS]


async def open_conversation(client: Client) -> bool:
    """Open a conversation with a published character."""
    character = _partner(client)
    if character is None:
        return False
    name = client.next_mark()
    key: Key = ("conversation", name)
    greeting = client.fact(("character", character), CharacterFact).greeting
    answer = await client.change(
        "open conversation",
        {key: ConversationFact(character)},
        ("POST", "/api/conversations"),
        body={"character": client.ledger.ids["character", character], "user_name": name},
        unnamed=(greeting,) if greeting else (),
    )
    if answer is not None:
        _learn(client, key, answer.body)
    return True


async def import_chat(client: Client) -> bool:
    """Import a chat of another program; all of its messages must be stored, or none."""
    character = _partner(client)
    if character is None:
        return False
    name = client.next_mark()
    large = client.random.random() < 1 / 6
    exchanges = _LARGE if large else client.random.randint(2, 30)
    content, said, replies = make_chat_log(client.random, name, exchanges)
    key: Key = ("conversation", name)
    changes: dict[Key, Fact | None] = {key: ConversationFact(character, titled(said[0]).strip())}
    changes |= {("said", text): MessageFact(name, text) for text in said}
    form: dict[str, str | Upload] = {
        "file": Upload("chat.jsonl", content),
        "character": client.ledger.ids["character", character],
        "user_name": name,
    }
    answer = await client.change(
        "import chat",
        changes,
        ("POST", "/api/conversations/import"),
        form=form,
        unnamed=tuple(replies),
    )
    if answer is not None:
        _learn(client, key, answer.body["conversation"])
    return True


async def rename(client: Client) -> bool:
    """Give a conversation another title."""
    name = client.pick(client.conversations())
    if name is None:
        return False
    key: Key = ("conversation", name)
    title = f"Called {client.next_mark()}"
    changed = replace(client.fact(key, ConversationFact), title=title)
    request = ("PATCH", _path(client, key))
    await client.change("rename", {key: changed}, request, body={"title": title})
    return True


async def write_summary(client: Client) -> bool:
    """Write a conversation's summary by hand."""
    name = client.pick(client.conversations())
    if name is None or not client.ledger.messages_of(name):
        return False
    key: Key = ("conversation", name)
    text = f"Summed up as {client.next_mark()}."
    changed = replace(client.fact(key, ConversationFact), summary=text)
    request = ("PATCH", _path(client, key) + "/summary")
    await client.change("write summary", {key: changed}, request, body={"text": text})
    return True


async def delete_conversation(client: Client) -> bool:
    """Delete a conversation, which can be restored."""
    name = client.pick(client.conversations())
    if name is None or len(client.conversations()) < _MOST:
        return False
    key: Key = ("conversation", name)
    changed = replace(client.fact(key, ConversationFact), deleted=True)
    await client.change("delete conversation", {key: changed}, ("DELETE", _path(client, key)))
    return True


async def restore_conversation(client: Client) -> bool:
    """Restore a deleted conversation."""
    name = client.pick(client.conversations(deleted=True))
    if name is None:
        return False
    key: Key = ("conversation", name)
    changed = replace(client.fact(key, ConversationFact), deleted=False)
    request = ("POST", _path(client, key) + "/restore")
    await client.change("restore conversation", {key: changed}, request)
    return True


async def edit_said(client: Client) -> bool:
    """Edit a user's message; the new text becomes another message beside it."""
    key = _message(client, "said")
    if key is None:
        return False
    name = client.fact(key, MessageFact).conversation
    text = make_message(client.random, client.next_mark())
    edited: Key = ("said", text)
    answer = await client.change(
        "edit message",
        {edited: MessageFact(name, text)},
        ("PATCH", message_path(client, key)),
        body={"content": text},
    )
    if answer is not None:
        shown = answer.body["messages"][-1]
        client.ledger.ids[edited] = shown["id"]
        client.ledger.parents[shown["id"]] = shown["parent_id"]
    return True


async def edit_reply(client: Client) -> bool:
    """Edit a reply in place."""
    key = _message(client, "reply")
    if key is None:
        return False
    changed = replace(client.fact(key, MessageFact), content=f"Edited as {client.next_mark()}.")
    await client.change(
        "edit reply",
        {key: changed},
        ("PATCH", message_path(client, key)),
        body={"content": changed.content},
    )
    return True


async def delete_message(client: Client) -> bool:
    """Delete a message and all that follow it."""
    key = _message(client, client.random.choice(("said", "reply")))
    if key is None:
        return False
    ledger = client.ledger
    gone = {ledger.ids[key]}
    others = ledger.messages_of(client.fact(key, MessageFact).conversation)
    # Ids are ordered by time, and a message is newer than the message it follows.
    for other in sorted(ledger.ids[each] for each in others):
        if ledger.parents.get(other) in gone:
            gone.add(other)
    changes = {each: None for each in others if ledger.ids[each] in gone}
    await client.change("delete message", changes, ("DELETE", message_path(client, key)))
    return True


def message_path(client: Client, key: Key) -> str:
    """Return the path of a message in the API."""
    name = client.fact(key, MessageFact).conversation
    return f"{_path(client, ('conversation', name))}/messages/{client.ledger.ids[key]}"


def _partner(client: Client) -> str | None:
    """Return a published character to talk to; None with enough conversations."""
    if len(client.conversations()) >= _MOST:
        return None
    characters = client.own("character")
    return client.pick(
        [name for name in characters if client.fact(("character", name), CharacterFact).published]
    )


def _path(client: Client, key: Key) -> str:
    return f"/api/conversations/{client.ledger.ids[key]}"


def _message(client: Client, kind: str) -> Key | None:
    """Return the key of one message of a kind in the client's conversations, if any."""
    name = client.pick(client.conversations())
    found = client.ledger.messages_of(name) if name else []
    keys = [key for key in found if key[0] == kind]
    return client.random.choice(keys) if keys else None


def _learn(client: Client, key: Key, shown: dict[str, object]) -> None:
    """Store the ids of an answer that shows a conversation."""
    ledger = client.ledger
    ledger.ids[key] = str(shown["id"])
    messages = shown["messages"]
    assert isinstance(messages, list)  # noqa: S101 (the API's contract)
    for message in messages:
        if message["role"] == "user":
            ledger.ids["said", message["content"]] = message["id"]
            ledger.parents[message["id"]] = message["parent_id"]
        else:
            ledger.know_message(key[1], message["id"], message["content"], message["parent_id"])
