"""Damage to a request that the service accepted: one thing of it, as a hostile client would."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from fuzz.api.wire import Request

Meets = Literal["operation", "any", "method"]
"""What may answer: the operation; also the server itself, or the router for another path; or the
router for another method."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A request that is not as it should be."""

    kind: str
    request: Request
    meets: Meets = "operation"


_TOKEN = re.compile(
    rb'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    rb"|(?P<other>-?\d[\d.eE+-]*|true|false|null)"
)
"""A field's name or a scalar: strings are taken whole, for what stands in them is none of these."""
_DEEP = 20_000

_KEYS = (rb'"\ud800"', rb'"a\udfffb"', rb'"\u0000"', rb'"\u0007\u202e\ufeff"', b'""', b'" "')
_TEXTS = (
    *_KEYS, b'"' + b"x" * 50_000 + b'"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\x00"', b"null",
    b"[]", b"{}", b"true", b"0", rb'"\ud83d\ude00"', rb'"\ude00\ud83d"',
)  # fmt: skip
_NUMBERS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"1E+99999", b"-0.0",
    b"9223372036854775808", b"-9223372036854775809", b"9" * 400, b"9" * 5_000, b"2147483648",
    b"1.5", b"-1", b'"1"', b"null", b"true", b"[1]",
)  # fmt: skip
_BODIES = (
    b"", b"null", b"[]", b"0", b'""', b"{", b'{"a"', b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN",
    b"{}{}", b"[" * _DEEP + b"]" * _DEEP, b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    b"[" * 500 + b"]" * 500, rb'{"\ud800": 1}', rb'{"a\u0000": 1}', b'{"": 1}',
    "{}".encode("utf-16"),
)  # fmt: skip
_PIECES = (
    b"%00", b"%ff", b"%ed%a0%80", b"%0d%0a", b"%2e%2e", b"%20", b"%F0%9F%98%80", b"x" * 8_000,
    b"%2f", b"-1", b"9" * 400, b"9" * 5_000, b"%ef%bf%bf", b"null", b"%E2%80%AE", b"0", b"*",
    b"NaN", b"2026-11-28T00:00:00_00000000-0000-0000-0000-000000000000", b"%", b"%zz",
    b"9999-12-31T23:59:59-23:59_00000000-0000-0000-0000-000000000000",
)  # fmt: skip
_TYPES = (
    b"", b"text/plain", b"application/xml", b"application/json; charset=utf-16", b"a", b"/",
    b"application/x-www-form-urlencoded", b"multipart/form-data", b"\xff\xfe",
    b"application/json;", b"multipart/form-data; boundary=" + b"x" * 300,
    b"multipart/form-data; boundary=\xff", b'multipart/form-data; boundary=""',
)  # fmt: skip
_HEADERS = (
    (b"Cookie", b"offbook_visitor=\xff\xfe; ="), (b"Cookie", b"offbook_visitor=" + b"x" * 9_000),
    (b"Cookie", b"offbook_admin=\xc3\xa9\x80"), (b"Cookie", b";;;=;"), (b"Host", b"[::1"),
    (b"Cookie", b'offbook_admin="\\303\\377"; offbook_visitor="\\000"'), (b"Host", b"\xff"),
    (b"Authorization", b"Bearer \xff\xfe"), (b"Authorization", b"Bearer"), (b"Host", b""),
    (b"Authorization", b"Basic !!!"), (b"Origin", b"\xff"), (b"Origin", b"null"),
    (b"If-None-Match", b"\xff, W/"), (b"Accept", b"\xff"), (b"X-Forwarded-For", b"\xff"),
    (b"Accept", b"text/html"), (b"Range", b"bytes=9-1"), (b"Accept-Encoding", b"\xff;q=x"),
    (b"Expect", b"something"), (b"Upgrade", b"websocket"), (b"Transfer-Encoding", b"gzip"),
)  # fmt: skip
_METHODS = (b"HEAD", b"OPTIONS", b"TRACE", b"PROPFIND", b"QUERY", b"get", b"A" * 300)
_FILE_NAMES = (
    b"a\x00b", b"\xff\xfe.txt", b"../../etc/passwd", b"x" * 5_000, b"", b"%00", b'a\\"b',
    b"a.json", b"a.zip", b"CON", b"\xed\xa0\x80.txt",
)  # fmt: skip
_FIELDS = (
    b"title", b"name", b"profile", b"aliases", b"format", b"encoding", b"language",
    b"speaker_column", b"user_name", b"character", b"greeting", b"tagline",
)  # fmt: skip
_FIELD_TEXTS = (
    b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"x" * 50_000, b"", b"{", b"[1]", b"NaN",
    rb'{"a": "\ud800"}', rb'{"\u0000": "b"}', b'{"a": {}}', b"utf-16", b"idna", b"card",
)  # fmt: skip
_UNASKED = 20_000
"""Bytes, more than a caller may send where no body is read."""
_AGAIN = 5
"""Values of a kind, in a body or a query, that are damaged."""


