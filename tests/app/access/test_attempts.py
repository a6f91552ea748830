"""Guessing keys: slowed down where it comes from, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.access.attempts import AttemptLimiter
from app.access.errors import TooManyAttemptsError
from app.access.security_log import SecurityLog
from tests.app.access.calling import BEARER, KEY, STATS, caller, guarded, sign_in
from tests.app.running import Running, code_of, error_of, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

ATTACKER = "203.0.113.66"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(guarded(database_url, tmp_path)) as started:
        yield started


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def guess(limiter: AttemptLimiter, site: str) -> int | None:
    """Show a wrong key; the seconds to wait where it was not looked at."""
    try:
        async with limiter.turn(site):
            limiter.failed(site)
    except TooManyAttemptsError as error:
        return error.retry_after
    return None


async def guesses(limiter: AttemptLimiter, site: str, most: int = 1_000) -> int:
    """Guess until it is closed; how many were looked at."""
    for number in range(most):
        if await guess(limiter, site) is not None:
            return number
    return most


async def test_sixty_sign_ins_with_wrong_keys(stage: Running) -> None:
    async with caller(stage, ATTACKER) as attacker, caller(stage, "198.51.100.1") as admin:
        answers = [await sign_in(attacker, f"wrong key number {n}") for n in range(60)]
        assert [each.status_code for each in answers] == [401] * 10 + [429] * 50
        refused = answers[-1]
        assert code_of(refused) == "429 too_many_attempts"
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert error_of(refused)["detail"]["seconds"] == int(refused.headers["Retry-After"])
        # Were the right key let through, guessing would go on unhindered.
        assert (await sign_in(attacker, KEY)).status_code == 429
        assert (await sign_in(admin, KEY)).status_code == 200


@pytest.mark.parametrize("path", [STATS, "/api/characters", "/api/status", "/v1/models"])
async def test_sixty_wrong_bearers(stage: Running, path: str) -> None:
    async with caller(stage, ATTACKER) as attacker, caller(stage, "198.51.100.1") as admin:
        answers = [
            await attacker.get(path, headers={"Authorization": f"Bearer wrong{n}"})
            for n in range(60)
        ]
        assert [each.status_code == 429 for each in answers] == [False] * 10 + [True] * 50
        assert answers[-1].json()["error"]["code"] == "too_many_attempts"
        assert (await attacker.get(path, headers=BEARER)).status_code == 429
        assert (await admin.get(path, headers=BEARER)).status_code == 200


async def test_all_doors_count_together(stage: Running) -> None:
    async with caller(stage, ATTACKER) as attacker:
        for number in range(5):
            wrong = f"wrong key number {number}"
            await sign_in(attacker, wrong)
            await attacker.get("/v1/models", headers={"Authorization": f"Bearer {wrong}"})
        assert code_of(await sign_in(attacker, KEY)) == "429 too_many_attempts"
        # Without a key nothing is guessed: visitors go on talking.
        assert (await attacker.get("/api/characters")).status_code == 200
        assert (await attacker.get("/v1/models")).status_code == 200
        none = {"Authorization": "Bearer none"}
        assert (await attacker.get("/v1/models", headers=none)).status_code == 200


async def test_guessing_at_once_is_no_way_around(stage: Running) -> None:
    async with caller(stage, ATTACKER) as attacker:
        answers = await asyncio.gather(
            *(sign_in(attacker, f"wrong key number {n}") for n in range(100))
        )
    looked_at = [each for each in answers if each.status_code == 401]
    assert 10 <= len(looked_at) <= 14  # five are looked up side by side


async def test_who_is_signed_in_stays_so(stage: Running) -> None:
    async with caller(stage, ATTACKER) as shared:
        await sign_in(shared, KEY)
        async with caller(stage, ATTACKER) as attacker:
            for number in range(20):
                await sign_in(attacker, f"wrong key number {number}")
        assert (await shared.get(STATS)).status_code == 200


async def test_the_networks_of_ipv6_are_one_caller_each(stage: Running) -> None:
    for number in range(12):
        async with caller(stage, f"2001:db8:0:1::{number:x}") as attacker:
            await sign_in(attacker, f"wrong key number {number}")
    async with caller(stage, "2001:db8:0:1::ffff") as attacker:
        assert (await sign_in(attacker)).status_code == 429
    async with caller(stage, "2001:db8:0:2::1") as neighbour:
        assert (await sign_in(neighbour)).status_code == 200


async def test_many_right_keys_at_once_are_no_attack(stage: Running) -> None:
    async with caller(stage, "198.51.100.1") as client:
        answers = await asyncio.gather(*(client.get(STATS, headers=BEARER) for _ in range(40)))
    assert {each.status_code for each in answers} == {200}


async def test_closures_grow_and_are_forgiven() -> None:
    clock = Clock()
    limiter = AttemptLimiter(SecurityLog(clock), clock)
    waits = []
    for _ in range(9):
        assert await guesses(limiter, "a") == 10
        seconds = await guess(limiter, "a")
        assert seconds is not None
        waits.append(seconds)
        clock.now += seconds
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    clock.now += 3_601
    assert await guesses(limiter, "a") == 10
    assert await guess(limiter, "a") == 60


async def test_slow_mistakes_close_nothing() -> None:
    clock = Clock()
    limiter = AttemptLimiter(SecurityLog(clock), clock)
    for _ in range(50):
        assert await guess(limiter, "a") is None
        clock.now += 6.7  # nine within a minute


async def test_a_right_key_does_not_wash_wrong_ones_away() -> None:
    limiter = AttemptLimiter(SecurityLog(), Clock())
    for number in range(10):
        assert await guess(limiter, "a") is None, number
        limiter.succeeded("a")
    assert await guess(limiter, "a") == 60


async def test_an_attack_from_everywhere_locks_out_nobody() -> None:
    clock = Clock()
    limiter = AttemptLimiter(SecurityLog(clock), clock)
    limiter.succeeded("known")
    for number in range(200):
        await guess(limiter, f"attacker {number}")
    # Strangers have three guesses now, and the admin from a new address is one of them.
    assert await guesses(limiter, "a stranger") == 3
    async with limiter.turn("the admin, travelling"):
        limiter.succeeded("the admin, travelling")
    assert await guesses(limiter, "known") == 10
    clock.now += 61
    assert await guesses(limiter, "another stranger") == 10


async def test_memory_is_bounded() -> None:
    limiter = AttemptLimiter(SecurityLog(), Clock())
    for number in range(10_100):
        await guess(limiter, str(number))
    assert len(limiter) == 10_000
