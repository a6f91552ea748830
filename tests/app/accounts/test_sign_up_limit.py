"""An address signs up so often within an hour, whichever process it asks."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.db.base import utc_now
from app.db.models import SignUpCount
from tests.app.access.calling import caller
from tests.app.accounts.signing import community, sign_up
from tests.app.running import code_of, error_of, running

pytestmark = pytest.mark.anyio


async def test_an_address_signs_up_so_often_through_all_processes(
    database_url: str, tmp_path: Path
) -> None:
    settings = community(database_url, tmp_path, sign_ups_per_hour=4)
    async with running(settings) as first, running(settings) as second:
        stages = (first, second)
        answers = await asyncio.gather(
            *(
                sign_up(caller(stages[number % 2], "203.0.113.9"), f"person{number}")
                for number in range(8)
            )
        )
        assert sorted(each.status_code for each in answers) == [204] * 4 + [429] * 4
        refused = await sign_up(caller(second, "203.0.113.9"), "mara")
        assert code_of(refused) == "429 too_many_sign_ups"
        assert 3_500 < int(refused.headers["retry-after"]) <= 3_600
        assert error_of(refused)["detail"] == {"limit": 4, "minutes": 60}
        assert (await sign_up(caller(first, "203.0.113.10"), "mara")).status_code == 204


async def test_after_an_hour_it_may_again_and_no_address_is_kept(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path, sign_ups_per_hour=1)) as stage:
        for number in range(3):
            await sign_up(caller(stage, f"203.0.113.{number}"), f"person{number}")
        assert (await sign_up(caller(stage, "203.0.113.0"), "mara")).status_code == 429
        async with stage.services.database.write() as session:
            past = utc_now() - timedelta(minutes=60)
            await session.execute(update(SignUpCount).values(began_at=past))
        assert (await sign_up(caller(stage, "203.0.113.0"), "mara")).status_code == 204
        async with stage.services.database.read() as session:
            assert await session.scalar(select(func.count()).select_from(SignUpCount)) == 1


async def test_a_network_of_ipv6_is_one_address(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path, sign_ups_per_hour=1)) as stage:
        assert (await sign_up(caller(stage, "2001:db8::1"), "mara")).status_code == 204
        assert (await sign_up(caller(stage, "2001:db8::2"), "ben")).status_code == 429
        assert (await sign_up(caller(stage, "2001:db8:0:1::1"), "ann")).status_code == 204


async def test_a_taken_name_counts_and_a_refused_password_does_not(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path, sign_ups_per_hour=2)) as stage:
        browser = stage.client()
        for _ in range(3):
            simple = await sign_up(browser, "mara", password="aaaaaaaaaaaa")
            assert simple.status_code == 422
        assert (await sign_up(browser, "mara")).status_code == 204
        assert (await sign_up(stage.client(), "mara")).status_code == 409
        assert (await sign_up(stage.client(), "ben")).status_code == 429
