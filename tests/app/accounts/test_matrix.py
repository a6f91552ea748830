"""Every operation of the service is asked by every kind of caller.

An operation that ``NEEDS`` lacks fails the first test: decide who may use it, and write it down.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, member
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio

NEEDS = {
    # Who knows nobody yet must reach these.
    **dict.fromkeys(
        (
            "GET /healthz",
            "GET /readyz",
            "GET /api/status",
            "GET /api/scripts/formats",
            "GET /api/me",
            "POST /api/people",
            "POST /api/session",
            "DELETE /api/session",
            "POST /api/invitations/check",
            "POST /api/openid/sign-in",
            "GET /api/openid/callback",
            "GET /api/admin/session",
            "POST /api/admin/session",
            "DELETE /api/admin/session",
        ),
        "nothing",
    ),
    **dict.fromkeys(
        (
            "GET /api/characters",
            "GET /api/characters/{slug}",
            "GET /api/characters/{slug}/avatar",
            "GET /api/characters/{slug}/backdrop",
            "GET /api/characters/{slug}/examples",
            "GET /api/characters/{slug}/proof",
            "GET /api/characters/{slug}/scenes/{position}",
            "GET /api/characters/{slug}/sharing",
            "GET /api/conversations",
            "GET /api/conversations/export",
            "GET /api/conversations/{conversation_id}",
            "GET /api/conversations/{conversation_id}/export",
            "GET /api/conversations/{conversation_id}/messages",
            "GET /api/conversations/{conversation_id}/messages/{message_id}/knowledge",
            "GET /api/conversations/{conversation_id}/messages/{message_id}/witnesses",
            "GET /api/conversations/{conversation_id}/next-line",
            "GET /api/conversations/{conversation_id}/openers",
            "GET /api/conversations/{conversation_id}/turn",
            "GET /api/favourites",
            "GET /api/me/usage",
            "GET /api/me/usage/csv",
            "GET /api/persona",
            "GET /api/scripts/{script_id}/bookmark",
            "GET /v1/models",
            "GET /v1/models/{model}",
        ),
        "read",
    ),
    **dict.fromkeys(
        (
            "PUT /api/characters/{slug}/favourite",
            "DELETE /api/characters/{slug}/favourite",
            "POST /api/conversations",
            "POST /api/conversations/import",
            "PATCH /api/conversations/{conversation_id}",
            "DELETE /api/conversations/{conversation_id}",
            "POST /api/conversations/{conversation_id}/restore",
            "POST /api/conversations/{conversation_id}/messages",
            "PATCH /api/conversations/{conversation_id}/messages/{message_id}",
            "DELETE /api/conversations/{conversation_id}/messages/{message_id}",
            "POST /api/conversations/{conversation_id}/messages/{message_id}/activate",
            "POST /api/conversations/{conversation_id}/messages/{message_id}/continue",
            "POST /api/conversations/{conversation_id}/messages/{message_id}/regenerate",
            "POST /api/conversations/{conversation_id}/messages/{message_id}/tell",
            "POST /api/conversations/{conversation_id}/participants",
            "POST /api/conversations/{conversation_id}/participants/{participant}/leave",
            "PUT /api/conversations/{conversation_id}/participants/{participant}/note",
            "POST /api/conversations/{conversation_id}/back-to-script",
            "POST /api/conversations/{conversation_id}/go-on",
            "DELETE /api/conversations/{conversation_id}/turn",
            "POST /api/conversations/{conversation_id}/summary",
            "PATCH /api/conversations/{conversation_id}/summary",
            "DELETE /api/conversations/{conversation_id}/summary",
            "PUT /api/conversations/{conversation_id}/messages/{message_id}/rating",
            "DELETE /api/conversations/{conversation_id}/messages/{message_id}/rating",
            "PUT /api/persona",
            "PUT /api/scripts/{script_id}/bookmark",
            "DELETE /api/scripts/{script_id}/bookmark",
            "POST /v1/chat/completions",
            "POST /v1/character/chat/completions",
            "POST /v1/completions",
            "POST /v1/responses",
            "POST /api/characters/by-link",
            "POST /api/reports",
        ),
        "chat",
    ),
    "POST /v1/embeddings": "chat with a key",
    **dict.fromkeys(
        (
            "GET /api/scripts",
            "POST /api/scripts",
            "POST /api/scripts/preview",
            "GET /api/scripts/{script_id}",
            "GET /api/scripts/{script_id}/scenes",
            "GET /api/scripts/{script_id}/scenes/{number}",
            "GET /api/scripts/{script_id}/parts",
            "GET /api/scripts/{script_id}/parts/{speaker}",
            "GET /api/scripts/{script_id}/parts/{speaker}/due",
            "GET /api/scripts/{script_id}/parts/{speaker}/lines",
            "GET /api/scripts/{script_id}/parts/{speaker}/scenes",
            "POST /api/scripts/{script_id}/parts/{speaker}/attempts",
            "DELETE /api/scripts/{script_id}/parts/{speaker}/progress",
            "POST /api/scripts/{script_id}/cast",
            "POST /api/scripts/{script_id}/characters",
            "POST /api/scripts/{script_id}/draft-profile",
            "POST /api/files/inspect",
            "POST /api/characters",
            "POST /api/characters/import",
            "POST /api/characters/{slug}/draft-profile",
            "GET /api/characters/{slug}/card",
            "GET /api/characters/{slug}/examples/{example_id}/scene",
            "POST /api/characters/{slug}/link",
            "PUT /api/characters/{slug}/link",
            "DELETE /api/characters/{slug}/link",
            "PUT /api/characters/{slug}/sharing",
            "GET /api/me/characters",
            "GET /api/me/deleted-characters",
            "DELETE /api/scripts/{script_id}",
            # Of one's own; see test_ownership.
            "PATCH /api/admin/characters/{slug}",
            "DELETE /api/admin/characters/{slug}",
            "GET /api/admin/characters/{slug}/deletion",
            "POST /api/admin/characters/{slug}/publish",
            "POST /api/admin/characters/{slug}/unpublish",
            "POST /api/admin/characters/{slug}/reindex",
            "POST /api/admin/characters/{slug}/restore",
            "PUT /api/admin/characters/{slug}/avatar",
            "DELETE /api/admin/characters/{slug}/avatar",
            "PUT /api/admin/characters/{slug}/backdrop",
            "DELETE /api/admin/characters/{slug}/backdrop",
            "GET /api/admin/characters/{slug}/lorebooks",
            "POST /api/admin/characters/{slug}/lorebooks",
            "PATCH /api/admin/characters/{slug}/lorebooks/{lorebook_id}",
            "DELETE /api/admin/characters/{slug}/lorebooks/{lorebook_id}",
            "GET /api/admin/characters/{slug}/lorebooks/{lorebook_id}/file",
        ),
        "author",
    ),
    **dict.fromkeys(
        (
            "PATCH /api/me",
            "PUT /api/me/password",
            "GET /api/me/sign-in",
            "POST /api/me/openid",
            "DELETE /api/me/openid",
            "GET /api/me/keys",
            "POST /api/me/keys",
            "DELETE /api/me/keys/{prefix}",
        ),
        "account",
    ),
    **dict.fromkeys(
        (
            "GET /api/me/data",
            "GET /api/me/learning",
            "PUT /api/me/learning",
            "GET /api/me/deleted-conversations",
            "GET /api/me/download",
            "POST /api/me/erasure",
        ),
        "own data",
    ),
    "GET /metrics": "admin",
}
"""By operation. All of ``/api/admin`` that is not among them needs an admin."""

REFUSALS = {
    "account_needed",
    "admin_key_needed",
    "admin_needed",
    "invalid_api_key",
    "scope_missing",
    "sign_in_needed",
    "uploads_closed",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A caller, and what it may do."""

    http: httpx.AsyncClient
    rights: frozenset[str]
    key: bool = True
    account: bool = False
    own_data: bool = True
    """A person's key neither takes everything of theirs nor deletes it."""

    def may(self, need: str) -> bool:
        if need == "nothing":
            return True
        if need == "account":
            return self.account
        if need == "own data":
            return self.own_data
        if need == "chat with a key":
            return "chat" in self.rights and self.key  # cookies do not count below /v1
        return need in self.rights


