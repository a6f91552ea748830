"""Replies written in Markdown: well set, and never markup, requests or scripts of their own."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.web.conftest import OpenPage
from tests.web.test_talking import begin, breathe_out, say, speaking

pytestmark = pytest.mark.browser


def show(page: Page, text: str, name: str = "Ambrose Pettifer") -> Locator:
    """Make a text the character's first line, and return the element that shows it."""
    address = begin(page, name)
    first = page.request.get(address).json()["messages"][0]
    page.request.patch(f"{address}/messages/{first['id']}", data={"content": text})
    page.reload()
    return page.locator(".speech-text").first


def test_what_is_written_in_markdown_is_set_as_type(page: Page) -> None:
    text = show(
        page,
        "*He bows.* I am **quite** sure; see `print(1)` and [the site](https://example.org/a?b=1).\n"
        "A second line (aside).\n\n"
        "3. three\n4. four\n\n- [ ] hay\n- [x] oats\n\n"
        "> All the world\n\n```py\nif x:\n    y()\n```\n\n"
        "| a | b |\n|---|--:|\n| 1 | 2 |\n\n# Act two\n\n---\n",
    )
    expect(text.locator("em.direction")).to_have_text("He bows.")
    expect(text.locator("span.direction")).to_have_text("(aside)")
    expect(text.locator("strong")).to_have_text("quite")
    expect(text.locator("p > code")).to_have_text("print(1)")
    link = text.get_by_role("link", name="the site")
    expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")
    expect(text.locator("ol")).to_have_attribute("start", "3")
    expect(text.locator("ol > li")).to_have_text(["three", "four"])
    expect(text.locator("ul > li")).to_have_text(["☐ hay", "☑ oats"])
    expect(text.locator("blockquote")).to_have_text("All the world")
    assert text.locator("pre code").text_content() == "if x:\n    y()"
    expect(text.locator("td.is-right")).to_have_text("2")
    expect(text.locator(".md-heading")).to_have_text("Act two")
    expect(text.locator("hr")).to_have_count(1)
    expect(text.locator("br")).to_have_count(1)


@pytest.mark.parametrize(
    "written",
    [
        "好呀~~来吧~~",
        "    an indented line",
        "He said\n---",
        "snake_case_name and 2 * 3 * 4",
        "[note]: of mine",
        "a < b && c > d &amp; <b>e</b>",
        "#1 and #hashtag",
    ],
)
def test_what_only_looks_like_markdown_stays_as_it_is_written(page: Page, written: str) -> None:
    text = show(page, written)
    shown = text.evaluate("node => node.textContent")
    assert shown == written.strip().replace("\n---", "")
    expect(text.locator("del, pre, b, em, strong, .md-heading")).to_have_count(0)


@pytest.mark.parametrize(
    ("written", "kind", "inside"),
    [
        ("*他笑了笑。*你好啊", "em.direction", "他笑了笑。"),
        ("**重点：**内容", "strong", "重点："),
        ("（低头）*没事*的", "em.direction", "没事"),
    ],
)
def test_chinese_emphasis_ends_where_it_is_meant_to(
    page: Page, written: str, kind: str, inside: str
) -> None:
    text = show(page, written, "闻其详")
    expect(text.locator(kind)).to_have_text(inside)
    expect(text).not_to_contain_text("*")


