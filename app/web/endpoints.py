"""Serve the pages and their files.

The pages are plain ES modules: the browser runs the files of ``static/`` as they are. Every answer
must be revalidated (``no-cache`` with an ETag), so an upgraded service is an upgraded page.
Include ``router`` last: its final route answers any address that no other route matches with the
page, whose own router shows that the address does not exist.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.dependencies import welcome
from app.web.shell import shell_files

_ROOT = Path(__file__).parent / "static"
_FILES = {path.relative_to(_ROOT).as_posix(): path for path in _ROOT.rglob("*") if path.is_file()}
"""Every file that may be sent, by its name under ``/static/``."""

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".md": "text/plain",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_WORKER = "worker/service-worker.js"
_NOT_PAGES = ("/api/", "/v1/", "/static/")


class _FallbackPage(APIRoute):
    """Match addresses typed into a browser, never a program's mistyped API call."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        accept = dict(scope.get("headers", [])).get(b"accept", b"")
        if b"text/html" not in accept or scope.get("path", "").startswith(_NOT_PAGES):
            return Match.NONE, {}
        return match, child_scope


router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    etag: str


@lru_cache(maxsize=256)
def _read(path: Path, modified: int) -> _Content:
    """Return a file as modified last at ``modified`` (nanoseconds).

    It blocks: a page requests sixty files, each too small for a thread.
    """
    body = path.read_bytes()
    return _Content(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _content(name: str) -> _Content:
    """Return a file's content. Raises ``HTTPException`` 404 where it may not be sent."""
    path = _FILES.get(name)
    if path is None or not path.is_file():
        raise HTTPException(404)
    return _read(path, path.stat().st_mtime_ns)


def _send(name: str, request: Request, status: int = 200) -> Response:
    """Return a file, or 304 where the browser has it; only a success depends on that (RFC 9110)."""
    content = _content(name)
    headers = {**_HEADERS, "ETag": content.etag}
    known = request.headers.get("if-none-match", "")
    if status == 200 and content.etag in (
        tag.strip().removeprefix("W/") for tag in known.split(",")
    ):
        return Response(status_code=304, headers=headers)
    media_type = _TYPES.get(_FILES[name].suffix, "application/octet-stream")
    return Response(content.body, status_code=status, headers=headers, media_type=media_type)


async def _send_page(name: str, request: Request) -> Response:
    """Return a page, which gives a new browser its cookie before it requests anything."""
    response = _send(name, request)
    await welcome(request, response)
    return response


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/account", methods=["GET", "HEAD"])
@router.api_route("/characters/{slug}", methods=["GET", "HEAD"])
@router.api_route("/characters/{slug}/edit", methods=["GET", "HEAD"])
@router.api_route("/conversations/{conversation_id}", methods=["GET", "HEAD"])
@router.api_route("/my-data", methods=["GET", "HEAD"])
@router.api_route("/mine", methods=["GET", "HEAD"])
@router.api_route("/scripts", methods=["GET", "HEAD"])
@router.api_route("/scripts/{script_id}", methods=["GET", "HEAD"])
@router.api_route("/scripts/{script_id}/rehearse", methods=["GET", "HEAD"])
@router.api_route("/scripts/{script_id}/rehearse/{part:path}", methods=["GET", "HEAD"])
@router.api_route("/sign-in", methods=["GET", "HEAD"])
@router.api_route("/sign-up", methods=["GET", "HEAD"])
@router.api_route("/stage", methods=["GET", "HEAD"])
@router.api_route("/upload", methods=["GET", "HEAD"])
@router.api_route("/with", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """Return the page on which users chat; its own router reads the address."""
    return await _send_page("index.html", request)


@router.api_route("/admin", methods=["GET", "HEAD"])
@router.api_route("/admin/adapters", methods=["GET", "HEAD"])
@router.api_route("/admin/audit", methods=["GET", "HEAD"])
@router.api_route("/admin/reports", methods=["GET", "HEAD"])
@router.api_route("/admin/backup", methods=["GET", "HEAD"])
@router.api_route("/admin/engine", methods=["GET", "HEAD"])
@router.api_route("/admin/models", methods=["GET", "HEAD"])
@router.api_route("/admin/scripts", methods=["GET", "HEAD"])
@router.api_route("/admin/settings", methods=["GET", "HEAD"])
@router.api_route("/admin/characters/{slug}", methods=["GET", "HEAD"])
@router.api_route("/admin/characters/{slug}/edit", methods=["GET", "HEAD"])
async def admin_page(request: Request) -> Response:
    """Return the admin page."""
    return await _send_page("admin.html", request)


@router.api_route("/api/docs", methods=["GET", "HEAD"])
async def api_page(request: Request) -> Response:
    """Return the description of the API for people: no CDN, the same policy as every page."""
    return _send("api.html", request)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def favicon(request: Request) -> Response:
    """Return the icon."""
    return _send("img/favicon.svg", request)


@router.api_route("/service-worker.js", methods=["GET", "HEAD"])
async def service_worker(request: Request) -> Response:
    """Return the worker that keeps the pages' files, named for what they contain.

    It lies at the root, since a worker answers for addresses below its own only.
    """
    names = shell_files(lambda name: _content(name).body.decode())
    worker = _content(_WORKER)
    digest = hashlib.sha256(worker.etag.encode())
    for name in ("index.html", *names):
        digest.update(f"{name}={_content(name).etag};".encode())
    version = digest.hexdigest()[:16]
    addresses = [f"/static/{name}" for name in names]
    top = f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(addresses)};\n"
    headers = {**_HEADERS, "ETag": f'"{version}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(top.encode() + worker.body, headers=headers, media_type=_TYPES[".js"])


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def static_file(path: str, request: Request) -> Response:
    """Return a file of the pages."""
    return _send(path, request)


async def _page_not_found(request: Request) -> Response:
    return _send("index.html", request, status=404)


router.routes.append(
    _FallbackPage("/{path:path}", _page_not_found, methods=["GET", "HEAD"], include_in_schema=False)
)
