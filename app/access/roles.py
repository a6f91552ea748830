"""Define what people, and the keys they make, may do."""

from typing import Literal

Role = Literal["guest", "reader", "author", "admin"]
"""A guest has no account; a reader talks to characters; an author makes them; an admin may do
everything."""
Scope = Literal["read", "chat", "author", "admin"]
"""What a key may be limited to: reading; talking; uploading scripts and making characters; the
admin routes. Every key may read."""

PERSON_ROLES: tuple[Role, ...] = ("reader", "author", "admin")
SCOPES: tuple[Scope, ...] = ("read", "chat", "author", "admin")
RIGHTS: dict[Role, frozenset[Scope]] = {
    "guest": frozenset({"read", "chat"}),
    "reader": frozenset({"read", "chat"}),
    "author": frozenset({"read", "chat", "author"}),
    "admin": frozenset(SCOPES),
}
