"""Choose the model and the context length from the models that a server lists."""

import structlog

from app.engines.openai_answers import listed_models, reported_context
from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import EngineRequestError, EngineUnavailableError
from characters.json_values import JsonObject

log = structlog.get_logger(__name__)

_DEFAULT_CONTEXT_LENGTH = 4096
_LONGEST_CONTEXT = 16_000_000
"""Largest plausible context length of a server, in tokens."""
_SHOWN_MODELS = 10


def choose_model(listed: JsonObject, wanted: str) -> tuple[str, int | None]:
    """Return the name of the model to use and its reported context length, if any.

    ``listed`` answers ``GET /v1/models``; ``wanted`` ``auto`` is the first model. Raises
    :class:`EngineUnavailableError` for an empty listing, and :class:`EngineRequestError` for a
    name that is not listed.
    """
    models = listed_models(listed)
    if not models:
        raise EngineUnavailableError("The engine lists no model.", retry_after=RETRY_AFTER)
    name = next(iter(models)) if wanted == "auto" else wanted
    if name not in models:
        some = ", ".join([*models][:_SHOWN_MODELS])
        more = f" and {len(models) - _SHOWN_MODELS} more" if len(models) > _SHOWN_MODELS else ""
        raise EngineRequestError(f"The engine serves {some}{more}, not {name}.")
    return name, reported_context(models[name])


def bound_context(reported: int | None, configured: int | None) -> int:
    """Return the smaller of the reported and the configured context length, in tokens.

    Without either, assumes 4096 and logs it.
    """
    if reported is None and configured is None:
        log.warning("engine_reports_no_context_length", assumed=_DEFAULT_CONTEXT_LENGTH)
        return _DEFAULT_CONTEXT_LENGTH
    known = (reported, configured, _LONGEST_CONTEXT)
    return min(each for each in known if each is not None)
