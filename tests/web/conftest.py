"""A real server and a real browser."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, Unpack

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
_PATIENCE_MS = 30_000
"""The pages are quick, a machine that runs many tests is not."""
expect.set_options(timeout=_PATIENCE_MS)
_ROOT = Path(__file__).parents[2]
_SHIPPED = 6
"""Four characters and their two scripts."""
_AUTHORED = (
    *("name", "aliases", "tagline", "profile", "profile_scenes", "greeting", "tags", "nickname"),
    *("alternate_greetings", "creator_notes", "avatar", "backdrop", "scripts", "speakers"),
    *("published", "visibility", "sampling", "retrieval", "owner"),
)
"""What an author chooses of a character."""
_addresses = IPv4Network("198.18.0.0/15").hosts()  # for tests: RFC 2544
_behind_proxies: set[str] = set()
"""Addresses of services that trust a proxy; others refuse what seems to have come through one."""


class PageOptions(TypedDict, total=False):
    """What a test chooses about its browser window."""

    locale: str
    viewport: ViewportSize
    has_touch: bool
    base_url: str
    color_scheme: Literal["light", "dark"]
    service_workers: Literal["allow", "block"]


OpenPage = Callable[[Unpack[PageOptions]], Page]


def dictionaries(language: Literal["en", "zh"]) -> list[str]:
    """Return the addresses of a language's modules of sentences, each feature's after the first."""
    scripts = _ROOT / "app/web/static/js"
    files = [scripts / f"{language}.js", *sorted(scripts.glob(f"*/{language}.js"))]
    return [f"/static/js/{file.relative_to(scripts)}" for file in files]


def wait_for(
    page: Page, address: str, is_so: Callable[[dict[str, Any]], object], seconds: float = 30
) -> None:
    """Until it is so of what an address answers.

    Not with ``wait_for_function``: an asynchronous one is done at the first promise it returns.
    """
    deadline = time.monotonic() + seconds
    while not is_so(page.request.get(address).json()):
        assert time.monotonic() < deadline, f"{address} is not so after {seconds} s"
        page.wait_for_timeout(50)


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class Offbook:
    """A service in a process of its own, which can be stopped and started again."""

    def __init__(
        self,
        data_dir: Path,
        host: str = "127.0.0.1",
        module: str = "tests.web.slow_server",
        **environment: str,
    ) -> None:
        self.address = ""
        self._module = module
        self._data_dir = data_dir
        self._host = host
        self._environment = {
            **os.environ,
            "OFFBOOK_ENGINE__KIND": "scripted",
            "OFFBOOK_EMBEDDER__NAME": "hashing",
            "OFFBOOK_RETRIEVAL__MODE": "reference",  # always shows lines, whatever is said
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            **environment,
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns once it answers; a second time at the same port."""
        port = self.address.rpartition(":")[2] or "0"
        options = ("--host", self._host, "--port", port, "--data-dir", str(self._data_dir))
        with (self._data_dir / "stderr").open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, "serve", *options],
                cwd=_ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.address = f"http://127.0.0.1:{_port(self._process)}"
        if self._environment.get("OFFBOOK_ACCESS__TRUSTED_PROXIES"):
            _behind_proxies.add(self.address)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=20)
            self._process = None


def _port(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"open: http://\S+:(\d+)", line):
            return found[1]
    raise AssertionError(f"The server ended with {process.wait()}.")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of this process's Offbook, and of everything that comes with one."""
    with Offbook(tmp_path_factory.mktemp("data")) as offbook:
        deadline = time.monotonic() + 60
        with httpx.Client(base_url=offbook.address, timeout=60) as http:
            while len(shipped := _made(http)) < _SHIPPED or not _are_ready(http):
                assert time.monotonic() < deadline, shipped
                time.sleep(0.1)
        yield offbook.address, shipped


@pytest.fixture(scope="module")
def server(shared: tuple[str, list[str]]) -> Iterator[str]:
    """The address of an Offbook in which a file of tests finds nothing of another one's."""
    address, shipped = shared
    with httpx.Client(base_url=address, timeout=60) as http:
        samples = _samples(http)
    yield address
    with httpx.Client(base_url=address, timeout=60) as http:
        for path in _made(http):
            if path not in shipped:
                assert http.delete(path).is_success, path
        assert _samples(http) == samples, "This file leaves a changed sample to the next one."


def _are_ready(http: httpx.Client) -> bool:
    found = http.get("/api/characters", params={"limit": 200}).json()["items"]
    return all(each["status"] == "ready" and each["avatar"] for each in found)


def _samples(http: httpx.Client) -> dict[str, dict[str, Any]]:
    """Every shipped character as its author made it, by its slug."""
    found = http.get("/api/admin/characters", params={"limit": 200}).json()["items"]
    return {
        each["slug"]: {field: each[field] for field in _AUTHORED}
        for each in found
        if each["sample"]
    }


def _made(http: httpx.Client) -> list[str]:
    """Where each character is deleted, then where each script is."""
    here, deleted, scripts = (
        http.get(f"/api/{path}", params={"limit": 200}).json()["items"]
        for path in ("admin/characters", "admin/deleted-characters", "scripts")
    )
    slugs = [each["slug"] for each in (*here, *deleted)]
    return [
        *(f"/api/admin/characters/{slug}" for slug in slugs),
        *(f"/api/scripts/{each['id']}" for each in scripts),
    ]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = _chromium()
    if executable is None:
        pytest.skip("no Chromium: set CHROMIUM or put it on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Opens windows; what went wrong in them, policy violations included, fails the test.

    Each window comes from an address of its own where the service trusts its proxy, so that the
    wrong passwords of one test do not close the door to the next.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # An answer of 400 and above is logged by the browser, however well the page takes it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def alarmed(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def open_one(**options: Unpack[PageOptions]) -> Page:
        address = options.get("base_url", server)
        forwarded = {"X-Forwarded-For": str(next(_addresses))}
        context = browser.new_context(
            base_url=address,
            locale=options.get("locale", "en-GB"),
            viewport=options.get("viewport", DESKTOP),
            has_touch=options.get("has_touch", False),
            reduced_motion="reduce",
            color_scheme=options.get("color_scheme", "light"),
            # Requests that a worker may answer cannot be answered by tests.
            service_workers=options.get("service_workers", "block"),
            extra_http_headers=forwarded if address in _behind_proxies else {},
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", heard)
        page.on("dialog", alarmed)
        return page

    yield open_one
    for context in contexts:
        for page in context.pages:
            page.remove_listener("dialog", alarmed)  # it may ask whether to leave
            # Chromium may wait for ever to close a window that is on its way to another page.
            with suppress(Error):
                page.goto("about:blank")
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """An English desktop window."""
    return open_page()
