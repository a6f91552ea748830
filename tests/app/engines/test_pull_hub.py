"""A hub is a stranger: whatever it answers, a pull ends with the right file or with a reason."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.engines.model_sources import HubSource
from app.engines.pull_errors import PinnedHashError, PullContext, PullError, PullProgress
from app.engines.pull_hub import fetch_from_hub
from tests.app.engines.test_pull import entry_of

CONTENT = b"GGUF, or so it says"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HUGGING_FACE = HubSource("huggingface", "team/model", "m.gguf")
MODELSCOPE = HubSource("modelscope", "team/model", "m.gguf")
HUB = "https://hub.example"
ETAG = {"x-linked-etag": f'"{SHA256}"'}

Handler = Callable[[httpx.Request], httpx.Response]
Serve = Callable[[Handler], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Answer every request of a pull with a function, without a network."""
    client = httpx.Client

    def by(handler: Handler) -> None:
        transport = httpx.MockTransport(handler)
        monkeypatch.setattr(httpx, "Client", partial(client, transport=transport))

    return by


def file_with(headers: dict[str, str] = ETAG, content: bytes = CONTENT) -> Handler:
    """A hub that has one file."""
    return lambda _: httpx.Response(200, headers=headers, content=content)


def fetch(
    part: Path,
    source: HubSource = HUGGING_FACE,
    *,
    hub: str = HUB,
    size: int | None = None,
    seen: list[PullProgress] | None = None,
    pins: dict[str, str] | None = None,
) -> str:
    entry = entry_of(source, sha256=None, size=size)
    seen = [] if seen is None else seen
    context = PullContext(seen.append)
    return fetch_from_hub(entry, source, part, hub, context, pins or {})


def test_the_hash_may_be_written_as_a_weak_tag(tmp_path: Path, serve: Serve) -> None:
    serve(file_with({"x-linked-etag": f'W/"{SHA256}"'}))
    assert fetch(tmp_path / "part") == SHA256
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_the_hash_of_a_redirect_counts_wherever_it_leads(tmp_path: Path, serve: Serve) -> None:
    def hub(request: httpx.Request) -> httpx.Response:
        if request.url.host == "hub.example":
            return httpx.Response(302, headers={**ETAG, "Location": "https://cdn.example/file"})
        return httpx.Response(200, content=CONTENT)

    serve(hub)
    seen: list[PullProgress] = []
    assert fetch(tmp_path / "part", seen=seen) == SHA256
    assert PullProgress(len(CONTENT), len(CONTENT), "downloading from cdn.example") in seen


@pytest.mark.parametrize(
    "tag", ["", "no hash", SHA256[:-1], SHA256 + "0", f"{SHA256[:-1]}g", "三" * 3]
)
def test_a_tag_that_is_no_sha256_verifies_nothing(tmp_path: Path, serve: Serve, tag: str) -> None:
    serve(lambda _: httpx.Response(200, headers=[(b"x-linked-etag", tag.encode())]))
    with pytest.raises(PullError, match="reports no SHA-256"):
        fetch(tmp_path / "part")
    assert not (tmp_path / "part").exists()


LISTINGS: dict[str, bytes] = {
    "a page to sign in": b"<!doctype html><title>Sign in</title>",
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "data of text": b'{"Data": "m.gguf"}',
    "no files": b'{"Data": null}',
    "files of text": b'{"Data": {"Files": "m.gguf"}}',
    "files by name": b'{"Data": {"Files": {"m.gguf": "0"}}}',
    "files of lists": b'{"Data": {"Files": [null, 7, ["m.gguf"]]}}',
    "another file": b'{"Data": {"Files": [{"Path": "x.gguf", "Sha256": "%s"}]}}' % SHA256.encode(),
    "a hash of a number": b'{"Data": {"Files": [{"Path": "m.gguf", "Sha256": 7}]}}',
    "a hash of nothing": b'{"Data": {"Files": [{"Path": "m.gguf", "Sha256": null}]}}',
    "deep": b"[" * 100_000,
    "not UTF-8": b'{"Data": "\xff"}',
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS.keys())
def test_a_listing_without_the_files_hash_verifies_nothing(
    tmp_path: Path, serve: Serve, listing: bytes
) -> None:
    serve(lambda _: httpx.Response(200, content=listing))
    with pytest.raises(PullError, match=r"the listing is|reports no SHA-256") as caught:
        fetch(tmp_path / "part", MODELSCOPE)
    assert len(str(caught.value)) < 500


def test_the_files_own_hash_is_found_among_others(tmp_path: Path, serve: Serve) -> None:
    listing = (
        b'{"Data": {"Files": [{"Path": "README.md", "Sha256": "%s"}, 7,'
        b' {"Path": "m.gguf", "Sha256": "%s"}]}}'
    ) % (b"0" * 64, SHA256.upper().encode())

    def hub(request: httpx.Request) -> httpx.Response:
        is_listing = request.url.path.endswith("/repo/files")
        return httpx.Response(200, content=listing if is_listing else CONTENT)

    serve(hub)
    assert fetch(tmp_path / "part", MODELSCOPE) == SHA256


def test_a_listing_without_end_is_left(tmp_path: Path, serve: Serve) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield b" " * 1_000_000

    serve(lambda _: httpx.Response(200, content=endless()))
    with pytest.raises(PullError, match="more than 16,000,000 bytes"):
        fetch(tmp_path / "part", MODELSCOPE)
    assert sent < 20_000_000


@pytest.mark.parametrize("hub", ["http://[::1", "no address", "ftp://hub.example", ""])
def test_an_address_that_is_none_is_a_reason(tmp_path: Path, hub: str) -> None:
    with pytest.raises(PullError, match=r"team/model/resolve/main/m\.gguf"):
        fetch(tmp_path / "part", hub=hub)


def test_a_hub_that_breaks_off_leaves_its_part(tmp_path: Path, serve: Serve) -> None:
    headers = {**ETAG, "Content-Length": "100"}
    serve(file_with(headers))
    with pytest.raises(PullError, match="broke off after 19 of 100 bytes"):
        fetch(tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_a_file_that_outgrows_its_size_is_left(tmp_path: Path, serve: Serve) -> None:
    serve(file_with())
    with pytest.raises(PullError, match="larger than the 18 bytes expected"):
        fetch(tmp_path / "part", size=18)


def test_a_hub_that_ignores_the_range_sends_the_file_anew(tmp_path: Path, serve: Serve) -> None:
    part = tmp_path / "part"
    part.write_bytes(CONTENT[:5])
    ranges = []

    def hub(request: httpx.Request) -> httpx.Response:
        ranges.append(request.headers.get("range"))
        return httpx.Response(200, headers=ETAG, content=CONTENT)

    serve(hub)
    assert fetch(part) == SHA256
    assert ranges == [None, "bytes=5-"]  # the hash is asked for first
    assert part.read_bytes() == CONTENT


def test_another_pinned_hash_ends_the_pull_before_its_first_byte(
    tmp_path: Path, serve: Serve
) -> None:
    methods = []

    def hub(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        return httpx.Response(200, headers=ETAG, content=CONTENT)

    serve(hub)
    with pytest.raises(PinnedHashError, match="by the setting"):
        fetch(tmp_path / "part", pins={"the setting": "0" * 64})
    assert methods == ["HEAD"]
    assert not (tmp_path / "part").exists()
