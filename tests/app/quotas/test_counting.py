"""As much is given as the limit allows, however many ask at once, and what is not used comes back.

Every number is worked out by hand.
"""

import asyncio
import gc
import shutil
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.models import QuotaAccount
from app.engines.port import Usage
from app.quotas.errors import QuotaExceededError
from app.quotas.payer import Payer, Subject
from app.quotas.service import LEASE, QuotaService, Reservation
from app.settings import Quota
from tests.app.quotas.counting import SetClock, account, counting, payer, reservations

pytestmark = pytest.mark.anyio


async def spend(quotas: QuotaService, reservation: Reservation, prompt: int, reply: int) -> None:
    reservation.bill.add(Usage(prompt, reply))
    await quotas.settle_alone(reservation)


async def given_to(quotas: QuotaService, who: object, tokens: int) -> bool:
    """Whether a turn was admitted and took what it had reserved."""
    try:
        held = await quotas.reserve_alone(who, tokens)  # type: ignore[arg-type]  # a payer
    except QuotaExceededError:
        return False
    await spend(quotas, held, tokens - 1, 1)
    return True


async def test_of_many_at_once_as_many_get_tokens_as_there_are(
    database_url: str, tmp_path: Path
) -> None:
    who = payer(tokens_a_day=105)
    async with counting(database_url, tmp_path, SetClock(), services=2) as services:
        asked = (given_to(services[number % 2], who, 10) for number in range(30))
        assert sum(await asyncio.gather(*asked)) == 10
        counted = await account(services[0])
        assert counted == {"tokens": 100, "reserved": 0, "running": 0, "uploads": 0}
        assert await given_to(services[1], who, 5)
        assert not await given_to(services[0], who, 1)


async def test_as_many_run_at_once_as_may(database_url: str, tmp_path: Path) -> None:
    who = payer(running_turns=3)
    async with counting(database_url, tmp_path, SetClock(), services=2) as services:
        asked = (services[number % 2].reserve_alone(who, 7) for number in range(9))
        held = await asyncio.gather(*asked, return_exceptions=True)
        running = [each for each in held if isinstance(each, Reservation)]
        assert len(running) == 3
        assert (await account(services[0]))["reserved"] == 21
        refused = next(each for each in held if isinstance(each, QuotaExceededError))
        assert refused.detail == {
            "quota": "running_turns",
            "of": "person",
            "limit": 3,
            "left": 0,
            "needed": 1,
            "resets_at": None,
        }
        await services[1].settle_alone(running[0])  # whichever process began it
        await services[1].settle_alone(running[0])  # once is enough
        assert await account(services[0]) == {
            "tokens": 0,
            "reserved": 14,
            "running": 2,
            "uploads": 0,
        }
        assert isinstance(await services[0].reserve_alone(who, 7), Reservation)
        with pytest.raises(QuotaExceededError):
            await services[0].reserve_alone(who, 7)


async def test_a_guest_takes_of_the_cookie_and_of_the_address_or_of_neither(
    database_url: str, tmp_path: Path
) -> None:
    def guest(cookie: str, most: int) -> Payer:
        address = Subject("address", "address", Quota(tokens_a_day=20))
        own = Subject(cookie, "guest", Quota(tokens_a_day=most))
        return Payer(owner=cookie, queue="address", subjects=(address, own))

    async with counting(database_url, tmp_path, SetClock()) as (quotas,):
        assert await given_to(quotas, guest("first", 20), 15)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas.reserve_alone(guest("second", 20), 6)
        assert (refused.value.detail["of"], refused.value.detail["left"]) == ("address", 5)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas.reserve_alone(guest("third", 3), 4)
        assert refused.value.detail["of"] == "guest"
        # What the address had given for it came back, and no row was left of the new cookies.
        assert (await account(quotas, "address"))["reserved"] == 0
        async with quotas._database.read() as session:
            assert await session.get(QuotaAccount, "second") is None
            assert await session.get(QuotaAccount, "third") is None
        assert await given_to(quotas, guest("second", 20), 5)