def damage(request: Request) -> Iterator[Damaged]:
    """Yield the request with one damage each."""
    yield from _headers(request)
    yield from _query(request)
    yield from _path(request)
    for method in _METHODS:
        yield Damaged(f"method {method[:9]!r}", replace(request, method=method), "method")
    kind = request.header(b"Content-Type")
    if kind.startswith(b"application/json"):
        yield from _json(request)
    elif kind.startswith(b"multipart/"):
        yield from _form(request)
    else:
        yield Damaged("a body where none is read", replace(request, body=b"x" * _UNASKED))
    if request.body:
        for other in _TYPES:
            yield Damaged(f"type {other[:40]!r}", request.with_header(b"Content-Type", other))


def _headers(request: Request) -> Iterator[Damaged]:
    for name, value in _HEADERS:
        kind = f"header {name.decode()}: {value[:30]!r}"
        yield Damaged(kind, request.with_header(name, value), "any")
    twice = replace(request, headers=request.headers * 2)
    yield Damaged("every header twice", twice, "any")


def _query(request: Request) -> Iterator[Damaged]:
    path, _, query = request.target.partition(b"?")
    given = [each.partition(b"=")[0] for each in query.split(b"&") if each]
    for field in dict.fromkeys((*given[:_AGAIN], b"cursor", b"limit", b"character")):
        for piece in _PIECES:
            target = path + b"?" + field + b"=" + piece
            yield Damaged(f"query {field!r}={piece[:20]!r}", replace(request, target=target))
    again = path + b"?" + b"&".join([query] * 2 + [b"%ff=%ff", b"=", b"&&", b"limit=1&limit=x"])
    yield Damaged("query twice", replace(request, target=again))
    yield Damaged("query not UTF-8", replace(request, target=path + b"?q=\xff\xfe"), "any")


def _path(request: Request) -> Iterator[Damaged]:
    path, mark, query = request.target.partition(b"?")
    segments = path.split(b"/")
    for at in range(1, len(segments)):
        for piece in _PIECES:
            changed = b"/".join([*segments[:at], piece, *segments[at + 1 :]])
            target = changed + mark + query
            yield Damaged(f"path {piece[:20]!r} at {at}", replace(request, target=target), "any")
    for target in (path + b"/", b"/" + path, path + b"\xff", path + b"?" * 3, path.upper()):
        yield Damaged(f"path {target[:40]!r}", replace(request, target=target), "any")


def _json(request: Request) -> Iterator[Damaged]:
    yield from _values(request)
    for body in _BODIES:
        yield Damaged(f"body {body[:20]!r}", replace(request, body=body))
    twice = request.body.rstrip().removesuffix(b"}") + b"," + request.body.lstrip()[1:]
    yield Damaged("every field twice", replace(request, body=twice))
    yield Damaged("cut", replace(request, body=request.body[: len(request.body) // 2]))


def _values(request: Request) -> Iterator[Damaged]:
    """Yield it with other values in its JSON, or in the JSON file that it carries."""
    opens = max(0, request.body.find(b"{"))
    damages = {"string": (*_TEXTS, *_NUMBERS), "key": _KEYS, "other": (*_NUMBERS, *_TEXTS)}
    seen: Counter[str] = Counter()
    for found in _TOKEN.finditer(request.body, opens):
        kind = found.lastgroup or ""
        seen[kind] += 1
        if seen[kind] > _AGAIN:
            continue
        for value in damages[kind]:
            body = request.body[: found.start()] + value + request.body[found.end() :]
            yield Damaged(f"JSON {value[:20]!r} at {found.start()}", replace(request, body=body))


def _form(request: Request) -> Iterator[Damaged]:
    if b"{" in request.body:
        yield from _values(request)
    body = request.body
    first, end = body.partition(b"\r\n")[0], body.rfind(b"--")
    for changed in (
        b"", body[: len(body) // 2], body[:end], first + b"--\r\n", b"\r\n",
        body.replace(b"\r", b""), body.replace(b"form-data", b"\xff"), first + b"\r\n\r\n",
        body.replace(b"name=", b"nome="), body.replace(b'name="', b'name="\x00\xff'),
        body.replace(first, b"--other", 1), body[: body.rfind(first)] + body,
    ):  # fmt: skip
        yield Damaged(f"form {changed[:40]!r}", replace(request, body=changed))
    for name in _FILE_NAMES:
        field = b'name="file"; filename="' + name + b'"'
        parts = re.split(rb'name="file"(?:; filename="[^"]*")?', body)
        yield Damaged(f"file name {name[:20]!r}", replace(request, body=field.join(parts)))
    for text in _FIELD_TEXTS:
        for field in _FIELDS:
            part = b'\r\nContent-Disposition: form-data; name="' + field + b'"\r\n\r\n' + text
            changed = first + part + b"\r\n" + body
            yield Damaged(f"field {field!r}={text[:10]!r}", replace(request, body=changed))
