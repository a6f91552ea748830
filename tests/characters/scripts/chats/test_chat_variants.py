"""Exports of chat programs in further locales, and as they are copied from their windows."""

import pytest

from characters.scripts.implausible_names import is_impossible
from characters.scripts.model import Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script

Said = list[tuple[str, str]]


def read_lines(content: str, filename: str = "chat.txt") -> tuple[Said, ParseReport]:
    """The lines of a chat, in order, and the report on it, whose rows account for all."""
    report = ParseReport()
    items = list(report.observe(open_script(content, filename)))
    said = [
        (line.speaker, line.text)
        for item in items
        if isinstance(item, Scene)
        for line in item.lines
    ]
    rows = content.replace("\r\n", "\n").split("\n")
    assert report.rows.total == sum(bool(row.strip()) for row in rows)
    return said, report


@pytest.mark.parametrize(
    "stamp",
    [
        "5.10.2020 г., 21:1{} ч. - ",
        "05/10/20, 9:1{} अपराह्न - ",
        "०५/१०/२०, ९:१{} म.उ. - ",
        "5/10/2563 21:1{} น. - ",
        "5/10/2020 9:1{} e pasdites - ",
        "[05/10/20, 9:1{}:22 अपराह्न] ",
        "[05/10/2020 21:1{}:00 | Edited 21:17:20] ",
    ],
)
def test_words_behind_the_time_are_no_part_of_a_name(stamp: str) -> None:
    texts = [("Ana", "Late?"), ("Bo B.", "The ice: all of it."), ("Ana", "Hm.")]
    content = "".join(f"{stamp.format(n)}{name}: {text}\n" for n, (name, text) in enumerate(texts))
    said, report = read_lines(content)
    assert said == texts
    assert report.rejected_total == 0


CHATS: dict[str, tuple[str, Said]] = {
    "a Discord window with dashes in rows of their own": (
        "Dana\n — \n10/05/2020 7:02 PM\nHello there\nmore\nRon\n — \n10/05/2020 7:03 PM\nfine\n"
        "Dana\n — \n10/05/2020 7:05 PM\nok\n",
        [("Dana", "Hello there more"), ("Ron", "fine"), ("Dana", "ok")],
    ),
    "a Discord window with the tag of a program": (
        "Hale\nAPP\n — \nToday at 7:02 PM\nHello there\nRon\n — \nToday at 7:03 PM\nfine\n",
        [("Hale", "Hello there"), ("Ron", "fine")],
    ),
    "a Discord window with times of further messages": (
        "Dana — 05/10/2020 19:02\nHello\nRon — 05/10/2020 19:03\nHi\n[19:04]\nmore of it\n"
        "Dana — 05/10/2020 19:05\nok\n",
        [("Dana", "Hello"), ("Ron", "Hi more of it"), ("Dana", "ok")],
    ),
    "an iMessage export, the time first": (
        "Oct 05, 2020  9:14:01 PM\nDana\nHello\n\n"
        "Oct 05, 2020  9:15:01 PM (Read by Dana)\nMe\nHi\n\n"
        "Oct 05, 2020  9:16:01 PM\nDana\nok then\n",
        [("Dana", "Hello"), ("Me", "Hi"), ("Dana", "ok then")],
    ),
    "QQ on a phone": (
        "小丹: 07-16 18:15:05\n你好\n\n阿荣: 07-16 18:16:05\n嗯\n\n小丹: 07-16 18:18:05\n好\n",
        [("小丹", "你好"), ("阿荣", "嗯"), ("小丹", "好")],
    ),
    "the time in brackets behind the name": (
        "小丹(2021-01-04 19:02:00):你好\n阿荣(2021-01-04 19:03:00):嗯\n"
        "小丹(2021-01-04 19:04:00):好\n",
        [("小丹", "你好"), ("阿荣", "嗯"), ("小丹", "好")],
    ),
    "Slack with a status and an app": (
        "Dana Bell:house:  7:02 PM\nHello\nHale APP  7:03 PM\nhi\nDana Bell:house:  7:05 PM\nok\n",
        [("Dana Bell", "Hello"), ("Hale", "hi"), ("Dana Bell", "ok")],
    ),
    "Zoom with the text below": (
        "2020-10-05 21:14:01 From Dana Bell to Everyone:\n\tHello\n"
        '2020-10-05 21:15:01 From Ron to Everyone:\n\thi\n\tReplying to "Hello"\n'
        "2020-10-05 21:16:01 From Dana Bell to Ron(Direct Message):\n\tok\n",
        [("Dana Bell", "Hello"), ("Ron", "hi"), ("Dana Bell", "ok")],
    ),
    "Pidgin": (
        "Conversation with toby at Mon 05 Oct 2020 09:14:00 PM EDT on mira (jabber)\n"
        "(09:14:01 PM) mira: hello\n(09:15:00 PM) toby: hi\n(09:15:00 PM) toby has signed off.\n"
        "(09:17:00 PM) mira: bye\n",
        [("mira", "hello"), ("toby", "hi"), ("mira", "bye")],
    ),
    "Telegram with the time of an edit": (
        "Dana, [5 Oct 2020 at 21:14:33]:\nHello\n\n"
        "Ron, [5 Oct 2020 at 21:15:12 (5 Oct 2020 at 21:16:02)]:\nHi\n\n"
        "Dana, [5 Oct 2020 at 21:17:00]:\n[ 😊 Sticker ]\n\nRon, [5 Oct 2020 at 21:17:09]:\nok\n",
        [("Dana", "Hello"), ("Ron", "Hi"), ("Ron", "ok")],
    ),
    "Sonix, the time before the text": (
        "Dana: [00:00:03] Hello all\n\nRon: [00:00:07] Hi\n\nDana: [01:10:10] ok\n",
        [("Dana", "Hello all"), ("Ron", "Hi"), ("Dana", "ok")],
    ),
    "LINE in Japanese, pictures without brackets": (
        "2025.12.30 火曜日\n23:43 natsumi_ スタンプ\n23:47 太郎 わ！\n見ます!\n"
        "23:48 natsumi_ はい\n23:49 natsumi_ 写真\n",
        [("太郎", "わ！見ます!"), ("natsumi_", "はい")],
    ),
    "Signal with a quotation and a reaction": (
        "[2020-10-05 21:14] Dana: Hello\n[2020-10-05 21:15] Me: hi\n>\n> Hello\n(- Dana: 👍 -)\n"
        "[2020-10-05 21:16] Dana: ok\n",
        [("Dana", "Hello"), ("Me", "hi"), ("Dana", "ok")],
    ),
}


