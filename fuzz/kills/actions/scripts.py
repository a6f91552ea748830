"""Scripts: uploaded, replaced, deleted."""

from fuzz.kills.api import Upload
from fuzz.kills.client import Client
from fuzz.kills.facts import Key, ScriptFact
from fuzz.kills.texts import digest, make_scenes, to_file

_MOST_UNPLAYED = 2
_LARGE = 2_500
"""Scenes of a script that is stored in several transactions."""


def make_script(client: Client, mark: str, *, large: bool = False) -> tuple[ScriptFact, bytes]:
    """A script to upload, and what is known of it once it is stored."""
    count = _LARGE if large else client.random.randint(3, 40)
    scenes = make_scenes(client.random, mark, count)
    return ScriptFact(len(scenes), digest(scenes)), to_file(scenes)


async def upload_script(client: Client) -> bool:
    """Upload a script; one of eight is large."""
    if len(client.scripts(played=False)) >= _MOST_UNPLAYED:
        return False
    title = client.next_mark()
    await _upload(client, title, large=client.random.random() < 1 / 8)
    return True


async def replace_script(client: Client) -> bool:
    """Upload another script of the same title."""
    title = client.pick(client.own("script"))
    if title is None:
        return False
    unplayed = title in client.scripts(played=False)
    await _upload(client, title, large=unplayed and client.random.random() < 1 / 4)
    return True


async def delete_script(client: Client) -> bool:
    """Delete a script that no character plays in."""
    title = client.pick(client.scripts(played=False))
    if title is None:
        return False
    key: Key = ("script", title)
    request = ("DELETE", f"/api/scripts/{client.ledger.ids[key]}")
    await client.change("delete script", {key: None}, request)
    return True


async def _upload(client: Client, title: str, *, large: bool) -> None:
    fact, content = make_script(client, client.next_mark(), large=large)
    key: Key = ("script", title)
    form: dict[str, str | Upload] = {"file": Upload("script.txt", content), "title": title}
    answer = await client.change("upload", {key: fact}, ("POST", "/api/scripts"), form=form)
    if answer is not None:
        client.ledger.ids[key] = answer.body["id"]
