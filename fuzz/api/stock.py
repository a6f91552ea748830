"""Keep resources stored during a run, so that most requests name one that exists."""

import random
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import requests
from schemathesis import Case

from app.access.cookies import VISITOR_COOKIE
from characters.cards.pictures import placeholder
from fuzz.api.service import Service

Json = dict[str, Any]

_TIMEOUT = 30
_KEPT = 12
"""Characters, scripts and conversations that stay; with more, every list would be slow."""
_LEAST = 2
_UNKNOWN = 0.15
"""Share of cases whose generated ids stay, and name no stored resource."""
_ROUND = 200
"""Requests after which surplus resources are deleted."""

_FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures"
_SMALL = 20_000
_SCRIPT = """\
Anna: Good morning, Ben. Did you bring the letter that I asked for?
Ben: I brought the letter, but I have not dared to open it yet.

Clara: Is the lighthouse still burning at night?
Ben: The lighthouse burns every night, I keep the lamp myself.
"""


class Stock:
    """Hold ids of stored resources; guest and admin own the same visitor's conversations."""

    def __init__(self, service: Service) -> None:
        self._address = service.address
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {service.admin_key}"
        # Only the service can sign a visitor's cookie; a page brings one.
        self._session.get(f"{self._address}/", timeout=_TIMEOUT).raise_for_status()
        self._visitor = self._session.cookies[VISITOR_COOKIE]
        self._key = service.admin_key
        self._stale = True
        self._requests = 0
        self._slugs: list[str] = []
        self._samples: set[str] = set()
        """Never deleted: with their reply index, turns and auditions reach all code."""
        self._scripts: list[str] = []
        self._conversations: dict[str, list[str]] = {}
        self._lorebooks: list[tuple[str, str]] = []
        self._prefixes: list[str] = []
        """Of admin keys other than the one in the settings."""
        self._files = _files()

    @property
    def cookie(self) -> str:
        """Return the header that makes a guest the owner of the stored conversations."""
        return f"{VISITOR_COOKIE}={self._visitor}"

    def note(self, method: str, status: int) -> None:
        """Note that an answer may have deleted or unpublished a stored resource."""
        self._requests += 1
        changed = method in {"DELETE", "PATCH", "POST"} and status < 300
        self._stale = self._stale or (changed and method == "DELETE")
        self._stale = self._stale or self._requests % _ROUND == 0

    def fill(self, case: Case[Any], seed: int, *, files: bool = True) -> None:
        """Put ids of stored resources into most cases, and ``files`` that a reader knows.

        The choice depends on the case alone: shrinking sends it again, and must see the same.
        """
        source = random.Random(f"{seed} {case!r}")
        if self._stale:
            self._refill()
        if source.random() < _UNKNOWN:
            return
        ends = case.method == "DELETE" and case.path.endswith("{slug}")
        names = self._names(source, set() if not ends else self._samples)
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                part.update({each: names[each] for each in part.keys() & names.keys()})
        body: Any = case.body
        if isinstance(body, dict) and "file" in body and files and source.random() < 0.6:
            filled: Any = {**body, "file": source.choice(self._files)}
            case.body = filled

    def _names(self, source: random.Random, spared: Collection[str]) -> Json:
        """Return values for parameters and fields by name; they belong together."""
        conversation = source.choice(list(self._conversations))
        slug, lorebook = source.choice(self._lorebooks)
        if spared or source.random() < 0.5:
            slug = source.choice([each for each in self._slugs if each not in spared])
        message = source.choice(self._conversations[conversation])
        script = source.choice(self._scripts)
        return {
            "slug": slug,
            "character": slug,
            "model": slug,
            "script_id": script,
            "script_ids": [script],
            "conversation_id": conversation,
            "message_id": message,
            "upto": message,
            "lorebook_id": lorebook,
            "prefix": source.choice(self._prefixes),
            "key": self._key,
            "position": source.randrange(3),
        }

    def _refill(self) -> None:
        self._stale = False
        scripts = self._items("/api/scripts")
        self._drop("/api/scripts/{id}", scripts[_KEPT:])
        # The same file is the same script; a large one would take seconds to index.
        own = self._post("/api/scripts", files={"file": ("stock.txt", _SCRIPT)})["id"]
        self._scripts = [each["id"] for each in scripts[:_KEPT] if each["lines"] < 100] + [own]
        self._refill_characters(own)
        self._refill_conversations()
        self._refill_keys()

    def _refill_characters(self, script: str) -> None:
        found = self._items("/api/admin/characters")
        self._samples = {each["slug"] for each in found if each["sample"]}
        made = [each for each in found if not each["sample"]]
        self._drop("/api/admin/characters/{slug}", made[_KEPT:])
        kept = [each for each in found if each not in made[_KEPT:]]
        for each in kept:
            if not each["published"]:
                self._post(f"/api/admin/characters/{each['slug']}/publish")
        self._slugs = [each["slug"] for each in kept]
        for _ in range(_LEAST - len(made)):
            wanted = {"name": "Ben", "script_ids": [script], "greeting": "Good evening."}
            self._slugs.append(self._post("/api/characters", json=wanted)["slug"])
        self._lorebooks = []
        for slug in self._slugs:
            path = f"/api/admin/characters/{slug}/lorebooks"
            self._lorebooks += [(slug, each["id"]) for each in self._items(path)[:_LEAST]]
        if not self._lorebooks:
            path = f"/api/admin/characters/{self._slugs[0]}/lorebooks"
            book = (_FIXTURES / "lorebooks" / "harbour.world.json").read_bytes()
            added = self._post(path, files={"file": ("harbour.json", book)})
            self._lorebooks = [(self._slugs[0], added["id"])]

    def _refill_keys(self) -> None:
        listed = self._get("/api/admin/keys")["items"]
        valid = [each for each in listed if each["revoked_at"] is None]
        self._drop("/api/admin/keys/{prefix}", valid[_KEPT:])
        self._prefixes = [each["prefix"] for each in valid[:_KEPT]]
        while len(self._prefixes) < _LEAST:
            made = self._post("/api/admin/keys", json={"label": "stock"})
            self._prefixes.append(made["prefix"])

    def _refill_conversations(self) -> None:
        found = self._items("/api/conversations")
        self._drop("/api/conversations/{id}", found[_KEPT:])
        self._conversations = {}
        for each in found[:_KEPT]:
            shown = self._get(f"/api/conversations/{each['id']}")
            if shown["messages"]:
                ids = [message["id"] for message in shown["messages"][-4:]]
                self._conversations[each["id"]] = ids
        while len(self._conversations) < _LEAST:
            opened = self._post("/api/conversations", json={"character": self._slugs[-1]})
            turn = self._say(opened["id"])
            self._conversations[opened["id"]] = [turn["message"]["id"], turn["reply"]["id"]]

    def _say(self, conversation: str) -> Json:
        """Take one turn, once the character is indexed."""
        path = f"{self._address}/api/conversations/{conversation}/messages"
        for _ in range(_TIMEOUT * 10):
            said = self._session.post(path, json={"content": "Is it lit?"}, timeout=_TIMEOUT)
            if said.status_code != 409:
                break
            time.sleep(0.1)
        return _body(said)

    def _items(self, path: str) -> list[Json]:
        return list(self._get(path, params={"limit": 200})["items"])

    def _drop(self, path: str, surplus: Sequence[Json]) -> None:
        for each in surplus:
            # A script that a character uses stays: the service answers 409.
            self._session.delete(self._address + path.format(**each), timeout=_TIMEOUT)

    def _get(self, path: str, params: Json | None = None) -> Json:
        response = self._session.get(self._address + path, params=params, timeout=_TIMEOUT)
        return _body(response)

    def _post(self, path: str, json: Json | None = None, files: Json | None = None) -> Json:
        response = self._session.post(
            self._address + path, json=json, files=files, timeout=_TIMEOUT
        )
        return _body(response)


def _body(response: requests.Response) -> Json:
    response.raise_for_status()
    body: Json = response.json()
    return body


def _files() -> list[bytes]:
    paths = sorted(path for path in _FIXTURES.rglob("*") if path.is_file())
    small = [path for path in paths if path.stat().st_size <= _SMALL]
    return [placeholder(), _SCRIPT.encode(), *(path.read_bytes() for path in small)]
