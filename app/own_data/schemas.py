"""Define the bodies about everything that an owner has."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from app.schemas import Schema

Confirmation = Literal["password", "login", "nothing"]


class OwnCharacter(Schema):
    """Describe a character of the caller's."""

    slug: str
    name: str
    published: bool
    conversations_of_others: int
    """Conversations that others have with it, which are deleted with it."""


class OwnData(Schema):
    """Count what the caller has."""

    conversations: int
    """Deleted ones that can be restored among them."""
    messages: int
    favourites: int
    persona: bool
    """Whether there is a description of the caller."""
    keys: int
    scripts: int
    rehearsed_lines: int
    """Lines of parts that the caller is learning."""
    signals: int
    """Ratings, choices and edits of the caller's that may be learnt from."""
    characters: list[OwnCharacter]
    conversations_kept_days: int | None
    """Days without a change after which a conversation is deleted; null: it stays."""
    confirmation: Confirmation
    """What erasing everything needs: a person's password, the login of a person without one, or
    nothing, for a guest."""


class DeletedConversation(Schema):
    """Describe a deleted conversation that can be restored."""

    id: UUID
    title: str
    character: str
    """The character's name."""
    deleted_at: datetime
    purged_at: datetime
    """When it is deleted for good."""


class ErasePerson(Schema):
    """Confirm that everything of a person is to be erased."""

    login: Annotated[str, Field(max_length=200)]
    """What the person signs in with, typed once more."""


class Erase(Schema):
    """Confirm that everything is to be erased."""

    everything: Literal[True]
    password: Annotated[SecretStr | None, Field(max_length=200)] = None
    """A person's, again."""
    login: Annotated[str, Field(max_length=200)] = ""
    """Of a person who has no password."""
