"""HTML exports of Telegram and of DiscordChatExporter."""

import pytest

from characters.scripts.model import Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script

TELEGRAM = """<!DOCTYPE html>
<html><head><meta charset="utf-8"/><title>Exported Data</title><style>.a{}</style></head><body>
<div class="page_wrap"><div class="page_header"><div class="text bold">Dana</div></div>
<div class="history">
 <div class="message service" id="message-1"><div class="body details">5 October 2020</div></div>
 <div class="message default clearfix" id="message1">
  <div class="pull_left userpic_wrap"><div class="userpic"><div class="initials">D</div></div></div>
  <div class="body">
   <div class="pull_right date details" title="05.10.2020 00:14:10 UTC+01:00">00:14</div>
   <div class="from_name">Dana</div><div class="text">Sure:<br><strong>yes</strong> &amp; no</div>
  </div></div>
 <div class="message default clearfix joined" id="message2"><div class="body">
   <div class="pull_right date details" title="05.10.2020 00:14:30 UTC+01:00">00:14</div>
   <div class="text">Now.</div></div></div>
 <div class="message default clearfix" id="message3"><div class="body">
   <div class="pull_right date details" title="05.10.2020 00:15:10 UTC+01:00">00:15</div>
   <div class="from_name">Рон</div>
   <div class="media_wrap clearfix"><div class="media"></div></div></div></div>
 <div class="message default clearfix" id="message4"><div class="body">
   <div class="pull_right date details" title="05.10.2020 03:15:10 UTC+01:00">03:15</div>
   <div class="from_name">Рон</div><div class="text">Да</div></div></div>
</div></div></body></html>"""

DISCORD = """<!DOCTYPE html><html lang="en"><head><title>The Den</title></head><body>
<div class="preamble"><div class="preamble__entry">The Den</div></div><div class="chatlog">
<div class="chatlog__message-group">
 <div class="chatlog__message-container" data-message-id="1"><div class="chatlog__message">
  <div class="chatlog__message-primary"><div class="chatlog__header">
   <span class="chatlog__author" title="dana" data-user-id="1">Dana</span>
   <span class="chatlog__timestamp" title="Monday, January 4, 2021 7:02 PM">1/4/2021 7:02 PM</span>
  </div><div class="chatlog__content chatlog__markdown">
   <span class="chatlog__markdown-preserve">Anyone <em>here</em>?</span></div></div></div></div>
 <div class="chatlog__message-container" data-message-id="2"><div class="chatlog__message">
  <div class="chatlog__message-aside">
   <div class="chatlog__short-timestamp" title="Monday, January 4, 2021 7:03 PM">7:03 PM</div></div>
  <div class="chatlog__message-primary"><div class="chatlog__content chatlog__markdown">
   <span class="chatlog__markdown-preserve">Hello?</span></div></div></div></div></div>
<div class="chatlog__message-group">
 <div class="chatlog__message-container" data-message-id="3"><div class="chatlog__message">
  <div class="chatlog__message-primary"><div class="chatlog__header">
   <span class="chatlog__system-notification-author" title="kit">Kit</span>
   <span class="chatlog__system-notification-content">pinned.</span></div></div></div></div>
 <div class="chatlog__message-container" data-message-id="4"><div class="chatlog__message">
  <div class="chatlog__message-primary"><div class="chatlog__header">
   <span class="chatlog__author" title="ron">Ron: B</span>
   <span class="chatlog__timestamp" title="Monday, January 4, 2021 9:30 PM">1/4/2021 9:30 PM</span>
  </div><div class="chatlog__content chatlog__markdown">Always.</div></div></div></div></div>
</div></body></html>"""


@pytest.mark.parametrize(
    ("page", "expected", "narration"),
    [
        (
            TELEGRAM,
            [[("Dana", "Sure: yes & no"), ("Dana", "Now.")], [("Рон", "Да")]],
            2,
        ),
        (
            DISCORD,
            [[("Dana", "Anyone here?"), ("Dana", "Hello?")], [("Ron: B", "Always.")]],
            1,
        ),
    ],
)
def test_a_page_reads_as_its_conversations(
    page: str, expected: list[list[tuple[str, str]]], narration: int
) -> None:
    reading = open_script(page, "messages.html")
    report = ParseReport()
    scenes = [item for item in report.observe(reading) if isinstance(item, Scene)]
    assert [[(line.speaker, line.text) for line in scene.lines] for scene in scenes] == expected
    assert (report.rows.narration, report.rows.rejected) == (narration, 0)
    assert reading.format == "html"


def test_another_page_is_read_as_paragraphs() -> None:
    page = '<html><body><p class="message">Anna: Hi</p><p>Ben: Ho</p></body></html>'
    scenes = [item for item in open_script(page, "a.html") if isinstance(item, Scene)]
    assert [(line.speaker, line.text) for line in scenes[0].lines] == [
        ("Anna", "Hi"),
        ("Ben", "Ho"),
    ]
