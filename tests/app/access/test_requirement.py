"""Whether a key is needed follows from the settings and the keys that were ever made."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from app.access.errors import NoAdminKeyError, WeakAdminKeyError
from app.access.keys import KeyStore
from app.access.people import PeopleStore
from app.access.requirement import Requirement
from tests.app.conftest import make_settings

pytestmark = pytest.mark.anyio

KEY = "ob_the-key-of-these-tests"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class People(PeopleStore):
    """No admin has an account."""

    def __init__(self) -> None:
        pass

    async def has_admin(self, *, besides: UUID | None = None) -> bool:
        return False


class Keys(KeyStore):
    """A table of keys that can be away, or hang."""

    def __init__(self) -> None:
        self.live = self.revoked = 0
        self.error: Exception | None = None
        self.hangs = False
        self.reads = 0

    async def exists(self, *, live: bool) -> bool:
        self.reads += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return self.live > 0 or (not live and self.revoked > 0)


AWAY = OperationalError("SELECT", {}, ConnectionError("away"))


def requirement(
    folder: Path, keys: Keys, clock: Clock | None = None, host: str = "127.0.0.1", **access: Any
) -> Requirement:
    settings = make_settings("", folder, server={"host": host}, access=access)
    return Requirement(settings, keys, People(), clock or Clock())


async def test_on_its_own_machine_without_a_key_it_is_open(tmp_path: Path) -> None:
    needed = requirement(tmp_path, Keys())
    assert not needed.known
    await needed.check()
    assert (needed.required, needed.known) == (False, True)
    assert not await needed.refresh()


@pytest.mark.parametrize("revoked", [False, True])
async def test_a_key_that_was_ever_made_closes_it(tmp_path: Path, revoked: bool) -> None:
    keys = Keys()
    keys.live, keys.revoked = 1, int(revoked)
    needed = requirement(tmp_path, keys)
    await needed.check()
    assert needed.required


async def test_with_every_key_revoked_it_does_not_start(tmp_path: Path) -> None:
    keys = Keys()
    keys.revoked = 2
    with pytest.raises(NoAdminKeyError, match=r"every key revoked.*admin-key create"):
        await requirement(tmp_path, keys).check()
    configured = requirement(tmp_path, keys, admin_key=KEY)
    await configured.check()  # a key of the settings guards it
    assert configured.required


@pytest.mark.parametrize(
    ("host", "access", "reason"),
    [
        ("0.0.0.0", {}, "will not listen on 0.0.0.0"),
        ("::", {}, "will not listen on ::"),
        ("offbook.example", {}, "will not listen on offbook.example"),
        ("127.0.0.1", {"allowed_hosts": ["a.example"]}, "OFFBOOK_ACCESS__ALLOWED_HOSTS"),
        ("127.0.0.1", {"trusted_proxies": ["10.0.0.1"]}, "OFFBOOK_ACCESS__TRUSTED_PROXIES"),
    ],
)
async def test_what_others_reach_needs_a_live_key(
    tmp_path: Path, host: str, access: dict[str, Any], reason: str
) -> None:
    keys = Keys()
    needed = requirement(tmp_path, keys, host=host, **access)
    assert (needed.required, needed.known) == (True, True)  # before any table was read
    with pytest.raises(NoAdminKeyError, match=reason):
        await needed.check()
    keys.live = 1
    await needed.check()
    keys.error = AWAY
    with pytest.raises(OperationalError):  # only the table can hold the key that guards
        await needed.check()
    await requirement(tmp_path, keys, host=host, admin_key=KEY, **access).check()


@pytest.mark.parametrize("host", ["localhost", "127.8.8.8", "::1"])
async def test_loopback_addresses_are_its_own(tmp_path: Path, host: str) -> None:
    needed = requirement(tmp_path, Keys(), host=host)
    await needed.check()
    assert not needed.required


@pytest.mark.parametrize("key", ["x" * 15, " " * 20, f"  {'三' * 15}\n"])
async def test_a_key_that_could_be_guessed_is_refused_wherever_it_listens(
    tmp_path: Path, key: str
) -> None:
    with pytest.raises(WeakAdminKeyError, match="16 characters") as caught:
        await requirement(tmp_path, Keys(), admin_key=key).check()
    assert not key.strip() or key.strip() not in str(caught.value)


async def test_a_configured_key_is_used_without_the_space_around_it(tmp_path: Path) -> None:
    assert requirement(tmp_path, Keys(), admin_key=f" {KEY}\n").configured_key == KEY
    assert requirement(tmp_path, Keys()).configured_key is None
    # As a compose file passes on a variable that is not set.
    assert requirement(tmp_path, Keys(), admin_key="").configured_key is None


async def test_an_open_service_looks_for_a_new_key_once_a_second(tmp_path: Path) -> None:
    keys, clock = Keys(), Clock()
    needed = requirement(tmp_path, keys, clock)
    await needed.check()
    reads = keys.reads
    for clock.now in (0.0, 0.5, 0.99):
        assert not await needed.refresh()
    assert keys.reads == reads
    keys.live = 1
    clock.now = 1.0
    assert await needed.refresh()
    assert keys.reads == reads + 1


async def test_once_closed_it_stays_closed_and_reads_no_more(tmp_path: Path) -> None:
    keys, clock = Keys(), Clock()
    needed = requirement(tmp_path, keys, clock)
    needed.close()
    for clock.now in (10.0, 20.0):
        assert await needed.refresh()
    assert keys.reads == 0


async def test_while_the_database_is_away_it_is_not_known(tmp_path: Path) -> None:
    keys, clock = Keys(), Clock()
    keys.error = AWAY
    needed = requirement(tmp_path, keys, clock)
    await needed.check()  # no reason not to start: requests are refused until it is known
    assert not needed.known
    clock.now = 1.0
    assert not await needed.refresh()
    assert not needed.known
    keys.error, keys.live = None, 1
    clock.now = 2.0
    assert await needed.refresh()
    assert needed.known


async def test_a_request_does_not_wait_for_a_database_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.requirement._CHECK_SECONDS", 0.01)
    keys = Keys()
    keys.hangs = True
    needed = requirement(tmp_path, keys)
    async with asyncio.timeout(20):
        assert not await needed.refresh()
    assert not needed.known
