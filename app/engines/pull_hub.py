"""Download model files from a hub over HTTP, resuming earlier attempts.

Sources: Hugging Face's own client reads the SHA-256 and the size of files in large-file storage
from the headers ``x-linked-etag`` and ``x-linked-size`` (``huggingface_hub``,
``file_download.py``). ModelScope lists ``Sha256`` per file (``modelscope.hub.api``).
"""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx

from app.engines.model_entry import ModelEntry
from app.engines.model_sources import HubSource
from app.engines.pinning import check_pins, sha256_of
from app.engines.pull_errors import PullContext, PullError, WrongHashError
from characters.json_values import JsonTextError, JsonValue, parse_json

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 1 << 20
_LISTING_BYTES = 16_000_000
_SHOWN_CHARACTERS = 300
_LARGER = 2
"""Largest multiple of its approximate size that a file may have."""
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


def fetch_from_hub(
    entry: ModelEntry,
    source: HubSource,
    part: Path,
    hub_endpoint: str,
    context: PullContext,
    pins: Mapping[str, str],
) -> str:
    """Fill ``part`` with the whole, verified file, and return its SHA-256.

    The hash that the hub declares is compared with the ``pins`` before the download. Raises
    :class:`PullError`, :class:`~app.engines.pull_errors.PinnedHashError`, and
    :class:`WrongHashError` after deleting ``part``.
    """
    url = source.url(hub_endpoint)
    try:
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
            expected = entry.sha256 or _reported_sha256(client, source, url)
            check_pins(entry.name, pins, expected)
            most = entry.size or _LARGER * (entry.approximate_size or 0)
            _download(client, url, part, context, most)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PullError(f"{url}: {type(error).__name__} {error}") from error
    actual = sha256_of(part, context)
    if actual != expected:
        part.unlink()
        raise WrongHashError(entry.name, expected=expected, actual=actual)
    return actual


def _reported_sha256(client: httpx.Client, source: HubSource, url: str) -> str:
    if source.kind == "modelscope":
        found = _listed_sha256s(client, source)
    else:
        final = client.head(url).raise_for_status()
        found = [
            response.headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
            for response in (*final.history, final)
        ]
    hashes = [each for each in found if _SHA256.fullmatch(each)]
    if not hashes:
        raise PullError(f"{url}: the hub reports no SHA-256, so the file could not be verified.")
    return hashes[0]


def _listed_sha256s(client: httpx.Client, source: HubSource) -> list[str]:
    """Return the hashes that the hub's listing has for the file, whatever else it contains."""
    listing = _read_json(client, source.listing_url)
    data = listing.get("Data") if isinstance(listing, dict) else None
    files = data.get("Files") if isinstance(data, dict) else None
    return [
        str(each.get("Sha256", "")).lower()
        for each in (files if isinstance(files, list) else ())
        if isinstance(each, dict) and each.get("Path") == source.file
    ]


def _read_json(client: httpx.Client, url: str) -> JsonValue:
    content = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes(_CHUNK_BYTES):
            content += chunk
            if len(content) > _LISTING_BYTES:
                raise PullError(f"{url}: the listing has more than {_LISTING_BYTES:,} bytes.")
    try:
        return parse_json(bytes(content))
    except JsonTextError as error:
        raise PullError(f"{url}: the listing is {error.args[0][:_SHOWN_CHARACTERS]}.") from error


def _download(client: httpx.Client, url: str, part: Path, context: PullContext, most: int) -> None:
    """Append the rest of the file to ``part``; ``most`` bounds its bytes unless it is 0."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # complete or too long already: the hash decides
        response.raise_for_status()
        resumes = response.status_code == httpx.codes.PARTIAL_CONTENT
        done = have if resumes else 0
        length = response.headers.get("content-length")
        total = done + int(length) if length else None
        with part.open("ab" if resumes else "wb") as file:
            for chunk in response.iter_bytes(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                if most and done > most:
                    raise PullError(f"{url}: the file is larger than the {most} bytes expected.")
                context.report(done, total, f"downloading from {response.url.host}")
    if total is not None and done != total:
        raise PullError(f"{url}: the download broke off after {done} of {total} bytes.")
