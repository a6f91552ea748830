"""Upload, replace and delete scripts."""

from fuzz.kills.api import Upload
from fuzz.kills.client import Client
from fuzz.kills.facts import Key, ScriptFact
from fuzz.kills.texts import digest, make_scenes, to_file

_MOST_UNUSED = 2
_LARGE = 2_500
"""Scenes of a script large enough for several transactions."""


def make_script(client: Client, mark: str, *, large: bool = False) -> tuple[ScriptFact, bytes]:
    """Return the fact of a made-up script, and its file to upload."""
    count = _LARGE if large else client.random.randint(3, 40)
    scenes = make_scenes(client.random, mark, count)
    return ScriptFact(len(scenes), digest(scenes)), to_file(scenes)


async def upload_script(client: Client) -> bool:
    """Upload a script; one in eight is large."""
    if len(client.scripts(played=False)) >= _MOST_UNUSED:
        return False
    title = client.next_mark()
    await _upload(client, title, large=client.random.random() < 1 / 8)
    return True


async def replace_script(client: Client) -> bool:
    """Upload another script with the same title."""
    title = client.pick(client.own("script"))
    if title is None:
        return False
    unused = title in client.scripts(played=False)
    await _upload(client, title, large=unused and client.random.random() < 1 / 4)
    return True


async def delete_script(client: Client) -> bool:
    """Delete a script that no character uses."""
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