def operations(app: FastAPI) -> list[str]:
    """Every operation that the schema describes; those that end a session come last."""
    found = [
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    ]
    return sorted(found, key=lambda name: (name.endswith("/session"), name))


def need_of(operation: str) -> str | None:
    is_admins = operation.partition(" ")[2].startswith("/api/admin/")
    return NEEDS.get(operation, "admin" if is_admins else None)


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        yield started


async def with_key(stage: Running, person: httpx.AsyncClient, scope: str) -> httpx.AsyncClient:
    made = await person.post("/api/me/keys", json={"label": scope, "scopes": [scope]})
    assert made.status_code == 201, made.text
    return stage.client(Authorization=f"Bearer {as_object(made)['key']}")


async def callers(stage: Running) -> dict[str, Asking]:
    """One caller of each kind."""
    reads, talks = frozenset({"read"}), frozenset({"read", "chat"})
    writes, all_of = talks | {"author"}, talks | {"author", "admin"}
    people = {role: await member(stage, role, role) for role in ("reader", "author", "admin")}
    found = {
        "guest": Asking(stage.client(), talks, key=False),
        "admin key": Asking(stage.client(**BEARER), all_of),
    }
    for role, rights in (("reader", talks), ("author", writes), ("admin", all_of)):
        found[role] = Asking(people[role], rights, key=False, account=True)
        for scope in sorted(rights):
            key = await with_key(stage, people[role], scope)
            found[f"{role}'s key to {scope}"] = Asking(key, reads | {scope}, own_data=False)
    return found


