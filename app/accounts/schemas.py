"""Define the bodies of accounts, sessions, invitations and people's keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from app.access.people import login_of
from app.access.roles import Role, Scope
from app.schemas import Page, Schema
from app.text import OneLine

PersonRole = Literal["reader", "author", "admin"]
SignUpMode = Literal["closed", "invitation", "open"]
PageLanguage = Literal["zh", "en"]
SHORTEST_PASSWORD = 10


def _without_spaces(login: str) -> str:
    if any(letter.isspace() for letter in login):
        raise ValueError("must not contain spaces")
    return login_of(login)


Login = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=120),
    OneLine,
    AfterValidator(_without_spaces),
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), OneLine
]
Password = Annotated[SecretStr, Field(max_length=200)]
NewPassword = Annotated[SecretStr, Field(min_length=SHORTEST_PASSWORD, max_length=200)]
Token = Annotated[SecretStr, Field(max_length=100)]


class PersonOut(Schema):
    """Describe a person who has an account."""

    id: UUID
    login: str
    """What they sign in with."""
    name: str
    role: PersonRole
    language: PageLanguage | None
    """Of the pages; null for the browser's."""
    created_at: datetime
    seen_at: datetime | None
    """Precise to five minutes; null for a person who never signed in."""
    disabled_at: datetime | None


class Me(Schema):
    """Describe the caller, and how to get an account."""

    open: bool
    """The service serves its own machine only: its one user may do everything."""
    role: Role
    scopes: list[Scope]
    """What the caller may do."""
    person: PersonOut | None
    guests: bool
    """Whether people without an account may talk."""
    sign_up: SignUpMode
    openid: str | None
    """The name of the OpenID provider that people may sign in with; null without one."""
    by_proxy: bool
    """A proxy in front of the service signed the caller in."""


class PersonSignIn(Schema):
    """Sign in to an account."""

    login: Annotated[str, Field(max_length=200)]
    password: Password
    keep_conversations: bool = False
    """Whether the conversations of this browser, as a guest, become the person's."""


class SignUp(Schema):
    """Make an account."""

    login: Login
    name: Name
    password: NewPassword
    invitation: Token | None = None
    language: PageLanguage | None = None
    keep_conversations: bool = True
    """Whether the conversations of this browser, as a guest, become the person's."""


class MeUpdate(Schema):
    """Change one's own account; fields that are left out stay."""

    name: Name | None = None
    language: PageLanguage | None = None


class PasswordChange(Schema):
    """Replace one's password."""

    current: Password | None = None
    """May be left out by a person without a password, who signed in just now."""
    new: NewPassword


class PersonKeyOut(Schema):
    """Describe a key of a person, without its secret."""

    prefix: str
    """The key's public beginning, by which it is revoked."""
    label: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    """Precise to five minutes; null for a key that was never used."""
    revoked_at: datetime | None


class NewPersonKey(Schema):
    """Describe the key to create."""

    label: Name
    """What the key is for."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)] = ["read", "chat"]
    """What it may do of what its person may; ``read`` is always among them."""


class CreatedPersonKey(PersonKeyOut):
    """Describe a new key, with its secret."""

    key: str
    """The key itself. It is shown only once; its hash alone is stored."""


class PersonKeys(Page[PersonKeyOut]):
    """List the keys of a person."""


class InvitationOut(Schema):
    """Describe an invitation without its secret."""

    id: UUID
    role: PersonRole
    note: str
    uses_left: int
    created_at: datetime
    expires_at: datetime


class NewInvitation(Schema):
    """Describe the invitation to make."""

    role: PersonRole = "reader"
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine] = ""
    """Whom it is for; only admins see it."""
    uses: Annotated[int, Field(ge=1, le=1_000)] = 1
    """How many people may sign up with it."""
    days: Annotated[int, Field(ge=1, le=365)] = 14
    """After which it expires."""


class CreatedInvitation(InvitationOut):
    """Describe a new invitation, with its secret."""

    token: str
    """Shown only once. The page ``/sign-up#TOKEN`` takes it; browsers do not send the part behind
    the ``#``, so it is in no log."""


class InvitationShown(Schema):
    """Show the token of an invitation."""

    token: Token


class InvitationCheck(Schema):
    """Describe what an invitation gives."""

    role: PersonRole
    expires_at: datetime


class PersonUpdate(Schema):
    """Change a person's account as an admin; fields that are left out stay."""

    name: Name | None = None
    role: PersonRole | None = None
    disabled: bool | None = None
    """A disabled person is signed out and cannot sign in; everything of theirs is kept."""


class PasswordReset(Schema):
    """Hold a new password that an admin hands to a person."""

    password: str
    """Shown only once."""
