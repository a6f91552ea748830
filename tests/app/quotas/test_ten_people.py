"""Ten people at once hold their quotas exactly, whichever process they ask.

A prompt of three Chinese characters has three tokens, by estimate and by the engine's count, and a
reply of seven tokens makes ten with it: what is reserved is what is used.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.openai_api.models import RAW_MODEL
from tests.app.access.calling import BEARER, KEY
from tests.app.accounts.signing import PASSWORD, community
from tests.app.conftest import POSTGRES
from tests.app.quotas.counted_service import GateEngine, set_time
from tests.app.running import Json, running
from tests.app.test_killed import Service, service

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PEOPLE = 10
FREE: Json = {
    "requests_a_minute": None,
    "running_turns": None,
    "tokens_a_day": None,
    "uploads_a_day": None,
    "storage_bytes": None,
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A person with a key of their own."""

    id: str
    key: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


class House:
    """The processes of one service; each request goes to the next of them."""

    def __init__(self, doors: Sequence[httpx.AsyncClient], gate: Path) -> None:
        self.doors = doors
        self.gate = gate

    async def people(self) -> list[Someone]:
        """Ten people with keys, who may ask the engine's own model."""
        return [await self._join(f"person-{number}") for number in range(PEOPLE)]

    async def _join(self, login: str) -> Someone:
        door = self.doors[0]
        invited = await door.post("/api/admin/invitations", json={"role": "admin"}, headers=BEARER)
        assert invited.status_code == 201, invited.text
        wanted = {"login": login, "name": login, "password": PASSWORD}
        joined = await door.post(
            "/api/people", json=wanted | {"invitation": invited.json()["token"]}
        )
        assert joined.status_code == 204, joined.text
        scopes = {"label": "test", "scopes": ["read", "chat", "author", "admin"]}
        made = await door.post("/api/me/keys", json=scopes)
        assert made.status_code == 201, made.text
        id = (await door.get("/api/me")).json()["person"]["id"]
        door.cookies.clear()
        return Someone(id, made.json()["key"])

    async def limit(self, people: Sequence[Someone], **limits: object) -> None:
        """Give each of them these limits alone."""
        for person in people:
            path = f"/api/admin/people/{person.id}/limits"
            answer = await self.doors[-1].put(path, json=FREE | limits, headers=BEARER)
            assert answer.status_code == 200, answer.text

    async def ask(self, number: int, person: Someone, prompt: str) -> httpx.Response:
        body = {"model": RAW_MODEL, "prompt": prompt, "max_tokens": 7}
        door = self.doors[number % len(self.doors)]
        return await door.post("/v1/completions", json=body, headers=person.bearer)

    async def upload(self, number: int, person: Someone) -> httpx.Response:
        text = f"Anna: Is this number {number}?\nBen: It is, and I am glad of it.\n"
        files = {"file": (f"play-{number}.txt", text.encode())}
        door = self.doors[number % len(self.doors)]
        return await door.post("/api/scripts", files=files, headers=person.bearer)

    async def used(self, person: Someone) -> Json:
        """What is counted, by the name of the quota, as the last process sees it."""
        path = f"/api/admin/people/{person.id}/limits"
        items = (await self.doors[-1].get(path, headers=BEARER)).json()["items"]
        return {each["quota"]: each["used"] for each in items if each["limit"] is not None}