ALLOWED = {"p", "em", "strong", "span", "br", "code", "pre", "blockquote", "ul", "ol", "li", "hr"}
ALLOWED |= {"a", "div", "table", "thead", "tbody", "tr", "th", "td"}
PIECES = [">", "- ", "*", "**a", "[", "![", "`", "((", "_a ", "<", "|", "\\", "1. "]
ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '<svg onload="alert(1)"><a xlink:href="javascript:alert(1)">x</a></svg>',
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<style>*{display:none}</style><form action=/api><button>x</button></form>",
    "![pixel](https://tracker.invalid/p.gif)",
    '![p](x "onerror=alert(1)")',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](vbscript:x) [y](data:text/html,<script>alert(1)</script>) [z](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[x](/api/conversations) [y](//evil.invalid/x) [z](#main) [w](?a)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    '[x](https://ok.invalid "\\" onmouseover=\\"alert(1)")',
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    "`<img src=x onerror=alert(1)>`",
    "| <img src=x onerror=alert(1)> |\n|---|\n| [x](javascript:alert(1)) |",
    "**[x](javascript:alert(1))** *<img src=x onerror=alert(1)>*",
    "> " * 40 + "<img src=x onerror=alert(1)>",
]


def test_no_attack_becomes_markup_a_request_or_a_script(open_page: OpenPage) -> None:
    page = open_page()
    text = show(page, "ready")
    expect(text).to_be_visible()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    origin = page.evaluate("location.origin")
    page.on("request", note)
    page.evaluate("() => { window.alert = (value) => console.error('ran: ' + value); }")
    found: list[dict[str, Any]] = page.evaluate(
        """async (attacks) => {
          const { markdown } = await import("/static/js/chat/markdown.js");
          const { showGrowing } = await import("/static/js/chat/growing-text.js");
          const seen = [];
          for (const attack of attacks) {
            const box = document.createElement("div");
            document.querySelector(".speech-text").replaceChildren(box);
            box.append(...markdown(attack));
            const whole = [...box.querySelectorAll("*")];
            const grown = document.createElement("div");
            document.querySelector(".speech-text").append(grown);
            for (let end = 1; end <= attack.length; end++) showGrowing(grown, attack.slice(0, end));
            for (const node of [...whole, ...grown.querySelectorAll("*")]) {
              seen.push({
                attack, tag: node.localName, href: node.getAttribute("href"),
                attributes: node.getAttributeNames(),
              });
              if (node.localName !== "a") continue;
              node.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
            }
          }
          return seen;
        }""",
        ATTACKS,
    )
    assert {each["tag"] for each in found} <= ALLOWED
    names = {name for each in found for name in each["attributes"]}
    assert names <= {"class", "href", "title", "target", "rel", "tabindex", "lang", "start"}
    hrefs = {each["href"] for each in found if each["href"] is not None}
    # The attack on a title, and the picture, are plain links to where they say.
    assert hrefs == {"https://ok.invalid/", "https://tracker.invalid/p.gif"}
    expect(text).to_be_visible()
    assert [url for url in asked if not url.startswith(origin)] == []
    assert {re.sub(r".*/static/.*|.*/avatar[?].*", "own", url) for url in asked} <= {"own"}


def test_deep_and_long_texts_are_shown_without_freezing_the_page(page: Page) -> None:
    page.goto("/")
    seconds = page.evaluate(
        """async (pieces) => {
          const { markdown } = await import("/static/js/chat/markdown.js");
          const begun = performance.now();
          for (const piece of pieces) {
            const text = piece.repeat(8000).slice(0, 8000);
            const shown = document.createElement("div");
            shown.append(...markdown(text));
            if (!shown.firstElementChild) throw new Error(`nothing of ${piece}`);
          }
          const long = document.createElement("div");
          long.append(...markdown("**bold** ".repeat(10_000)));
          if (long.querySelector("strong")) throw new Error("a long text is parsed");
          return (performance.now() - begun) / 1000;
        }""",
        PIECES,
    )
    assert seconds < 20


def test_a_growing_reply_keeps_what_is_already_set(page: Page) -> None:
    page.goto("/")
    kept = page.evaluate(
        """async (whole) => {
          const { showGrowing } = await import("/static/js/chat/growing-text.js");
          const box = document.createElement("div");
          const stars = [];
          let first = null, moved = 0, gone = 0;
          for (let end = 1; end <= whole.length; end++) {
            showGrowing(box, whole.slice(0, end));
            first ??= box.firstElementChild;
            if (box.firstElementChild !== first) moved++;
            if (end > 20 && !box.querySelector("strong")) gone++;
            if (/[*`]/.test(box.textContent)) stars.push(whole.slice(0, end));
          }
          return { moved, gone, stars, blocks: box.children.length };
        }""",
        "One **bold word** here.\n\n- first *deed* done\n- second\n\n"
        "```\nx = 1\n```\n\nLast *line*.",
    )
    assert kept == {"moved": 0, "gone": 0, "stars": [], "blocks": 4}


def test_a_streamed_reply_in_markdown(page: Page, server: str) -> None:
    begin(page)
    say(page, "Say it **loud**, and hold your breath.")
    speaking(page)
    breathe_out(server)
    reply = page.locator(".speech.is-assistant").nth(1)
    expect(page.locator(".is-live")).to_have_count(0)
    expect(reply.locator("strong")).to_have_text("loud")
