"""Which errors an operation answers with, derived from what it depends on and what it is sent."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app import dependencies as given
from app.auditions.dependencies import get_auditions
from app.cards.dependencies import get_cards
from app.casting.dependencies import get_casting, get_drafter
from app.catalog.dependencies import get_catalog
from app.openai_api.dependencies import get_completions
from app.scripts.dependencies import get_scripts
from app.turns.dependencies import get_prompt_builder, get_summarizer, get_turns

Need = Literal["", "change", "body"]
"""A condition beside the dependency: the operation changes something, or it reads a body."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error: its status, its code and when it is answered."""

    status: int
    code: str
    when: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the errors of an operation follow from."""

    changes: bool
    """Its method is neither GET nor HEAD."""
    has_body: bool
    validates: bool
    """Some value of its path or query can be refused."""
    dependencies: Collection[Callable[..., Any]]
    path_names: Collection[str]
    names: Collection[str]
    """Of its path and query parameters, and of the fields of its body."""


_UNKNOWN_HOST = Refusal(403, "unknown_host", "the service is not reached by this host name")
_FOREIGN_ORIGIN = Refusal(403, "foreign_origin", "a page of another web site sent it")
_UNREADABLE = Refusal(400, "http_error", "the body is not UTF-8, or its form is broken")
_BODY_TOO_LARGE = Refusal(413, "too_large", "the body, or something in it, exceeds a limit")
_INVALID = Refusal(422, "invalid_request", "a value is missing, wrong or not understood")
_NOT_FOUND = Refusal(404, "not_found", "nothing here has this name")

_ENGINE = (
    Refusal(429, "too_many_turns", "too many replies are being written; nothing was stored"),
    Refusal(502, "engine_error", "the engine refused, failed or said nothing"),
    Refusal(503, "engine_unavailable", "the engine is away, starting or overloaded"),
    Refusal(504, "engine_timeout", "the engine took too long"),
)
_INDEXING = Refusal(409, "character_indexing", "the character is still learning its lines")
_BUSY_EMBEDDER = Refusal(503, "embedder_busy", "too many messages wait to be embedded")
_DATABASE = Refusal(503, "database_unavailable", "the database did not answer; nothing was stored")
_CONFLICT = Refusal(409, "conflict", "another request changed the same thing at that moment")

_OF_DEPENDENCIES: Mapping[Callable[..., Any], Mapping[Need, tuple[Refusal, ...]]] = {
    given.get_caller: {"": (_DATABASE,)},
    given.get_admin: {"": (Refusal(401, "admin_key_needed", "the admin key is missing or wrong"),)},
    given.get_uploader: {"": (Refusal(403, "uploads_closed", "only an admin may do this here"),)},
    given.get_api_caller: {
        "": (_DATABASE, Refusal(401, "invalid_api_key", "the API key is missing or wrong"))
    },
    given.get_read_session: {"": (_DATABASE,)},
    given.get_write_session: {"": (_DATABASE,), "change": (_CONFLICT,)},
    get_scripts: {
        "change": (_CONFLICT, Refusal(409, "script_in_use", "characters play in this script")),
        "body": (Refusal(403, "may_not_replace", "only an admin may replace a script"),),
    },
    get_catalog: {"change": (_CONFLICT,)},
    get_casting: {"body": (_CONFLICT,)},
    get_cards: {
        "": (Refusal(413, "card_too_large", "the card would exceed a limit"),),
    },
    get_auditions: {
        "change": (
            Refusal(409, "audition_running", "another character's audition runs"),
            Refusal(422, "too_few_lines", "the character says too little to hold lines out"),
        )
    },
    get_prompt_builder: {"": (_INDEXING, _BUSY_EMBEDDER)},
    get_drafter: {
        "": (*_ENGINE, Refusal(422, "unknown_speaker", "none of the speakers says a line"))
    },
    get_summarizer: {
        "change": (*_ENGINE, Refusal(422, "nothing_to_summarize", "only the newest lines exist"))
    },
    get_turns: {
        "": (
            *_ENGINE,
            _INDEXING,
            _BUSY_EMBEDDER,
            Refusal(409, "turn_in_progress", "a reply is being written in this conversation"),
            Refusal(422, "context_too_long", "the prompt does not fit the engine's context"),
        )
    },
    get_completions: {
        "": (
            *_ENGINE,
            _INDEXING,
            _BUSY_EMBEDDER,
            Refusal(422, "context_length_exceeded", "the prompt exceeds the engine's context"),
        )
    },
}

_NAMED: Mapping[str, tuple[Refusal, ...]] = {
    "slug": (Refusal(404, "character_not_found", "no such character"),),
    "character": (
        Refusal(404, "character_not_found", "no such character"),
        Refusal(409, "character_unpublished", "the character cannot be talked to now"),
    ),
    "conversation_id": (
        Refusal(404, "conversation_not_found", "no such conversation of this caller"),
    ),
    "message_id": (Refusal(404, "message_not_found", "no such message in this conversation"),),
    "upto": (Refusal(404, "message_not_found", "no such message in this conversation"),),
    "script_id": (Refusal(404, "script_not_found", "no such script"),),
    "script_ids": (Refusal(404, "script_not_found", "no such script"),),
    "lorebook_id": (Refusal(404, "lorebook_not_found", "the character has no such lorebook"),),
    "position": (Refusal(404, "scene_not_found", "the scripts have fewer scenes"),),
    "model": (Refusal(404, "model_not_found", "no such model"),),
    "cursor": (Refusal(422, "invalid_cursor", "the cursor is not one that a page gave"),),
}
"""Parameters and fields that name something stored: it may be missing or not in a fit state."""


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Yield the errors of an operation, some of them twice."""
    yield _UNKNOWN_HOST
    if facts.changes:
        yield _FOREIGN_ORIGIN
    if facts.has_body:
        yield from (_UNREADABLE, _BODY_TOO_LARGE)
    if facts.has_body or facts.validates:
        yield _INVALID
    met: set[Need] = {""}
    met |= {"change"} if facts.changes else set()
    met |= {"body"} if facts.has_body else set()
    for dependency in facts.dependencies:
        for need, answers in _OF_DEPENDENCIES.get(dependency, {}).items():
            if need in met:
                yield from answers
    for name in facts.names:
        # Reading what is not published is refused as if it did not exist.
        known = _NAMED.get(name, (_NOT_FOUND,) if name in facts.path_names else ())
        yield from (each for each in known if each.status != 409 or facts.changes)
