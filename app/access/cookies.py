"""Cookies of this service: scripts cannot read them, and other sites cannot send them."""

from fastapi import Response

from app.access.addresses import Client
from app.access.sessions import LONGEST

ADMIN_COOKIE = "offbook_admin"
VISITOR_COOKIE = "offbook_visitor"
VISITOR_SECONDS = 365 * 24 * 3600


def set_cookie(response: Response, client: Client, name: str, value: str, max_age: int) -> None:
    """Set a cookie; one that came over TLS goes back over TLS only."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=client.scheme == "https",
    )


def set_session_cookie(response: Response, client: Client, token: str) -> None:
    """Set the cookie of an admin session; when the session ends, the server knows by itself."""
    set_cookie(response, client, ADMIN_COOKIE, token, int(LONGEST.total_seconds()))


def delete_cookie(response: Response, client: Client, name: str) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(name, httponly=True, samesite="strict", secure=client.scheme == "https")