@pytest.mark.parametrize(("content", "expected"), CHATS.values(), ids=CHATS)
def test_a_chat_reads_as_its_messages(content: str, expected: Said) -> None:
    said, report = read_lines(content)
    assert said == expected
    assert report.rejected_total == 0


def test_a_group_says_nothing_in_whatsapp() -> None:
    head = "[05/10/2020, 21:1{}:01] The Quay: "
    notices = (
        "Messages and calls are end-to-end encrypted. Only people in this chat can read them.",
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
        "消息和通话已进行端到端加密。",
    )
    rows = [head.format(n) + notice for n, notice in enumerate(notices)]
    rows += [
        "[05/10/2020, 21:15:00] Dana: Hello all",
        "[05/10/2020, 21:16:00] Dana: POLL:\nWhich day?\nOPTION: Monday (1 vote)",
        "[05/10/2020, 21:17:00] Ron: location: https://maps.example/?q=1,2",
    ]
    said, report = read_lines("\n".join(rows))
    assert said == [("Dana", "Hello all"), ("Dana", "Which day?")]
    assert report.rows.narration == len(notices) + 1


def test_a_transcript_is_one_scene_whatever_its_pauses() -> None:
    content = (
        "Dana Bell  0:03\nHello all: this is it\n\nUnknown Speaker  0:07\nHi\n\n"
        "Dana Bell  1:10:11\nok\n\nTranscribed by https://otter.ai\n"
    )
    said, report = read_lines(content)
    assert said == [
        ("Dana Bell", "Hello all: this is it"),
        ("Unknown Speaker", "Hi"),
        ("Dana Bell", "ok"),
    ]
    assert report.scenes == 1


@pytest.mark.parametrize("name", ["Oct 05, 2020", "5 October 2020", "Today at", "Yesterday"])
def test_a_date_is_no_name(name: str) -> None:
    assert is_impossible(name)


@pytest.mark.parametrize("name", ["May", "April O'Neil", "Agent 2020", "Today Show"])
def test_a_name_like_a_month_is_one(name: str) -> None:
    assert not is_impossible(name)


