"""A reply goes on without its page: whoever comes back hears it from where it is, once."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import OpenPage
from tests.web.test_talking import begin, breathe_out, say, speaking

pytestmark = pytest.mark.browser

ASKED = "Tell me, and hold your breath."
ANSWER = f'"{ASKED}", you say? Let me think about that for a moment. Yes, I will remember it.'


def whole_once(page: Page, answer: str | re.Pattern[str] = ANSWER) -> None:
    """The reply is whole, shown once, and no longer on its way."""
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".speech").nth(2).locator(".speech-text")).to_have_text(answer)
    expect(page.get_by_role("button", name="Send")).to_be_attached()


def watch(page: Page) -> None:
    """Note each text that the reply on its way shows."""
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const text = document.querySelector(".is-live .speech-text")?.textContent;
            if (text !== undefined && text !== window.seen.at(-1)) window.seen.push(text);
          }).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )


def seen(page: Page) -> list[str]:
    texts: list[str] = page.evaluate("window.seen")
    return [text for text in texts if not text.startswith("(")]


def test_a_reload_in_the_middle_of_a_reply(page: Page, server: str) -> None:
    address = begin(page)
    say(page, ASKED)
    speaking(page)
    page.reload()
    watch(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    speaking(page)
    breathe_out(server)
    whole_once(page)
    texts = seen(page)
    assert all(ANSWER.startswith(text) for text in texts)
    assert [len(text) for text in texts] == sorted(len(text) for text in texts)
    assert page.request.get(address).json()["messages"][2]["state"] == "complete"


def test_stop_after_a_reload(page: Page) -> None:
    address = begin(page)
    say(page, ASKED)
    speaking(page)
    page.reload()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.locator(".is-live")).to_have_count(0)
    reply = page.request.get(address).json()["messages"][2]
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")


def test_two_windows_hear_the_same_and_either_stops_it(open_page: OpenPage, server: str) -> None:
    page = open_page()
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".speech")).to_have_count(1)
    say(page, ASKED)
    speaking(page)
    other.reload()
    speaking(other)
    breathe_out(server)
    whole_once(page)
    whole_once(other)

    say(page, "Once more.")
    speaking(page)
    other.reload()
    other.get_by_role("button", name="Stop").click()
    for each in (page, other):
        expect(each.get_by_text("Stopped.")).to_be_visible()
    texts = [each.locator(".speech-text").last.inner_text() for each in (page, other)]
    assert texts[0] == texts[1]


def test_who_speaks_over_a_reply_hears_it(open_page: OpenPage, server: str) -> None:
    """A window that knew of no reply finds one under way, and keeps what was typed."""
    page = open_page()
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".speech")).to_have_count(1)
    say(page, ASKED)
    speaking(page)
    say(other, "And me?")
    speaking(other)
    expect(other.get_by_role("textbox", name="Message to")).to_have_value("And me?")
    breathe_out(server)
    whole_once(page)
    whole_once(other)


def test_a_reload_while_another_reply_is_written(page: Page, server: str) -> None:
    """What it replaces is not shown beside it, nor what follows."""
    begin(page)
    say(page, ASKED)
    speaking(page)
    breathe_out(server)
    whole_once(page)
    page.get_by_role("button", name="Another reply").click()
    speaking(page)
    page.reload()
    speaking(page)
    expect(page.locator(".speech")).to_have_count(3)
    breathe_out(server)
    whole_once(page)
    expect(page.locator(".alternatives-count")).to_have_text("2/2")


def test_a_reload_while_a_reply_is_continued(page: Page, server: str) -> None:
    begin(page)
    say(page, ASKED)
    speaking(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.")).to_be_visible()
    partial = page.locator(".speech").nth(2).locator(".speech-text").inner_text()
    page.get_by_role("button", name="Continue").click()
    speaking(page)
    page.reload()
    speaking(page)
    expect(page.locator(".is-live .speech-text")).to_contain_text(partial)
    breathe_out(server)
    whole_once(page, re.compile(f"^{re.escape(partial)}.*remember it\\.$", re.DOTALL))


class Cable:
    """Passes connections on to a server, until it is cut; all connections end then."""

    def __init__(self, address: str) -> None:
        self._server = urlsplit(address)
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._whole = True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._start(self._accept)

    def cut(self) -> None:
        self._whole = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # which ends the waiting for a connection
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for end in (*self._ends, self._door):
            end.close()

    def _start(self, work: Callable[..., None], *given: socket.socket) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection((self._server.hostname, self._server.port))
                self._ends += [near, far]
                for ends in ((near, far), (far, near)):
                    self._start(_pass_on, *ends)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(server: str) -> Iterator[Cable]:
    cable = Cable(server)
    yield cable
    cable.close()


def test_the_network_goes_and_comes_back(open_page: OpenPage, cable: Cable, server: str) -> None:
    page = open_page(base_url=cable.address)
    begin(page)
    say(page, ASKED)
    speaking(page)
    watch(page)
    page.context.set_offline(True)
    cable.cut()
    status = page.locator(".is-live .line-status")
    expect(status).to_contain_text("Connection lost.")
    expect(page.get_by_role("status").filter(has_text="Connection lost.")).to_have_count(1)
    cable.mend()
    page.context.set_offline(False)
    expect(status).to_be_hidden()
    speaking(page)
    breathe_out(server)
    whole_once(page)
    texts = seen(page)
    assert all(ANSWER.startswith(text) for text in texts)
    assert [len(text) for text in texts] == sorted(len(text) for text in texts)


def test_the_network_comes_back_after_the_end(
    open_page: OpenPage, cable: Cable, server: str
) -> None:
    page = open_page(base_url=cable.address, locale="zh-CN")
    address = begin(page)
    box = page.get_by_role("textbox")
    box.fill("hold your breath，慢慢说。")
    box.press("Enter")
    speaking(page)
    cable.cut()
    expect(page.locator(".is-live .line-status")).to_contain_text("连接断了")
    breathe_out(server)
    with httpx.Client(base_url=server, timeout=60) as outside:
        end = time.monotonic() + 30
        while outside.get(address).json()["busy"]:
            assert time.monotonic() < end
            time.sleep(0.1)
        reply = outside.get(address).json()["messages"][2]
    assert (reply["state"], reply["finish_reason"]) == ("complete", "stop")
    cable.mend()
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".speech-text").nth(2)).to_have_text(reply["content"])


def test_stopped_while_the_network_is_away(open_page: OpenPage, cable: Cable) -> None:
    """What was asked for is done as soon as it can be."""
    page = open_page(base_url=cable.address)
    begin(page)
    say(page, ASKED)
    speaking(page)
    cable.cut()
    expect(page.locator(".is-live .line-status")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".is-live .line-status")).to_contain_text("stopped as soon as")
    cable.mend()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.locator(".is-live")).to_have_count(0)
