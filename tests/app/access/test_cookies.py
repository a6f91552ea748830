"""Cookies that scripts cannot read, that other sites cannot send, and that TLS keeps."""

import pytest
from fastapi import Response
from hypothesis import given
from hypothesis import strategies as st

from app.access.addresses import Client, is_loopback, parse_address, parse_hop
from app.access.cookies import (
    SESSION_COOKIE,
    VISITOR_COOKIE,
    delete_cookie,
    set_cookie,
    set_session_cookie,
)


def attributes(response: Response) -> set[str]:
    return set(response.headers["set-cookie"].lower().split("; "))


def test_a_visitors_cookie_lasts_and_is_nobody_elses() -> None:
    response = Response()
    set_cookie(response, Client("203.0.113.9", "http"), VISITOR_COOKIE, "token", 60)
    assert attributes(response) == {
        "offbook_visitor=token",
        "max-age=60",
        "path=/",
        "httponly",
        "samesite=strict",
    }


def test_over_tls_it_is_sent_over_tls_only() -> None:
    response = Response()
    set_session_cookie(response, Client("203.0.113.9", "https"), "token")
    expected = {"offbook_session=token", "secure", "httponly", "max-age=2592000"}
    assert attributes(response) >= expected


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_it_is_deleted_as_it_was_set(scheme: str, secure: bool) -> None:
    response = Response()
    delete_cookie(response, Client("203.0.113.9", scheme), SESSION_COOKIE)
    deleted = attributes(response)
    assert deleted >= {"max-age=0", "path=/", "httponly", "samesite=strict"}
    assert ("secure" in deleted) == secure


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::1%lo", True),
        ("127.0.0.1.evil.example", False),
        ("0.0.0.0", False),
        ("::ffff:10.0.0.1", False),
        ("2130706433", False),
        ("0x7f.0.0.1", False),
        ("127.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_loopback_is_an_address_and_no_other_way_to_write_it(text: str, loopback: bool) -> None:
    assert is_loopback(text) == loopback


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9:1234 ", "203.0.113.9"),
        ('"[2001:db8::9]:1234"', "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", None),
        ("_hidden", None),
        ("[203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", None),
        ("", None),
    ],
)
def test_a_hop_may_have_quotes_brackets_and_a_port(hop: str, address: str | None) -> None:
    parsed = parse_hop(hop)
    assert (None if parsed is None else str(parsed)) == address


@given(st.ip_addresses())
def test_every_address_is_read_as_it_is_written(address: object) -> None:
    text = str(address)
    assert parse_address(text) == parse_hop(text)
    assert parse_address(text) is not None


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_subscriber_are_one_site(address: object, other: int) -> None:
    whole = int(address)  # type: ignore[call-overload]  # Hypothesis says IPv4Address or IPv6Address
    neighbour = type(address)((whole >> 64 << 64) + other)  # type: ignore[call-arg]  # as above
    if parse_address(str(address)) == address and parse_address(str(neighbour)) == neighbour:
        assert Client(str(address), "http").site == Client(str(neighbour), "http").site