async def test_a_minute_begins_with_its_first_second(database_url: str, tmp_path: Path) -> None:
    clock = SetClock(datetime(2026, 3, 1, 12, 0, 59, 999_000, tzinfo=UTC))
    who = payer(requests_a_minute=2)
    async with counting(database_url, tmp_path, clock, services=2) as services:
        for number in range(2):
            await services[number].request(who)
        for _ in range(2):  # the second one knows it without the database by now
            with pytest.raises(QuotaExceededError) as refused:
                await services[0].request(who)
            assert refused.value.retry_after == 1
            assert refused.value.detail["resets_at"] == "2026-03-01T12:01:00+00:00"
        clock.forward(milliseconds=1)
        for number in range(2):
            await services[number].request(who)
        with pytest.raises(QuotaExceededError) as refused:
            await services[1].request(who)
        assert refused.value.retry_after == 60


async def test_a_day_begins_at_midnight_utc(database_url: str, tmp_path: Path) -> None:
    clock = SetClock(datetime(2026, 3, 1, 23, 59, 50, tzinfo=UTC))
    who = payer(tokens_a_day=100)
    async with counting(database_url, tmp_path, clock) as (quotas,):
        held = await quotas.reserve_alone(who, 60)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas.reserve_alone(who, 50)
        # The running turn may use less than it has reserved, so it need not be midnight.
        assert refused.value.retry_after == 5
        assert refused.value.detail["left"] == 40
        await spend(quotas, held, 50, 10)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas.reserve_alone(who, 50)
        assert refused.value.retry_after == 10
        assert refused.value.detail["resets_at"] == "2026-03-02T00:00:00+00:00"

        held = await quotas.reserve_alone(who, 40)
        clock.forward(seconds=10)
        # A turn that runs past midnight counts where it ends: the new day has its reservation.
        with pytest.raises(QuotaExceededError):
            await quotas.reserve_alone(who, 61)
        await spend(quotas, held, 25, 5)
        assert (await account(quotas))["tokens"] == 30
        assert await given_to(quotas, who, 70)
        assert not await given_to(quotas, who, 1)


async def test_a_clock_behind_does_not_bring_yesterday_back(
    database_url: str, tmp_path: Path
) -> None:
    ahead, behind = SetClock(), SetClock()
    ahead.now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    behind.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    who = payer(tokens_a_day=100, requests_a_minute=9)
    async with (
        counting(database_url, tmp_path, ahead) as (first,),
        counting(database_url, tmp_path, behind) as (second,),
    ):
        assert await given_to(first, who, 60)
        assert not await given_to(second, who, 60)
        assert await given_to(second, who, 40)
        assert not await given_to(first, who, 1)


async def test_a_lease_that_no_process_renews_runs_out(database_url: str, tmp_path: Path) -> None:
    clock = SetClock()
    who = payer(tokens_a_day=100, running_turns=2)
    async with counting(database_url, tmp_path, clock, services=2) as (dead, alive):
        lost = await dead.reserve_alone(who, 50)
        kept = await alive.reserve_alone(who, 50)
        clock.forward(seconds=40)
        await alive.renew()
        clock.now += LEASE - (LEASE / 3)
        with pytest.raises(QuotaExceededError):
            await alive.reserve_alone(who, 51)  # it gives back what was held, and that is 50
        held = await alive.reserve_alone(who, 50)
        with pytest.raises(QuotaExceededError):
            await alive.reserve_alone(who, 1)
        assert await reservations(alive) == 2
        # Had it only been slow, what it used counts all the same, and takes nothing twice.
        await spend(dead, lost, 20, 5)
        await spend(alive, kept, 20, 5)
        await spend(alive, held, 20, 5)
        counted = await account(alive)
        assert counted == {"tokens": 75, "reserved": 0, "running": 0, "uploads": 0}


async def test_work_that_is_forgotten_is_not_renewed(database_url: str, tmp_path: Path) -> None:
    clock = SetClock()
    async with counting(database_url, tmp_path, clock) as (quotas,):
        held = await quotas.reserve_alone(payer(running_turns=1), 50)
        del held
        gc.collect()
        clock.forward(seconds=50)
        await quotas.renew()
        clock.forward(seconds=11)
        await quotas.maintain()
        assert (await account(quotas))["running"] == 0
        assert await reservations(quotas) == 0


