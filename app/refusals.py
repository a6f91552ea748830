"""Which errors an operation answers with, derived from what it depends on and what it is sent."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app import dependencies as given
from app.accounts.dependencies import get_accounts, get_administration, get_openid
from app.auditions.dependencies import get_auditions
from app.auditions.likelihood.dependencies import get_likelihood
from app.blobs.dependencies import get_blobs
from app.cards.dependencies import get_cards
from app.casting.dependencies import get_casting, get_drafter
from app.catalog.dependencies import get_catalog
from app.http.refusal import (
    ADMIN_KEY_NEEDED,
    DATABASE_UNAVAILABLE,
    PARTICIPANT_NOT_FOUND,
    TOO_MANY_ATTEMPTS,
    Refusal,
)
from app.openai_api.dependencies import get_completions, get_embeddings
from app.quotas.dependencies import get_payer
from app.rehearsal.dependencies import get_rehearsals
from app.reports.dependencies import get_reports
from app.scene_memories.dependencies import get_scene_memories
from app.scripts.dependencies import get_scripts
from app.turns.dependencies import get_prompt_builder, get_summarizer, get_turns

Need = Literal["", "change", "body"]
"""A condition beside the dependency: the operation changes something, or it reads a body."""
Body = Literal["", "json", "form"]
"""How an operation is sent what it reads; every form here brings a file."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the errors of an operation follow from."""

    openai: bool
    """It lies below ``/v1``."""
    changes: bool
    """Its method is neither GET nor HEAD."""
    body: Body
    streams: bool
    """It listens while it answers, so it reads a body that it has no use for."""
    validates: bool
    """Some value of its path or query can be refused."""
    dependencies: Collection[Callable[..., Any]]
    path_names: Collection[str]
    names: Collection[str]
    """Of its path and query parameters, and of the fields of its body."""


_EVERYWHERE = (
    Refusal(403, "unknown_host", "the service is not reached by this host name"),
    Refusal(403, "open_service_is_local", "without an admin key only this machine may ask"),
    Refusal(403, "forwarded_to_open_service", "a proxy brought it, and no admin key exists"),
    Refusal(431, "head_too_large", "the address and the headers exceed a limit"),
    Refusal(503, "service_stopping", "the service stops, or has too many connections (no body)"),
)
_FOREIGN_ORIGIN = Refusal(403, "foreign_origin", "a page of another web site sent it")
_UNREADABLE = Refusal(400, "http_error", "the body is not UTF-8, broke off, or its form is broken")
_OF_BODIES = (
    Refusal(408, "too_slow", "the body came too slowly, or stopped coming"),
    Refusal(413, "too_large", "the body, or something in it, exceeds a limit"),
)
_TOO_MANY_VALUES = Refusal(413, "too_many_values", "a visitor's JSON has too many values")
_INVALID = Refusal(422, "invalid_request", "a value is missing, wrong or not understood")
_NOT_FOUND = Refusal(404, "not_found", "nothing here has this name")
_CONFLICT = Refusal(409, "conflict", "another request changed the same thing at that moment")
_TURN_IN_PROGRESS = Refusal(
    409, "turn_in_progress", "a reply is being written in this conversation"
)
_OF_FILES = (
    Refusal(422, "reading_too_slow", "reading the file took longer than it may"),
    Refusal(422, "reading_too_large", "reading the file took more memory than it may"),
    Refusal(422, "reader_died", "the file is damaged in a way that ended its reader"),
    Refusal(503, "too_many_uploads", "too many files are being read; nothing was stored"),
    Refusal(503, "readers_unavailable", "no process that reads the file could be started"),
    Refusal(507, "storage_full", "the disk has no room for the file; nothing was stored"),
)