def test_a_table_of_messages_is_known_by_its_times() -> None:
    header = "AuthorID,Author,Date,Content,Attachments,Reactions\n"
    rows = (
        '"1","dana","2020-10-05T19:02:00","Hello, there","",""\n"2","ron","2020-10-05","Hi","",""\n'
    )
    said, _ = read_lines(header + rows, "chat.csv")
    assert said == [("dana", "Hello, there"), ("ron", "Hi")]


@pytest.mark.parametrize(
    "name",
    [
        "Dr. Mira Bell-Ott, M.D.",
        'Toby "Ice" O\'Neil',
        "三三 [work]",
        "Mira | Keeper",
        "Mira (Keeper)",
        "Toby!!",
        "Who?",
        "+44 7700 900123",
        "Мира & Тоби",
    ],
)
@pytest.mark.parametrize("stamp", ["31/12/23, 23:5{} - ", "[31/12/23, 23:5{}:01] "])
def test_any_name_of_a_contact_is_one(name: str, stamp: str) -> None:
    content = (
        f"{stamp.format(0)}{name}: Hi: you\n{stamp.format(1)}Bo: Yo\n{stamp.format(2)}{name}: ok\n"
    )
    said, report = read_lines(content)
    assert said == [(name, "Hi: you"), ("Bo", "Yo"), (name, "ok")]
    assert report.rows.narration == 0


@pytest.mark.parametrize(
    "notice",
    [
        'Ron changed the subject from "A: b" to "C: d"',
        'Dana created group "The Quay: friends"',
        "Your security code with Ron changed. Tap to learn more: here",
    ],
)
def test_a_notice_with_a_colon_is_nobodys(notice: str) -> None:
    content = f"31/12/23, 23:50 - Bo: Hi\n31/12/23, 23:51 - {notice}\n31/12/23, 23:52 - Al: Yo\n"
    said, report = read_lines(content)
    assert said == [("Bo", "Hi"), ("Al", "Yo")]
    assert report.rows.narration == 1


@pytest.mark.parametrize(
    ("today", "yesterday"),
    [
        ("heute um 19:02 Uhr", "gestern um 19:03 Uhr"),
        ("hoy a las 19:02", "ayer a las 19:03"),
        ("Aujourd’hui à 19:02", "Hier à 19:03"),
        ("hoje às 19:02", "ontem às 19:03"),
        ("Oggi alle 19:02", "Ieri alle 19:03"),
        ("Сегодня, в 19:02", "Вчера, в 19:03"),
        ("今日 19:02", "昨日 19:03"),
        ("今天19:02", "昨天19:03"),
        ("오늘 오후 7:02", "어제 오후 7:03"),
    ],
)
def test_discords_days_in_many_languages(today: str, yesterday: str) -> None:
    expected = [("Mira", "One"), ("Toby", "Two"), ("Mira", "Three")]
    rows = [f"Mira — {yesterday}\nOne", f"Toby — {today}\nTwo", f"Mira — {today}\nThree", ""]
    assert read_lines("\n".join(rows))[0] == expected
    apart = [
        f"Mira\n — \n{yesterday}\nOne",
        f"Toby\n — \n{today}\nTwo",
        f"Mira\n — \n{today}\nThree",
    ]
    assert read_lines("\n".join(apart))[0] == expected


def test_a_word_in_brackets_alone_is_a_programs() -> None:
    content = (
        "Мира, [31.12.2023 23:58]\nПривет\n\nТоби, [31.12.2023 23:59]\n[Фото]\n\n"
        "Тоби, [31.12.2023 23:59]\n[In reply to Мира]\nда [точно]\n"
    )
    assert read_lines(content)[0] == [("Мира", "Привет"), ("Тоби", "да [точно]")]


def test_google_chat_copied() -> None:
    content = "Mira Bell, 9:14 PM\nHi all\nToby Ott, 9:15 PM, Edited\nYo\nMira Bell, 9:16 PM\nok\n"
    assert read_lines(content)[0] == [
        ("Mira Bell", "Hi all"),
        ("Toby Ott", "Yo"),
        ("Mira Bell", "ok"),
    ]


def test_a_time_that_somebody_says_is_no_stamp() -> None:
    content = (
        "Toby: What time is it?\nMira: 10:30\nToby: Late.\nToby: And now?\nMira: 11:00\n"
        "Toby: Ok.\nMira: Hm.\n"
    )
    said, _ = read_lines(content)
    assert [name for name, _ in said] == ["Toby", "Mira", "Toby", "Toby", "Mira", "Toby", "Mira"]
    assert said[1] == ("Mira", "10:30")
