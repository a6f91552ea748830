"""Define the bodies of signing in with an OpenID provider."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.accounts.schemas import PageLanguage, Password, Token
from app.schemas import Schema


class OpenIDSignIn(Schema):
    """Begin a sign-in, or a sign-up, with the provider."""

    next: Annotated[str, Field(max_length=500)] = "/"
    """The page of this service to go on with; another site's is replaced by the first page."""
    invitation: Token | None = None
    """For a person without an account, where one needs it."""
    keep_conversations: bool | None = None
    """Whether the conversations of this browser, as a guest, become the person's; null: those of a
    person who comes for the first time do."""
    language: PageLanguage | None = None


class OpenIDLinkStart(Schema):
    """Begin linking one's account to the provider."""

    password: Password | None = None
    """One's own; a person without one has signed in just now."""


class OpenIDAddress(Schema):
    """Say where the browser goes on."""

    address: str
    """Of the provider; it is good for ten minutes, in this browser alone."""


class ProviderLinkOut(Schema):
    """Describe an account elsewhere that a person signs in with."""

    account: str
    """What the provider calls it."""
    created_at: datetime
    used_at: datetime


class SignInMethods(Schema):
    """Describe how a person signs in."""

    password: bool
    """Whether they have a password."""
    provider: str | None
    """The name of the OpenID provider; null without one."""
    linked: ProviderLinkOut | None
    """The account there that is linked."""
    by_proxy: bool
    """A proxy in front of the service signed them in."""