_IDENTIFY = given.CALLER_RULES | {given.get_identity}
_WRONG_API_KEY = Refusal(401, "invalid_api_key", "the API key is missing or wrong")
_OF_CONTENTS = (
    Refusal(500, "file_lost", "the file is missing where the service keeps it"),
    Refusal(503, "files_unavailable", "the place of pictures and files does not answer"),
)
_ALWAYS_ADMINS = {given.get_admin}
"""Their callers' bodies are not searched for too many values."""

_ENGINE = (
    Refusal(429, "too_many_turns", "too many replies are being written; nothing was stored"),
    Refusal(502, "adapter_unknown", "the engine does not serve the character's adapter"),
    Refusal(502, "engine_error", "the engine failed"),
    Refusal(502, "engine_refused", "the engine refused what it was asked"),
    Refusal(503, "engine_unavailable", "the engine is away or starting"),
    Refusal(503, "engine_overloaded", "the engine has too much to do"),
    Refusal(504, "engine_timeout", "the engine took too long"),
)
_OF_GENERATIONS = (
    Refusal(429, "quota_requests", "the caller's requests of this minute are used up"),
    Refusal(429, "quota_running_turns", "as many replies are being written for the caller as may"),
    Refusal(429, "quota_tokens", "the caller's tokens of this day are used up, or reserved"),
)
_OF_UPLOADS = (
    Refusal(429, "quota_uploads", "the caller's uploads of this day are used up"),
    Refusal(429, "quota_storage", "the caller's files would take more room than they may"),
)
_MODERATION_UNAVAILABLE = Refusal(
    503, "moderation_unavailable", "what is said is checked first, and the check does not answer"
)
_EMBEDDER_UNAVAILABLE = Refusal(
    503, "embedder_unavailable", "texts are embedded by another server, which does not answer"
)
_EXAMPLES = (
    Refusal(409, "character_indexing", "the character is still learning its lines"),
    Refusal(409, "character_changed", "its lines were exchanged at that moment"),
    Refusal(503, "embedder_busy", "too many messages wait to be embedded"),
    _EMBEDDER_UNAVAILABLE,
)

_SCOPE_MISSING = Refusal(403, "scope_missing", "the caller's key is limited to less")
_SIGN_IN_NEEDED = Refusal(401, "sign_in_needed", "guests are not admitted, and the caller is one")
_ADMIN_NEEDED = Refusal(403, "admin_needed", "the caller has an account and is no admin")
_UPLOADS_CLOSED = Refusal(403, "uploads_closed", "only authors and admins may do this here")
_ACCOUNT_NEEDED = Refusal(401, "account_needed", "the caller is not signed in to an account")

_OPENID_NOT_CONFIGURED = Refusal(404, "openid_not_configured", "no OpenID provider is set")
_NOT_YOURS = Refusal(403, "not_yours", "it belongs to another")

