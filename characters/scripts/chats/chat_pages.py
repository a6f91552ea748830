"""Read the HTML exports of Telegram and of DiscordChatExporter, a row for each message."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from characters.scripts.chats.chat_text import read_chat
from characters.scripts.chats.dialects import Dialect
from characters.scripts.chats.names import NAME_CHARACTERS, plain
from characters.scripts.chats.stamps import STAMP
from characters.scripts.documents.markup import Nesting
from characters.scripts.model import ParseItem

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MARKS = re.compile(r'class="(?:message (?:default|service)|chatlog__message)|class="chatlog"')
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)([^<>]*)>")
_KEPT = re.compile(r'\b(class|title)="([^"]{0,300})"')
_BLOCKS = frozenset({"div", "span", "body", "html"})
"""Elements whose class says what they hold; all others are formatting."""
_RAW = re.compile(r"<(/?)(script|style|title|head)\b[^<>]*>", re.IGNORECASE)
_STAMP = re.compile(STAMP)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

_MESSAGES = "div.message, div.chatlog__message, div.chatlog__messages"
_NAMES = (
    *(".from_name", ".chatlog__author", ".chatlog__author-name"),
    ".chatlog__system-notification-author",
)
_TEXTS = (".text", ".chatlog__content")
_STAMPS = (".date", ".chatlog__timestamp", ".chatlog__short-timestamp")

PAGE_DIALECT = Dialect(
    "page",
    re.compile(f"\ue000(?:{STAMP})?\ue001(?P<name>[^\ue001]{{1,{NAME_CHARACTERS}}})\ue001"),
    system=re.compile("\ue000"),
    fields=True,
)
"""Of the rows made of a page: private characters part the fields, which no person types."""


def is_chat_page(html: str) -> bool:
    """Return whether a page is an export of Telegram or DiscordChatExporter."""
    return _MARKS.search(html) is not None


def read_chat_page(html: str) -> Iterator[ParseItem]:
    """Yield the scenes of a chat; see :func:`~characters.scripts.chats.chat_text.read_chat`."""
    return read_chat(_rows(html), PAGE_DIALECT)


def _rows(html: str) -> Iterator[str]:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # only where it is needed

    author = ""
    for message in LexborHTMLParser(_simplify(html)).css(_MESSAGES):
        classes = (message.attributes.get("class") or "").split()
        if "service" in classes:
            yield "\ue000" + _text(message)
            continue
        author = _first(message, _NAMES) or author
        stamp = next(filter(None, (_stamp(each) for each in _all(message, _STAMPS))), "")
        text = _SPACE.sub(" ", _first(message, _TEXTS) or "").strip()
        notice = message.css_first(".chatlog__system-notification-content") is not None
        yield (
            f"\ue000{stamp}\ue001{author}\ue001{text}" if text and not notice else f"\ue000{author}"
        )


def _simplify(html: str) -> str:
    """Return the page without formatting, and of attributes only the class and the title.

    A parser takes quadratic time in attributes and formatting elements, and a message is read
    with all messages in it: raises ``nested_too_deeply``.
    """
    nesting = Nesting()

    def rewrite(match: re.Match[str]) -> str:
        end, name, attributes = match[1], match[2].lower(), match[3]
        if name not in _BLOCKS:
            return " " if name == "br" else ""
        nesting.count(closes=bool(end))
        kept = dict(_KEPT.findall(attributes))
        shown = "".join(f' {key}="{value}"' for key, value in kept.items())
        return f"<{end}{name}{'' if end else shown}>"

    return _TAG.sub(rewrite, _BREAK.sub(" ", _drop_raw(html)))


def _drop_raw(html: str) -> str:
    """Return the page without its head, scripts and styles; one that is never closed stays.

    Each tag is looked at once, however many are opened.
    """
    kept: list[str] = []
    at = 0
    opened: re.Match[str] | None = None
    for tag in _RAW.finditer(html):
        closes, name = tag[1], tag[2].lower()
        if opened is None and not closes:
            opened = tag
        elif opened is not None and closes and name == opened[2].lower():
            kept.append(html[at : opened.start()])
            at, opened = tag.end(), None
    return "".join([*kept, html[at:]])


def _all(node: "LexborNode", selectors: tuple[str, ...]) -> Iterator["LexborNode"]:
    for selector in selectors:
        found = node.css_first(selector)
        if found is not None:
            yield found


def _first(node: "LexborNode", selectors: tuple[str, ...]) -> str | None:
    texts = (_text(each) for each in _all(node, selectors))
    return next(filter(None, texts), None)


def _text(node: "LexborNode") -> str:
    text = (node.text(deep=True) or "").replace("\ue000", "").replace("\ue001", "")
    return _SPACE.sub(" ", text).strip()


def _stamp(node: "LexborNode") -> str:
    """Return the date and time in a stamp's title or text; "" without both."""
    for text in (node.attributes.get("title") or "", _text(node)):
        match = _STAMP.search(plain(text)[:120])
        if match is not None:
            return match[0]
    return ""
