"""Answer for what goes wrong at the OpenID provider."""

import contextlib
from collections.abc import AsyncIterator

import structlog

from app.errors import AppError, UnavailableError
from app.openid import OpenIDError, ProviderUnavailableError

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def answered(name: str) -> AsyncIterator[None]:
    """Turn the provider's failures into answers, and log what an operator can mend.

    ``name``: the provider's, as people know it. Raises :class:`~app.errors.UnavailableError` where
    it does not answer, and :class:`OpenIDFailedError` for an answer that cannot be used.
    """
    try:
        yield
    except ProviderUnavailableError as error:
        log.warning("openid_provider_unavailable", problem=str(error))
        raise UnavailableError(
            "openid_unavailable",
            f"At the moment, {name} does not answer. Try again, or sign in with a password.",
            retry_after=10,
            name=name,
        ) from error
    except OpenIDError as error:
        log.warning("openid_failed", problem=str(error))
        raise OpenIDFailedError(name) from error


class OpenIDFailedError(AppError):
    """Report that the provider's word could not be used; the log says why."""

    status = 502

    def __init__(self, name: str) -> None:
        super().__init__(
            "openid_failed",
            f"Signing in with {name} failed. Try again; if it stays so, an admin finds the reason "
            "in the log.",
            name=name,
        )