_OF_DEPENDENCIES: Mapping[Callable[..., Any], Mapping[Need, tuple[Refusal, ...]]] = {
    given.get_caller: {"": (_SIGN_IN_NEEDED,), "change": (_SCOPE_MISSING,)},
    given.get_api_caller: {"": (_SIGN_IN_NEEDED,), "change": (_SCOPE_MISSING,)},
    given.get_key_holder: {"": (_SIGN_IN_NEEDED,), "change": (_SCOPE_MISSING,)},
    given.get_admin: {"": (ADMIN_KEY_NEEDED, _ADMIN_NEEDED, _SCOPE_MISSING)},
    given.get_uploader: {"": (_SIGN_IN_NEEDED, _SCOPE_MISSING, _UPLOADS_CLOSED)},
    given.get_author: {
        "": (ADMIN_KEY_NEEDED, _SIGN_IN_NEEDED, _SCOPE_MISSING, _UPLOADS_CLOSED, _NOT_YOURS)
    },
    given.get_person: {"": (_ACCOUNT_NEEDED,)},
    given.get_self: {"": (_ACCOUNT_NEEDED, _SIGN_IN_NEEDED)},
    given.get_write_session: {"change": (_CONFLICT,)},
    get_scripts: {
        "change": (
            _CONFLICT,
            _NOT_YOURS,
            Refusal(409, "script_in_use", "characters play in this script"),
        ),
    },
    get_accounts: {"change": (_CONFLICT,)},
    get_administration: {"change": (_CONFLICT,)},
    get_openid: {"change": (_CONFLICT, _OPENID_NOT_CONFIGURED)},
    get_catalog: {"change": (_CONFLICT,)},
    get_casting: {
        "body": (
            _CONFLICT,
            Refusal(413, "too_many_characters", "so many characters cannot be made at once"),
        )
    },
    get_blobs: {"": _OF_CONTENTS},
    get_cards: {
        "": (Refusal(413, "card_too_large", "the card would exceed a limit"), *_OF_CONTENTS),
    },
    get_auditions: {
        "change": (
            Refusal(409, "audition_running", "another character's audition runs"),
            Refusal(422, "too_few_lines", "the character says too little to hold lines out"),
        )
    },
    get_scene_memories: {
        "change": (_CONFLICT, Refusal(422, "no_scenes", "the character speaks in no scene"))
    },
    get_likelihood: {
        "change": (
            *_ENGINE,
            _CONFLICT,
            Refusal(409, "likelihood_running", "another character is being measured"),
            Refusal(422, "too_few_lines", "the character says too little to hold lines out"),
        )
    },
    get_prompt_builder: {"": _EXAMPLES},
    get_drafter: {
        "": (*_ENGINE, Refusal(422, "unknown_speaker", "none of the speakers says a line"))
    },
    get_summarizer: {
        "change": (*_ENGINE, Refusal(422, "nothing_to_summarize", "only the newest lines exist"))
    },
    get_turns: {
        "": (
            *_ENGINE,
            *_EXAMPLES,
            _CONFLICT,
            _TURN_IN_PROGRESS,
            Refusal(422, "context_too_long", "the prompt does not fit the engine's context"),
            Refusal(422, "not_a_reply", "the message answers none"),
            Refusal(422, "not_a_stage", "the conversation has one character"),
            Refusal(422, "not_on_stage", "no participant on stage has this name"),
            Refusal(422, "nobody_on_stage", "no participant on stage may be talked to"),
            Refusal(422, "user_watches", "the user has no part in the scene"),
            PARTICIPANT_NOT_FOUND,
            _MODERATION_UNAVAILABLE,
            Refusal(422, "reply_withheld", "moderation withholds the reply that is to go on"),
            Refusal(502, "empty_reply", "the engine said nothing"),
            Refusal(503, "cancelled", "the reply was stopped before its first word"),
            Refusal(503, "turn_ended", "the service stops"),
        )
    },
    get_completions: {
        "": (
            *_ENGINE,
            *_EXAMPLES,
            _MODERATION_UNAVAILABLE,
            Refusal(400, "model_required", "nothing says which character is to answer"),
            Refusal(400, "not_a_text_model", "characters answer chats only"),
            Refusal(400, "nothing_said", "no message says anything"),
            Refusal(400, "too_many_choices", "it asks for too many choices at once"),
            Refusal(400, "unsupported_parameter", "it needs a stored response"),
            Refusal(422, "context_length_exceeded", "the prompt exceeds the engine's context"),
        )
    },
    get_rehearsals: {"change": (_CONFLICT,)},
    get_reports: {
        "change": (
            Refusal(404, "conversation_not_found", "no such conversation of this caller"),
            Refusal(404, "message_not_found", "no such message in this conversation"),
        )
    },
    get_embeddings: {
        "": (
            Refusal(400, "wrong_dimensions", "the embedder's vectors have other dimensions"),
            Refusal(400, "too_much_text", "the texts are longer than may be embedded at once"),
            _EMBEDDER_UNAVAILABLE,
        )
    },
}

