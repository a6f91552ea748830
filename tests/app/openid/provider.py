"""A small OpenID provider of the tests: real keys, real HTTP, on loopback.

It signs in whoever it is told to, keeps the rules of OpenID Connect Core 1.0 for the authorization
code flow with PKCE, and breaks them one at a time where a test asks for that.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT = "offbook-of-the-tests"
SECRET = "a secret of the tests: with / and ="

Json = dict[str, Any]


@dataclass(slots=True)
class Grant:
    """A code that was handed out, and what it is good for."""

    claims: Json
    redirect_uri: str
    challenge: str
    nonce: str


@dataclass
class FakeProvider:
    """What the provider is like now; tests change it."""

    issuer: str = ""
    user: Json = field(default_factory=lambda: {"sub": "subject-1"})
    """The claims of who is signed in there."""
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    """Published; the first one signs."""
    algorithm: str = "RS256"
    describe: Callable[[Json], Json] = field(default=lambda document: document)
    """Changes the discovery document."""
    claim: Callable[[Json], Json] = field(default=lambda claims: claims)
    """Changes the claims of an ID token."""
    sign: Callable[[Json], str] | None = None
    """Signs in place of the provider's first key."""
    user_info: Json | None = None
    """What the userinfo endpoint says; None: there is none."""
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for."""
    padding: int = 0
    """Spaces behind every answer."""
    silent: threading.Event = field(default_factory=threading.Event)
    """While it is set, requests are not answered."""
    released: threading.Event = field(default_factory=threading.Event)
    declines: bool = False
    """Whether the user declines, where a real browser asks."""
    replays: bool = False
    """Whether it takes a code more than once."""
    grants: dict[str, Grant] = field(default_factory=dict)

    def rotate(self) -> None:
        """Exchange the keys for a new one."""
        self.keys = [new_rsa_key()]

    def authorize(self, address: str, **changes: str) -> str:
        """Where the browser is sent back to: as if its user had signed in and agreed."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?"), address
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(
            dict(self.user), asked["redirect_uri"], asked["code_challenge"], asked["nonce"]
        )
        answer = {"code": code, "state": asked["state"], **changes}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def way_back(self, address: str) -> str:
        """Where a real browser is sent, at once: there is nothing to fill in here."""
        if not self.declines:
            return self.authorize(address)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        answer = {"error": "access_denied", "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def document(self) -> Json:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        }
        if self.user_info is not None:
            document["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return self.describe(document)

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        """The token endpoint (RFC 6749, section 4.1.3)."""
        if not _is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        grant = self.grants.get(form["code"])
        if grant is not None and not self.replays:
            del self.grants[form["code"]]
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            grant is None
            or grant.redirect_uri != form["redirect_uri"]
            or grant.challenge != challenge
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": grant.nonce,
            **grant.claims,
        }
        return 200, {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.signed(self.claim(claims)),
        }

    def signed(self, claims: Json) -> str:
        if self.sign is not None:
            return self.sign(claims)
        header = {"alg": self.algorithm, "kid": self.keys[0].kid}
        return jwt.encode(header, claims, self.keys[0], algorithms=[self.algorithm])

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        if path == "/.well-known/openid-configuration":
            return 200, self.document()
        if path == "/keys":
            return 200, dict(KeySet(list(self.keys)).as_dict(private=False))
        if path == "/token":
            return self.redeem(form, authorization)
        if path == "/userinfo" and self.user_info is not None:
            known = authorization == "Bearer an-access-token"
            return (200, self.user_info) if known else (401, {"error": "invalid_token"})
        return 404, {"error": "not_found"}


def new_rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


def new_ec_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})


def unsigned(claims: Json) -> str:
    """An ID token that nobody signed."""
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*encoded, ""])


def signed_with_public_key(key: RSAKey, claims: Json) -> str:
    """An ID token whose HMAC has the provider's public key, which everyone knows, for a secret."""
    public = key.as_pem(private=False)
    protected = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": key.kid}).encode())
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode())
    signed = protected.rstrip(b"=") + b"." + payload.rstrip(b"=")
    signature = base64.urlsafe_b64encode(_hmac(public, signed)).rstrip(b"=")
    return (signed + b"." + signature).decode()


def _hmac(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256")


def _is_client(form: dict[str, str], authorization: str) -> bool:
    if authorization.startswith("Basic "):
        shown = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        return shown == f"{CLIENT}:{SECRET}"
    return form.get("client_id") == CLIENT and form.get("client_secret") == SECRET


_keys: list[RSAKey] = []


@contextmanager
def provider() -> Iterator[FakeProvider]:
    """Serve a provider on a free port of loopback."""
    if not _keys:
        _keys.append(new_rsa_key())  # takes a while, so that most tests share it
    fake = FakeProvider(keys=[_keys[0]])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(form)

        def _answer(self, form: dict[str, str]) -> None:
            path = unquote(urlsplit(self.path).path)
            fake.asked.append(path)
            if fake.silent.is_set():
                fake.released.wait(20)
                self.close_connection = True
                return
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", fake.way_back(fake.issuer + self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, content = fake.answer(path, form, self.headers.get("Authorization", ""))
            body = json.dumps(content).encode() + b" " * fake.padding
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True  # the client had enough of it

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        thread.join(20)
        server.server_close()