async def ask(browser: httpx.AsyncClient, operation: str) -> tuple[bool, str]:
    """Whether a caller is refused, and what it is answered."""
    method, path = operation.split(" ", 1)
    for name in ("conversation_id", "message_id", "participant", "script_id", "memory_id"):
        path = path.replace("{" + name + "}", str(UUID(int=7)))
    for name in ("lorebook_id", "person_id", "invitation_id", "report_id"):
        path = path.replace("{" + name + "}", str(UUID(int=7)))
    for name in ("slug", "model", "name", "prefix", "speaker"):
        path = path.replace("{" + name + "}", "missing")
    path = path.replace("{position}", "1").replace("{example_id}", "1").replace("{number}", "1")
    assert "{" not in path, path
    sends = method in {"POST", "PUT", "PATCH"}
    response = await browser.request(method, path, json={"unknown": 1} if sends else None)
    error: Json = {}
    if response.status_code in {401, 403}:
        error = as_object(response)["error"]
    return error.get("code") in REFUSALS, f"{response.status_code} {error.get('code')}"


async def test_every_operation_says_who_may_use_it(stage: Running) -> None:
    described = operations(stage.app)
    assert not [each for each in described if need_of(each) is None]
    assert not NEEDS.keys() - set(described)


async def test_each_caller_may_do_what_its_role_and_scopes_say(stage: Running) -> None:
    wrong = []
    for name, asking in (await callers(stage)).items():
        for operation in operations(stage.app):
            refused, answer = await ask(asking.http, operation)
            if refused is asking.may(need_of(operation) or ""):
                wrong.append(f"{name}: {operation}: {answer}")
    assert not wrong


async def test_where_guests_are_not_admitted_they_reach_the_door_only(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path, guests=False)) as stage:
        guest = stage.client()
        for operation in operations(stage.app):
            refused, answer = await ask(guest, operation)
            assert refused is (need_of(operation) != "nothing"), f"{operation}: {answer}"