async def hold_exactly(house: House) -> None:
    """The contract, on whatever database and in however many processes."""
    people = await house.people()

    # 10 tokens each: 105 allow ten replies of the fourteen asked for, and leave five tokens.
    await house.limit(people, tokens_a_day=105)
    answers = await asyncio.gather(
        *(house.ask(number, person, "你好吗") for number in range(14) for person in people)
    )
    assert codes(answers) == {"200": 10 * PEOPLE, "429 quota_tokens": 4 * PEOPLE}
    for person in people:
        assert await house.used(person) == {"tokens_a_day": 100}
    refused = next(answer for answer in answers if answer.status_code == 429).json()["error"]
    assert refused["type"] == "rate_limit_error"
    assert refused["detail"]["quota"] == "tokens_a_day"
    assert (refused["detail"]["limit"], refused["detail"]["needed"]) == (105, 10)

    # The ten requests of before are of this minute, which stands still: of 17, seven are left.
    await house.limit(people, requests_a_minute=17)
    answers = await asyncio.gather(
        *(house.ask(number, person, "你好吗") for number in range(12) for person in people)
    )
    assert codes(answers) == {"200": 7 * PEOPLE, "429 quota_requests": 5 * PEOPLE}

    # Three run until the gate opens; what else comes meanwhile is refused.
    await house.limit(people, running_turns=3)
    asked = [
        asyncio.create_task(house.ask(number, person, "慢慢来"))
        for number in range(6)
        for person in people
    ]
    refusals = 0
    for done in asyncio.as_completed(asked):
        assert codes([await done]) == {"429 quota_running_turns": 1}
        if (refusals := refusals + 1) == 3 * PEOPLE:
            break
    for person in people:
        assert await house.used(person) == {"running_turns": 3}
    house.gate.touch()
    assert codes(await asyncio.gather(*asked)) == {
        "200": 3 * PEOPLE,
        "429 quota_running_turns": 3 * PEOPLE,
    }
    for person in people:
        assert await house.used(person) == {"running_turns": 0}

    await house.limit(people, uploads_a_day=2)
    answers = await asyncio.gather(
        *(house.upload(number, person) for number in range(4) for person in people)
    )
    assert codes(answers) == {"201": 2 * PEOPLE, "429 quota_uploads": 2 * PEOPLE}

    # 10 + 7 + 3 replies of 3 + 7 tokens each.
    report = (await house.doors[0].get("/api/me/usage", headers=people[4].bearer)).json()
    assert report["totals"] == {
        "prompt_tokens": 60,
        "cached_tokens": 0,
        "completion_tokens": 140,
        "turns": 20,
    }
    everyone = (await house.doors[-1].get("/api/admin/usage", headers=BEARER)).json()
    assert everyone["totals"]["prompt_tokens"] == 60 * PEOPLE
    assert everyone["totals"]["turns"] == 20 * PEOPLE
    assert {each["prompt_tokens"] for each in everyone["people"]} == {60}
    assert len(everyone["people"]) == PEOPLE


def codes(answers: Sequence[httpx.Response]) -> Counter[str]:
    """How often each status was answered, with the codes of errors."""
    return Counter(
        f"{answer.status_code} {answer.json()['error']['code']}"
        if answer.status_code >= 400
        else str(answer.status_code)
        for answer in answers
    )


def environment(url: str, gate: Path) -> dict[str, str]:
    return {
        "OFFBOOK_DATABASE__URL": url,
        "OFFBOOK_DATABASE__POOL_SIZE": "4",
        "OFFBOOK_ACCESS__ADMIN_KEY": KEY,
        "OFFBOOK_LIMITS__RUNNING_TURNS": "500",
        "OFFBOOK_LIMITS__WAITING_READINGS": "500",
        "GATE": str(gate),
    }


@pytest.mark.timeout(400)
@pytest.mark.postgres
@pytest.mark.integration
@pytest.mark.skipif(not POSTGRES, reason="needs PostgreSQL")
async def test_ten_people_through_two_processes(empty_postgres: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with ExitStack() as stack:
        started: list[Service] = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            more = environment(empty_postgres, gate)
            opened = service(tmp_path / name, "tests.app.quotas.counted_service", **more)
            started.append(stack.enter_context(opened))
        async with clients(started) as doors:
            await hold_exactly(House(doors, gate))


@asynccontextmanager
async def clients(services: Sequence[Service]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client of every process."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=each.http.base_url,
                    timeout=120,
                    # A kept connection may be closed by the service just as it is used again.
                    limits=httpx.Limits(max_connections=200, max_keepalive_connections=0),
                )
            )
            for each in services
        ]


@pytest.mark.one_database
@pytest.mark.timeout(400)
async def test_ten_people_through_one_process_on_sqlite(database_url: str, tmp_path: Path) -> None:
    settings = community(database_url, tmp_path)
    settings.limits.running_turns = settings.limits.waiting_readings = 500
    engine = GateEngine(tmp_path / "gate")
    async with running(settings, engine=engine, clock=set_time) as stage:
        await hold_exactly(House([stage.client()], engine.gate))