async def test_uploads_that_fail_come_back(database_url: str, tmp_path: Path) -> None:
    who = payer(uploads_a_day=2)
    async with counting(database_url, tmp_path, SetClock()) as (quotas,):
        with pytest.raises(ZeroDivisionError):
            async with quotas.upload(who):
                raise ZeroDivisionError
        for _ in range(2):
            async with quotas.upload(who):
                pass
        with pytest.raises(QuotaExceededError) as refused:
            async with quotas.upload(who):
                pytest.fail("it was admitted")
        assert refused.value.code == "quota_uploads"
        assert (await account(quotas))["uploads"] == 2


async def test_who_is_refused_again_and_again_waits_for_the_next_minute(
    database_url: str, tmp_path: Path
) -> None:
    clock, who = SetClock(), payer(requests_a_minute=3, tokens_a_day=10)
    async with counting(database_url, tmp_path, clock) as (quotas,):
        for code in ("quota_tokens", "quota_tokens", "quota_tokens", "quota_requests"):
            with pytest.raises(QuotaExceededError) as refused:
                await quotas.reserve_alone(who, 11)
            assert refused.value.code == code
        # Nothing of it was counted, and other limits are other limits.
        assert await given_to(quotas, payer(requests_a_minute=3, tokens_a_day=20), 11)
        clock.forward(minutes=1)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas.reserve_alone(who, 11)
        assert refused.value.code == "quota_tokens"


async def test_old_counters_are_deleted(database_url: str, tmp_path: Path) -> None:
    clock = SetClock()
    async with counting(database_url, tmp_path, clock) as (quotas,):
        await quotas.request(payer("person old", requests_a_minute=1))
        clock.forward(days=3)
        await quotas.request(payer("person new", requests_a_minute=1))
        await quotas.maintain()
        async with quotas._database.read() as session:
            assert await session.get(QuotaAccount, "person old") is None
            assert await session.get(QuotaAccount, "person new") is not None


async def test_nothing_is_left_of_an_erased_person(database_url: str, tmp_path: Path) -> None:
    async with counting(database_url, tmp_path, SetClock()) as (quotas,):
        gone, other = payer("person gone", running_turns=9), payer("person other", running_turns=9)
        held = await quotas.reserve_alone(gone, 5)
        await given_to(quotas, gone, 5)
        await given_to(quotas, other, 5)
        await quotas.erase("person gone")
        assert await reservations(quotas) == 0
        async with quotas._database.read() as session:
            assert await session.get(QuotaAccount, "person gone") is None
            assert await session.get(QuotaAccount, "person other") is not None
        held.bill.turns = 0
        await quotas.settle_alone(held)  # a turn that ends later
        async with quotas._database.read() as session:
            assert await session.get(QuotaAccount, "person gone") is None


LIMIT = 50
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(0, 60)),
        st.tuples(st.just("settle"), st.integers(0, 60)),
        st.tuples(st.just("die"), st.just(0)),
        st.tuples(st.just("lapse"), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_reserved_and_used_are_what_was_held_and_spent(
    sqlite_template: Path, steps: list[tuple[str, int]]
) -> None:
    """The counters, against a ledger of plain numbers."""
    clock, who = SetClock(), payer(tokens_a_day=LIMIT)
    held: deque[tuple[Reservation, int]] = deque()
    lost: list[int] = []
    used = 0
    with TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "offbook.sqlite3")
        url = f"sqlite:///{folder}/offbook.sqlite3"
        async with counting(url, Path(folder), clock) as (quotas,):
            await quotas.request(who)
            for step, amount in steps:
                reserved = sum(each for _, each in held) + sum(lost)
                if step == "reserve":
                    fits = used + reserved + amount <= LIMIT
                    try:
                        held.append((await quotas.reserve_alone(who, amount), amount))
                    except QuotaExceededError:
                        assert not fits
                    else:
                        assert fits
                elif step == "settle" and held:
                    reservation, most = held.popleft()
                    spent = min(most, amount)
                    await spend(quotas, reservation, spent, 0)
                    used += spent
                elif step == "die" and held:
                    lost.append(held.popleft()[1])  # its process renews it no more
                    gc.collect()
                elif step == "lapse":
                    clock.now += LEASE / 2
                    await quotas.renew()
                    clock.now += LEASE / 2 + LEASE / 100
                    await quotas.maintain()
                    lost.clear()
                counted = await account(quotas)
                assert counted["tokens"] == used <= LIMIT
                assert counted["reserved"] == sum(each for _, each in held) + sum(lost)
                assert counted["running"] == len(held) + len(lost)
