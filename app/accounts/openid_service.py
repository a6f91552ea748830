"""Sign people in with an OpenID provider, and link accounts of theirs to it."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import structlog
from starlette.datastructures import Headers
from starlette.types import Scope

from app.access import AccessControl, Identity, hash_key
from app.access.identity import PersonIdentity
from app.accounts.flow_repository import FlowRepository
from app.accounts.newcomers import Newcomers
from app.accounts.openid_accounts import OpenIDAccounts, link_of
from app.accounts.openid_failures import answered
from app.accounts.openid_schemas import OpenIDSignIn, ProviderLinkOut, SignInMethods
from app.accounts.own_pages import own_page
from app.accounts.repository import PeopleRepository
from app.accounts.service import check_guarded
from app.db.base import utc_now
from app.db.models import OpenIDFlow
from app.db.session import Database
from app.errors import (
    AppError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)
from app.openid import Profile, SignInRequest
from app.openid.port import Provider
from app.openid.request import new_token
from app.settings import AccessSettings

log = structlog.get_logger(__name__)

CALLBACK = "/api/openid/callback"
FLOW_SECONDS = 600
"""How long a person may take at the provider."""
_MOST_PENDING = 500
"""Sign-ins of one address that are not finished: a school behind one router has room."""
_LONGEST_REDIRECT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the provider sends a browser back with."""

    state: str
    code: str
    error: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Hold where a browser goes on, and the session that it got."""

    page: str
    session: str | None = None


class OpenIDService:
    """Begin and finish sign-ins. Without a provider every method but :attr:`name` refuses."""

    def __init__(
        self,
        settings: AccessSettings,
        database: Database,
        access: AccessControl,
        newcomers: Newcomers,
        provider: Provider | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._access = access
        self._newcomers = newcomers
        self._provider = provider
        self._accounts = OpenIDAccounts(settings, database, access, newcomers)

    @property
    def name(self) -> str | None:
        """The provider's name on buttons; None without one."""
        return None if self._provider is None else self._settings.openid.name

    @property
    def issuer(self) -> str:
        """The provider's address. Raises :class:`~app.errors.NotFoundError` without one."""
        self._required()
        return self._settings.openid.issuer

    async def begin(
        self, scope: Scope, identity: Identity, wanted: OpenIDSignIn
    ) -> tuple[str, str]:
        """Return the provider's address for a sign-in, and the secret for the browser's cookie.

        Who has no account yet signs up with it, if the policy admits them. Raises
        :class:`~app.errors.ForbiddenError` for an invitation that cannot be used, and
        :class:`~app.errors.UnavailableError` where the provider does not answer.
        """
        if wanted.invitation is not None:
            await self._newcomers.check_invitation(scope, wanted.invitation)
        keeps = wanted.keep_conversations
        is_guest = identity.caller.role == "guest"
        flow = OpenIDFlow(
            next=own_page(wanted.next),
            session_id=identity.session.id if identity.session else None,
            guest=identity.caller.owner if is_guest and keeps is not False else None,
            keeps=bool(keeps),
            invitation_hash=hash_key(wanted.invitation.get_secret_value())
            if wanted.invitation
            else None,
            language=wanted.language,
        )
        return await self._begin(scope, flow)

    async def begin_link(self, scope: Scope, identity: Identity) -> tuple[str, str]:
        """Return the same for linking the provider to the account of a signed-in person."""
        if identity.person is None or identity.session is None:
            raise ForbiddenError(
                "session_needed", "Sign in to the account itself: a proxy signed you in here."
            )
        flow = OpenIDFlow(
            next="/account",
            person_id=identity.person.id,
            session_id=identity.session.id,
            keeps=False,
        )
        return await self._begin(scope, flow)

    async def methods(self, identity: Identity) -> SignInMethods:
        """Return how a person signs in."""
        if identity.person is None:
            raise UnauthorizedError("account_needed", "This needs an account.")
        async with self._database.read() as session:
            person = await PeopleRepository(session).get(identity.person.id)
            issuer = self._settings.openid.issuer
            link = await link_of(session, person.id, issuer) if issuer else None
        return SignInMethods(
            password=person.password_hash is not None,
            provider=self.name,
            linked=None if link is None else ProviderLinkOut.model_validate(link),
            by_proxy=identity.by_proxy,
        )

    async def unlink(self, identity: Identity) -> None:
        """Unlink the provider from a person's account. See :meth:`OpenIDAccounts.unlink`."""
        await self._accounts.unlink(identity, self.issuer)

    async def finish(self, scope: Scope, answer: Answer, browser: str) -> Arrival:
        """Return where the browser goes on that came back from the provider.

        ``browser``: the secret in its cookie. Whatever fails becomes a page that says so.
        """
        try:
            flow = await self._take(answer.state, browser)
        except AppError as error:
            return _problem_page(None, error)
        try:
            profile = await self._profile(flow, answer, browser)
            if flow.person_id is not None:
                await self._accounts.link(flow, profile, self._access.client(scope))
                return Arrival(f"{flow.next}?linked=1")
            person = await self._accounts.find_or_add(flow, profile, self._access.client(scope))
        except AppError as error:
            address = self._access.client(scope).address
            self._access.log.warning("sign_in_failed", address=address, reason=error.code)
            return _problem_page(flow, error)
        return await self._arrived(flow, person)

    async def _arrived(self, flow: OpenIDFlow, person: PersonIdentity) -> Arrival:
        token = await self._access.begin_session(person, flow.session_id)
        return Arrival("/sign-in?" + urlencode({"arrived": 1, "next": flow.next}), token)

    async def _begin(self, scope: Scope, flow: OpenIDFlow) -> tuple[str, str]:
        await check_guarded(self._access)
        request = SignInRequest(new_token(), new_token(), self._redirect_uri(scope))
        provider = self._required()
        async with answered(self._settings.openid.name):
            address = await provider.address(request)
        flow.state_hash = hash_key(request.state)
        flow.browser_hash = hash_key(request.browser)
        flow.redirect_uri = request.redirect_uri
        flow.site = self._access.client(scope).site[:64]
        now = utc_now()
        flow.expires_at = now + timedelta(seconds=FLOW_SECONDS)
        async with self._database.write() as session:
            if await FlowRepository(session).pending(flow.site, now) >= _MOST_PENDING:
                raise TooManyRequestsError(
                    "too_many_attempts",
                    "Too many sign-ins from this address were begun and not finished.",
                    retry_after=FLOW_SECONDS,
                    seconds=FLOW_SECONDS,
                )
            session.add(flow)
        return address, request.browser

    async def _take(self, state: str, browser: str) -> OpenIDFlow:
        """Return the sign-in that this browser began. It is over, whatever follows."""
        async with self._database.write() as session:
            flow = await FlowRepository(session).take(hash_key(state), hash_key(browser), utc_now())
        if flow is None:
            raise InvalidError(
                "openid_expired",
                "This sign-in was not begun in this browser, took too long or is over. Try again.",
            )
        return flow

    async def _profile(self, flow: OpenIDFlow, answer: Answer, browser: str) -> Profile:
        """Return whom the provider vouches for, if the settings admit them."""
        if answer.error:
            log.info("openid_denied", error=answer.error[:50])
            raise ForbiddenError("openid_denied", "The sign-in was declined there.")
        request = SignInRequest(browser, answer.state, flow.redirect_uri)
        provider = self._required()
        async with answered(self._settings.openid.name):
            await provider.check_sender(answer.issuer)
            return await provider.redeem(answer.code, request)

    def _required(self) -> Provider:
        if self._provider is None:
            raise NotFoundError("openid_not_configured", "No OpenID provider is set up here.")
        return self._provider

    def _redirect_uri(self, scope: Scope) -> str:
        """Return where the provider sends browsers back to: this service as browsers name it."""
        base = self._settings.public_url
        if not base:
            client = self._access.client(scope)
            base = f"{client.scheme}://{Headers(scope=scope).get('host', '')}"
        address = base + CALLBACK
        if len(address) > _LONGEST_REDIRECT:
            raise InvalidError("invalid_request", "The host name is too long.")
        return address


def _problem_page(flow: OpenIDFlow | None, error: AppError) -> Arrival:
    if flow is not None and flow.person_id is not None:
        return Arrival("/account?" + urlencode({"problem": error.code}))
    query = {"problem": error.code, "next": flow.next if flow else "/"}
    return Arrival("/sign-in?" + urlencode(query))
