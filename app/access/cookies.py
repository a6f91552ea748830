"""Set the service's cookies, which scripts cannot read and other sites cannot send."""

from fastapi import Response

from app.access.addresses import Client
from app.access.sessions import LONGEST_OF_PERSON

SESSION_COOKIE = "offbook_session"
VISITOR_COOKIE = "offbook_visitor"
FLOW_COOKIE = "offbook_openid"
"""Of a sign-in under way at an OpenID provider."""
VISITOR_SECONDS = 365 * 24 * 3600


def set_cookie(response: Response, client: Client, name: str, value: str, max_age: int) -> None:
    """Set a cookie for ``max_age`` seconds; for a client on TLS it is sent over TLS only."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=client.scheme == "https",
    )


def set_session_cookie(response: Response, client: Client, token: str) -> None:
    """Set the cookie of a session; the server itself enforces when the session ends."""
    set_cookie(response, client, SESSION_COOKIE, token, int(LONGEST_OF_PERSON.total_seconds()))


def host_cookie(name: str, client: Client) -> str:
    """Return the name of a cookie that no other host of the domain can set, where TLS allows it."""
    return f"__Host-{name}" if client.scheme == "https" else name


def set_flow_cookie(response: Response, client: Client, secret: str, seconds: int) -> None:
    """Set the cookie of a sign-in under way.

    It is ``lax``, unlike the others: the browser comes back with it from the provider's site.
    """
    response.set_cookie(
        host_cookie(FLOW_COOKIE, client),
        secret,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=client.scheme == "https",
    )


def delete_cookie(response: Response, client: Client, name: str) -> None:
    """Make the browser delete a cookie."""
    response.delete_cookie(name, httponly=True, samesite="strict", secure=client.scheme == "https")