_NAMED: Mapping[str, tuple[Refusal, ...]] = {
    "slug": (Refusal(404, "character_not_found", "no such character"),),
    "character": (
        Refusal(404, "character_not_found", "no such character"),
        Refusal(409, "character_unpublished", "the character cannot be talked to now"),
        Refusal(409, "not_met_yet", "the character first speaks behind the caller's bookmark"),
    ),
    "until_scene": (
        Refusal(409, "beyond_bookmark", "the point in time lies behind the caller's bookmark"),
    ),
    "conversation_id": (
        Refusal(404, "conversation_not_found", "no such conversation of this caller"),
    ),
    "message_id": (
        Refusal(404, "message_not_found", "no such message in this conversation"),
        _TURN_IN_PROGRESS,
    ),
    "participant": (PARTICIPANT_NOT_FOUND,),
    "upto": (Refusal(404, "message_not_found", "no such message in this conversation"),),
    "script_id": (Refusal(404, "script_not_found", "no such script"),),
    "script_ids": (Refusal(404, "script_not_found", "no such script"),),
    "memory_id": (
        Refusal(
            404, "scene_memory_not_found", "the character has no such memory, or no such scene"
        ),
    ),
    "lorebook_id": (Refusal(404, "lorebook_not_found", "the character has no such lorebook"),),
    "position": (Refusal(404, "scene_not_found", "the scripts have fewer scenes"),),
    "number": (Refusal(404, "scene_not_found", "the script has no scene of this number"),),
    "content": (
        Refusal(413, "message_too_long", "the message has more characters than it may"),
        Refusal(422, "empty_message", "the message is empty"),
    ),
    "prefix": (Refusal(404, "key_not_found", "no such key has this prefix"),),
    "model": (Refusal(404, "model_not_found", "no such model"),),
    "cursor": (Refusal(422, "invalid_cursor", "the cursor is not one that a page gave"),),
}
"""Of parameters and fields. Most name something stored: it may be missing, or in no fit state."""


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Yield the errors of an operation, some of them twice."""
    yield from _EVERYWHERE
    if facts.changes:
        yield _FOREIGN_ORIGIN
    if facts.body or facts.validates:
        yield _INVALID
    yield from _of_the_body(facts)
    yield from _of_the_caller(facts)
    yield from _of_quotas(facts)
    met: set[Need] = {""}
    met |= {"change"} if facts.changes else set()
    met |= {"body"} if facts.body else set()
    for dependency in facts.dependencies:
        for need, answers in _OF_DEPENDENCIES.get(dependency, {}).items():
            if need in met:
                yield from answers
    for name in facts.names:
        # Reading what is not published is refused as if it did not exist.
        known = _NAMED.get(name, (_NOT_FOUND,) if name in facts.path_names else ())
        yield from (each for each in known if each.status != 409 or facts.changes)


def _of_the_body(facts: Facts) -> Iterator[Refusal]:
    if facts.body:
        yield _UNREADABLE
    if facts.body or facts.streams:
        yield from _OF_BODIES
    if facts.body == "form":
        yield from _OF_FILES
        if facts.path_names:  # what the file is for may change while it is read
            yield _CONFLICT
    elif facts.body == "json" and _ALWAYS_ADMINS.isdisjoint(facts.dependencies):
        yield _TOO_MANY_VALUES


def _of_quotas(facts: Facts) -> Iterator[Refusal]:
    """Yield what a caller whose quotas are used up is answered."""
    if get_payer not in facts.dependencies or not facts.changes:
        return
    yield from _OF_UPLOADS if facts.body == "form" else _OF_GENERATIONS


def _of_the_caller(facts: Facts) -> Iterator[Refusal]:
    """Yield what recognising the caller can end in.

    Below ``/v1`` a wrong key is refused even where none is needed.
    """
    if not _IDENTIFY.isdisjoint(facts.dependencies):
        yield from (TOO_MANY_ATTEMPTS, DATABASE_UNAVAILABLE)
        if facts.openai:
            yield _WRONG_API_KEY
