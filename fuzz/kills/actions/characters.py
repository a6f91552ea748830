"""Make, edit, publish and delete characters, their pictures and their lorebooks."""

from dataclasses import replace
from pathlib import Path

from fuzz.kills.actions.scripts import make_script
from fuzz.kills.api import Upload
from fuzz.kills.client import Client
from fuzz.kills.facts import CharacterFact, ConversationFact, Fact, Key, LorebookFact
from fuzz.kills.texts import SPEAKERS, make_lorebook

_MOST = 4
_PICTURE = Path(__file__).parents[2] / "seeds" / "grey.png"


async def create_character(client: Client) -> bool:
    """Make a character of a stored script."""
    title = client.pick(client.own("script"))
    if title is None or _enough(client):
        return False
    key, fact = _new(client, (title,))
    body = {**_fields(key, fact), "script_ids": [client.ledger.ids["script", title]]}
    answer = await client.change(
        "create character", {key: fact}, ("POST", "/api/characters"), body=body
    )
    if answer is not None:
        client.ledger.ids[key] = answer.body["slug"]
    return True


async def create_two(client: Client) -> bool:
    """Make two characters of one script; both must be stored, or neither."""
    title = client.pick(client.own("script"))
    if title is None or _enough(client):
        return False
    changes = dict(_new(client, (title,)) for _ in SPEAKERS)
    path = f"/api/scripts/{client.ledger.ids['script', title]}/characters"
    body = {"characters": [_fields(key, fact) for key, fact in changes.items()]}
    answer = await client.change("create two characters", changes, ("POST", path), body=body)
    if answer is not None:
        for key, made in zip(changes, answer.body["items"], strict=True):
            client.ledger.ids[key] = made["slug"]
    return True


async def import_character(client: Client) -> bool:
    """Import a script and its character in one call.

    The script is stored first: a kill may leave it without the character.
    """
    if _enough(client):
        return False
    title = client.next_mark()
    script, content = make_script(client, title)
    script_key: Key = ("script", title)
    key, fact = _new(client, (title,))
    ledger = client.ledger
    operations = [ledger.begin("import", {script_key: script}), ledger.begin("import", {key: fact})]
    form: dict[str, str | Upload] = {
        "file": Upload("script.txt", content),
        "title": title,
        "name": key[1],
        "aliases": SPEAKERS[1],
        "profile": fact.profile,
        "greeting": fact.greeting,
    }
    answer = await client.api.call("POST", "/api/characters/import", form=form)
    for operation in operations:
        if answer.ok:
            ledger.acknowledge(operation)
        else:
            client.refused(operation, answer)
    if answer.ok:
        ledger.ids[script_key] = answer.body["script"]["id"]
        ledger.ids[key] = answer.body["character"]["slug"]
    return True


async def edit_character(client: Client) -> bool:
    """Change a character's texts and sampling."""
    name = client.pick(client.own("character"))
    if name is None:
        return False
    key: Key = ("character", name)
    mark, temperature = client.next_mark(), client.random.choice((0.5, 0.75, 1.0))
    changed = replace(
        client.fact(key, CharacterFact),
        profile=f"Profile {mark}",
        tagline=mark,
        temperature=temperature,
    )
    body = {
        "profile": changed.profile,
        "tagline": mark,
        "sampling": {"temperature": temperature},
    }
    path = f"/api/admin/characters/{client.ledger.ids[key]}"
    await client.change("edit character", {key: changed}, ("PATCH", path), body=body)
    return True


async def publish(client: Client) -> bool:
    """Unpublish a character, or publish it again."""
    name = client.pick(client.own("character"))
    if name is None:
        return False
    key: Key = ("character", name)
    fact = client.fact(key, CharacterFact)
    verb = "unpublish" if fact.published else "publish"
    path = f"/api/admin/characters/{client.ledger.ids[key]}/{verb}"
    await client.change(verb, {key: replace(fact, published=not fact.published)}, ("POST", path))
    return True


async def change_picture(client: Client) -> bool:
    """Give a character a picture, or remove it."""
    name = client.pick(client.own("character"))
    if name is None:
        return False
    key: Key = ("character", name)
    fact = client.fact(key, CharacterFact)
    path = f"/api/admin/characters/{client.ledger.ids[key]}/avatar"
    form = None if fact.picture else {"file": Upload("grey.png", _PICTURE.read_bytes())}
    request = ("DELETE" if fact.picture else "PUT", path)
    await client.change(
        "picture", {key: replace(fact, picture=not fact.picture)}, request, form=form
    )
    return True


async def add_lorebook(client: Client) -> bool:
    """Give a character a lorebook."""
    name = client.pick(client.own("character"))
    if name is None:
        return False
    mark, entries = client.next_mark(), client.random.randint(1, 50)
    key: Key = ("lorebook", mark)
    path = f"/api/admin/characters/{client.ledger.ids['character', name]}/lorebooks"
    answer = await client.change(
        "add lorebook",
        {key: LorebookFact(name, entries)},
        ("POST", path),
        form={"file": Upload("book.json", make_lorebook(mark, entries))},
    )
    if answer is not None:
        client.ledger.ids[key] = answer.body["id"]
    return True


async def switch_lorebook(client: Client) -> bool:
    """Switch a lorebook on or off."""
    name = client.pick(client.own("lorebook"))
    if name is None:
        return False
    key: Key = ("lorebook", name)
    fact = client.fact(key, LorebookFact)
    body = {"enabled": not fact.enabled}
    changed = replace(fact, enabled=not fact.enabled)
    await client.change("switch lorebook", {key: changed}, ("PATCH", _book(client, key)), body=body)
    return True


async def delete_lorebook(client: Client) -> bool:
    """Delete a lorebook."""
    name = client.pick(client.own("lorebook"))
    if name is None:
        return False
    key: Key = ("lorebook", name)
    await client.change("delete lorebook", {key: None}, ("DELETE", _book(client, key)))
    return True


async def delete_character(client: Client) -> bool:
    """Delete a character with its lorebooks and conversations; its script stays."""
    name = client.pick(client.own("character"))
    if name is None or not _enough(client):
        return False
    key: Key = ("character", name)
    changes: dict[Key, Fact | None] = {key: None}
    for other, fact in client.ledger.facts.items():
        if isinstance(fact, LorebookFact | ConversationFact) and fact.character == name:
            changes[other] = None
            if isinstance(fact, ConversationFact):
                changes |= dict.fromkeys(client.ledger.messages_of(other[1]))
    request = ("DELETE", f"/api/admin/characters/{client.ledger.ids[key]}")
    await client.change("delete character", changes, request)
    return True


def _enough(client: Client) -> bool:
    return len(client.own("character")) >= _MOST


def _new(client: Client, titles: tuple[str, ...]) -> tuple[Key, CharacterFact]:
    mark = client.next_mark()
    greeting = f"Good evening. This is {mark}." if client.random.random() < 1 / 2 else ""
    return ("character", mark), CharacterFact(titles, f"Profile {mark}", greeting)


def _fields(key: Key, fact: CharacterFact) -> dict[str, object]:
    return {
        "name": key[1],
        "profile": fact.profile,
        "greeting": fact.greeting,
        "speakers": [SPEAKERS[1]],
    }


def _book(client: Client, key: Key) -> str:
    character = client.fact(key, LorebookFact).character
    slug = client.ledger.ids["character", character]
    return f"/api/admin/characters/{slug}/lorebooks/{client.ledger.ids[key]}"
