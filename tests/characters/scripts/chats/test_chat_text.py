"""Exports of chat programs as text, one at least for each program and locale."""

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.chats.detection import find_dialect
from characters.scripts.model import Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]

CASES: dict[str, tuple[str, list[Said], int, int]] = {
    # name: (file, scenes, narration rows, rejected rows)
    "whatsapp android, 24 hours": (
        "05/10/2020, 00:13 - Messages and calls are end-to-end encrypted. Tap to learn more.\n"
        "05/10/2020, 00:14 - Dana: Sure\n"
        "05/10/2020, 00:15 - Ron: Great\nand good night: really\n"
        "05/10/2020, 00:16 - Ron: <Media omitted>\n"
        "05/10/2020, 00:17 - Dana added Kit\n"
        "05/10/2020, 09:40 - Dana: Morning\n",
        [[("Dana", "Sure"), ("Ron", "Great and good night: really")], [("Dana", "Morning")]],
        3,
        0,
    ),
    "whatsapp android, past midnight, German": (
        "31.12.20, 23:58 - Jörg Müller: Gleich!\n"
        "01.01.21, 00:02 - Änne: Prost 2021\n"
        "01.01.21, 00:03 - Änne: <Medien ausgeschlossen>\n"
        "02.01.21, 00:10 - Jörg Müller: Wach?\n",
        [[("Jörg Müller", "Gleich!"), ("Änne", "Prost 2021")], [("Jörg Müller", "Wach?")]],
        1,
        0,
    ),
    "whatsapp android, 12 hours": (
        "1/4/21, 7:02 PM - Dana: One: two\n1/4/21, 7:03 PM - +1 (555) 010-0199: Who is this?\n"
        "1/4/21, 7:04 PM - Dana: IMG-20210104-WA0001.jpg (file attached)\n"
        "1/4/21, 7:05 PM - Dana: You deleted this message\n",
        [[("Dana", "One: two"), ("+1 (555) 010-0199", "Who is this?")]],
        2,
        0,
    ),
    "whatsapp ios, marks of direction": (
        "\u200e[14/10/2021, 3:34:09\u202fPM] Crew: \u200eMessages and calls are encrypted.\n"
        "[14/10/2021, 3:35:09\u202fPM] Dana: Which one?\n"
        "[14/10/2021, 3:36:00\u202fPM] ~\u202fRon: The red one. \u200e<This message was edited>\n"
        "\u200e[14/10/2021, 3:36:30\u202fPM] Ron: \u200eimage omitted\n"
        "[14/10/2021, 5:37:00\u202fPM] \u202aDana\u202c: Ok.\n",
        [[("Dana", "Which one?"), ("Ron", "The red one.")], [("Dana", "Ok.")]],
        2,
        0,
    ),
    "whatsapp ios, Chinese": (
        "[2021/1/4 下午7:02:11] 小丹: 有人吗？\n[2021/1/4 下午7:03:00] 阿荣: 在。\n"
        "[2021/1/4 下午7:03:20] 阿荣: [图片]\n[2021/1/5 上午9:00:00] 小丹: 早\n",
        [[("小丹", "有人吗？"), ("阿荣", "在。")], [("小丹", "早")]],
        1,
        0,
    ),
    "whatsapp, Spanish": (
        "5/10/20 7:14 p. m. - José: ¿Vienes?\n5/10/20 7:15 p. m. - Íñigo: Voy\n"
        "5/10/20 7:16 p. m. - Íñigo: <Multimedia omitido>\n",
        [[("José", "¿Vienes?"), ("Íñigo", "Voy")]],
        1,
        0,
    ),
    "whatsapp, Arabic digits": (
        "\u200f٥\u200f/١٠\u200f/٢٠٢٠، ١٢:١٤ م - أحمد: مرحبا\n"
        "\u200f٥\u200f/١٠\u200f/٢٠٢٠، ١٢:١٥ م - ليلى: أهلا\n",
        [[("أحمد", "مرحبا"), ("ليلى", "أهلا")]],
        0,
        0,
    ),
    "whatsapp, Hebrew": (
        "5.10.2020, 12:14 - \u202bדנה\u202c: שלום\n5.10.2020, 12:15 - רון: היי\n",
        [[("דנה", "שלום"), ("רון", "היי")]],
        0,
        0,
    ),
    "whatsapp, a date with dots and a space": (
        "2020. 10. 5. 12:14 - 하나: 안녕\n2020. 10. 5. 12:15 - 두리: 응\n",
        [[("하나", "안녕"), ("두리", "응")]],
        0,
        0,
    ),
    "signal": (
        "[2020-10-05 00:14] Dana: Sure\n[2020-10-05 00:15] Ron: Great\n",
        [[("Dana", "Sure"), ("Ron", "Great")]],
        0,
        0,
    ),
    "discord exporter": (
        "==============================================================\n"
        "Guild: The Den\nChannel: general / side\nTopic: a: b\n"
        "==============================================================\n\n"
        "[04-Jan-21 07:02 PM] dana\nAnyone here?\n\n"
        "[04-Jan-21 07:03 PM] ron#1234\nAlways.\nWhat is up?\n\n"
        "{Attachments}\nhttps://example.org/a.png\n\n"
        "[04-Jan-21 09:05 PM] dana (pinned)\nNothing: much.\n\n"
        "==============================================================\n"
        "Exported 3 message(s)\n"
        "==============================================================\n",
        [[("dana", "Anyone here?"), ("ron", "Always. What is up?")], [("dana", "Nothing: much.")]],
        10,
        0,
    ),
    "discord exporter, newer dates": (
        "[1/4/2021 7:02 PM] dana\nAnyone here?\n\n[1/4/2021 7:03 PM] Ron B.\nAlways.\n",
        [[("dana", "Anyone here?"), ("Ron B.", "Always.")]],
        0,
        0,
    ),
    "discord, copied": (
        "dana — Today at 7:02 PM\nAnyone here?\nron — Today at 7:03 PM\nAlways.\n"
        "dana — Today at 7:04 PM\nGood.\n",
        [[("dana", "Anyone here?"), ("ron", "Always."), ("dana", "Good.")]],
        0,
        0,
    ),
    "discord, copied in two rows": (
        "dana\n — 01/04/2021 7:02 PM\nAnyone here?\nReally.\nron\n — 01/04/2021 7:03 PM\nAlways.\n",
        [[("dana", "Anyone here? Really."), ("ron", "Always.")]],
        0,
        0,
    ),
    "slack, copied in two rows": (
        "Dana Bell\n7:02 PM\nAnyone here?\n\nRon\n7:03 PM\nAlways.\n",
        [[("Dana Bell", "Anyone here?"), ("Ron", "Always.")]],
        0,
        0,
    ),
    "slack and teams, names behind": (
        "[7:02 PM] Dana: Anyone?\n[7:03 PM] Ron: Yes\nand no\n",
        [[("Dana", "Anyone?"), ("Ron", "Yes and no")]],
        0,
        0,
    ),
    "teams, copied": (
        "[1/4 7:02 PM] Dana Bell\nhi: there\n\n[1/4 7:03 PM] Ron\nho\n",
        [[("Dana Bell", "hi: there"), ("Ron", "ho")]],
        0,
        0,
    ),
    "matrix": (
        "04/01/2021, 19:02 - @mira:example.org: hi\n04/01/2021, 19:03 - @toby:example.org: ho\n",
        [[("@mira:example.org", "hi"), ("@toby:example.org", "ho")]],
        0,
        0,
    ),
    "a wide colon without a space": (
        "2021-01-04 19:02:00 小丹：有人吗\n2021-01-04 19:03:00 阿荣:在：这里\n",
        [[("小丹", "有人吗"), ("阿荣", "在：这里")]],
        0,
        0,
    ),
    "line, rows in quotes": (
        '2021/01/04（月）\n19:02\t花子\t"一行\n二行"\n19:03\t太郎\t"はい"\n',
        [[("花子", "一行二行"), ("太郎", '"はい"')]],
        1,
        0,
    ),
    "whatsapp, a title with a colon": (
        '12/1/20, 10:00 AM - Dana changed the subject from "A: b" to "Trip: Rome"\n'
        "12/1/20, 10:01 AM - Dr. B. O’Neil, Jr.: Note: buy\n- milk: 2\n"
        "12/1/20, 10:03 AM - Ron (Work): https://example.org/a: b\n",
        [
            [
                ("Dr. B. O’Neil, Jr.", "Note: buy - milk: 2"),
                ("Ron (Work)", "https://example.org/a: b"),
            ]
        ],
        1,
        0,
    ),
    "trint": (
        "Dana Bell [00:00:04] Where is it?\n\nRon Ott [00:00:09] There.\n",
        [[("Dana Bell", "Where is it?"), ("Ron Ott", "There.")]],
        0,
        0,
    ),
    "telegram, copied": (
        "Dana, [5 Oct 2020 at 00:14:10]:\nSure: yes\n\n"
        "Ron, [5 Oct 2020 at 00:15:10]:\nGreat\nthen\n",
        [[("Dana", "Sure: yes"), ("Ron", "Great then")]],
        0,
        0,
    ),
    "telegram, copied in Russian": (
        "Анна, [05.10.2020 00:14]\nДа\n\nБорис, [05.10.2020 00:15]\nНет\n",
        [[("Анна", "Да"), ("Борис", "Нет")]],
        0,
        0,
    ),
    "wechat": (
        "2021-01-04 19:02:00 小丹\n有人吗？\n\n2021-01-04 19:03:00 阿荣\n一直都在。\n怎么了？\n\n"
        "2021-01-04 19:04:00 阿荣\n[图片]\n\n2021-01-04 21:05:00 小丹\n没什么。\n",
        [[("小丹", "有人吗？"), ("阿荣", "一直都在。怎么了？")], [("小丹", "没什么。")]],
        2,
        0,
    ),
    "wechat, name first": (
        "小丹 2021/1/4 19:02:00\n有人吗？\n阿荣 2021/1/4 19:03:00\n在：怎么了\n",
        [[("小丹", "有人吗？"), ("阿荣", "在：怎么了")]],
        0,
        0,
    ),
    "wechat, by mail": (
        "—————  2021-01-04  —————\n\n\n小丹  19:02\n\n有人吗？\n\n阿荣  19:03\n\n在。\n\n"
        "—————  2021-01-05  —————\n\n\n小丹  08:00\n\n早\n",
        [[("小丹", "有人吗？"), ("阿荣", "在。")], [("小丹", "早")]],
        2,
        0,
    ),
    "qq": (
        "消息记录（此消息记录为文本格式，不支持重复导入）\n\n"
        "================================================================\n"
        "消息分组:我的群聊\n"
        "================================================================\n"
        "消息对象:灯塔群\n"
        "================================================================\n\n"
        "2021-01-04 19:02:00 小丹(12345678)\n有人吗？\n\n"
        "2021-01-04 19:03:00 【管理员】阿荣<arong@example.org>\n在。\n\n"
        "2021-01-04 19:04:00 小丹(12345678)\n[表情]\n",
        [[("小丹", "有人吗？"), ("阿荣", "在。")]],
        8,
        0,
    ),
    "line": (
        "[LINE] Chat history with Dana\nSaved on: 2021/01/04 22:00\n\n"
        "Mon, 01/04/2021\n19:02\tDana\tHello\n19:03\tRon\tHi: you\nthere\n19:04\tRon\t[Photo]\n"
        "19:05\tDana unsent a message.\n\nTue, 01/05/2021\n19:06\tDana\tBack\n",
        [[("Dana", "Hello"), ("Ron", "Hi: you there")], [("Dana", "Back")]],
        6,
        0,
    ),
    "line, Japanese": (
        "[LINE] 花子とのトーク履歴\n保存日時：2021/01/04 22:00\n\n2021/01/04(月)\n"
        "午後7:02\t花子\t遅かったね\n午後7:03\t太郎\t馬は？\n午後7:03\t太郎\t[スタンプ]\n",
        [[("花子", "遅かったね"), ("太郎", "馬は？")]],
        4,
        0,
    ),
    "line on a computer": (
        "2021.01.04 星期一\n19:02 小丹 有人嗎\n19:03 阿榮 在 這裡\n",
        [[("小丹", "有人嗎"), ("阿榮", "在 這裡")]],
        1,
        0,
    ),
    "kakaotalk": (
        "--------------- 2021년 1월 4일 월요일 ---------------\n"
        "[하나] [오후 7:02] 안녕\n[두리] [오후 7:03] 응\n그래\n[두리] [오후 9:03] 자?\n",
        [[("하나", "안녕"), ("두리", "응 그래")], [("두리", "자?")]],
        1,
        0,
    ),
    "kakaotalk on a phone": (
        "2021년 1월 4일 오후 7:02, 하나 : 안녕\n2021년 1월 4일 오후 7:03, 두리 : 응\n",
        [[("하나", "안녕"), ("두리", "응")]],
        0,
        0,
    ),
    "irc": (
        "--- Log opened Mon Jan 04 19:00:00 2021\n"
        "19:01 -!- Mira [~m@example.org] has joined #quay\n"
        "19:02 <@Mira> You are late.\n19:03 < Toby> The ice held me: truly.\n19:04 * Toby shrugs\n"
        "19:05 <Mira> And the horse?\n23:05 <Toby> Dead.\n",
        [
            [
                ("Mira", "You are late."),
                ("Toby", "The ice held me: truly."),
                ("Mira", "And the horse?"),
            ],
            [("Toby", "Dead.")],
        ],
        3,
        0,
    ),
    "irc with dates": (
        "[2021-01-04 19:02:00] <Mira> You are late.\n[2021-01-04 19:03:00] *** Quits: Kit\n"
        "[2021-01-04 19:03:10] <Toby> Ice.\n",
        [[("Mira", "You are late."), ("Toby", "Ice.")]],
        1,
        0,
    ),
    "irc without times": (
        "<Mira> You are late.\n<Toby> The ice held me.\n* Kit waves\n<Mira> And the horse?\n",
        [[("Mira", "You are late."), ("Toby", "The ice held me."), ("Mira", "And the horse?")]],
        1,
        0,
    ),
    "irc, names with brackets": (
        "[19:02] <[Mira]^> hi\n[19:03] <Toby|away> ho\nSession Time: Mon Jan 04 00:00:00 2021\n",
        [[("[Mira]^", "hi"), ("Toby|away", "ho")]],
        1,
        0,
    ),
    "a single message": (
        "[05.10.20, 00:14:11] Jörg: Ja\n",
        [[("Jörg", "Ja")]],
        0,
        0,
    ),
    "a transcript in which each speaks once": (
        "Dana 0:04\nWhere is it?\nRon 0:09\nThere.\nKit 0:12\nHm.\n",
        [[("Dana", "Where is it?"), ("Ron", "There."), ("Kit", "Hm.")]],
        0,
        0,
    ),
    "what a program says": (
        "2021-01-04 19:02:00 系统消息(10000)\n小丹加入本群。\n\n"
        "2021-01-04 19:03:00 小丹(12345678)\n大家好\n\n"
        "2021-01-04 19:03:20 小丹(12345678)\n[文件] a.pdf\n\n"
        "2021-01-04 19:03:30 阿荣(22345678)\n@小丹 好\n",
        [[("小丹", "大家好"), ("阿荣", "@小丹 好")]],
        4,
        0,
    ),
    "weechat": (
        "2021-01-04 19:01:00\t-->\tMira (~m@example.org) has joined #quay\n"
        "2021-01-04 19:02:00\t@Mira\tYou are late.\n2021-01-04 19:03:00\tToby\tThe ice held me.\n",
        [[("Mira", "You are late."), ("Toby", "The ice held me.")]],
        1,
        0,
    ),
    "hexchat": (
        "**** BEGIN LOGGING AT Mon Jan  4 19:00:00 2021\n\n"
        "Jan 04 19:01:00 *\tNow talking on #quay\n"
        "Jan 04 19:02:00 <Mira>\tYou are late.\nJan 04 19:03:00 <Toby>\tIce.\n",
        [[("Mira", "You are late."), ("Toby", "Ice.")]],
        2,
        0,
    ),
    "slack, copied": (
        "Dana  7:02 PM\nAnyone here?\nRon  7:03 PM\nAlways.\nDana  7:05 PM\nGood.\n",
        [[("Dana", "Anyone here?"), ("Ron", "Always."), ("Dana", "Good.")]],
        0,
        0,
    ),
    "otter": (
        "Dana Bell  0:04\nSo where is it?\n\nRon Ott  0:09\nOn the quay.\nStill.\n\n"
        "Dana Bell  1:02:40\nGood.\n",
        [
            [
                ("Dana Bell", "So where is it?"),
                ("Ron Ott", "On the quay. Still."),
                ("Dana Bell", "Good."),
            ]
        ],
        0,
        0,
    ),
    "rev": (
        "Speaker 1 (00:04):\nSo where is it?\n\nSpeaker 2 (00:09):\nOn the quay.\n",
        [[("Speaker 1", "So where is it?"), ("Speaker 2", "On the quay.")]],
        0,
        0,
    ),
    "whisper": (
        "[0.000 --> 4.000] SPEAKER_00: Where is it?\n[4.000 --> 6.000] SPEAKER_01: There.\n",
        [[("SPEAKER_00", "Where is it?"), ("SPEAKER_01", "There.")]],
        0,
        0,
    ),
    "the time between name and colon": (
        "小丹（00:04）：有人吗？\n阿荣（00:09）：在。\n",
        [[("小丹", "有人吗？"), ("阿荣", "在。")]],
        0,
        0,
    ),
    "zoom's chat": (
        "19:02:03 From Dana Bell to Everyone:\n\tWhere is it?\n19:03:03 From  Ron : On the quay.\n",
        [[("Dana Bell", "Where is it?"), ("Ron", "On the quay.")]],
        0,
        0,
    ),
    "names in bold": (
        "**Dana** [0:04]\nWhere is it?\n**Ron** [0:09]\nThere.\n",
        [[("Dana", "Where is it?"), ("Ron", "There.")]],
        0,
        0,
    ),
    "the time before the name": (
        "[00:00:04] Dana:\nSo where is it?\n\n[00:00:09] Ron:\nOn the quay.\n",
        [[("Dana", "So where is it?"), ("Ron", "On the quay.")]],
        0,
        0,
    ),
    "a transcript with a title": (
        "Council meeting\nJanuary 4, 2021\n\n米拉 00:04\n你迟到了。\n\n"
        "托比 00:09\n冰。\n\n米拉 00:15\n马呢？\n",
        [[("米拉", "你迟到了。"), ("托比", "冰。"), ("米拉", "马呢？")]],
        2,
        0,
    ),
}


def read(content: str | bytes, filename: str = "a.txt") -> tuple[list[Said], ParseReport, str]:
    reading = open_script(content, filename)
    report = ParseReport()
    scenes = [item for item in report.observe(reading) if isinstance(item, Scene)]
    return (
        [[(line.speaker, line.text) for line in scene.lines] for scene in scenes],
        report,
        reading.format,
    )


@pytest.mark.parametrize("name", CASES)
def test_an_export_reads_as_its_conversations(name: str) -> None:
    content, scenes, narration, rejected = CASES[name]
    said, report, format = read(content)
    assert said == scenes
    assert (report.rows.narration, report.rows.rejected) == (narration, rejected)
    assert report.rows.total == sum(bool(row.strip()) for row in content.split("\n"))
    assert format == "text"


@pytest.mark.parametrize("name", CASES)
def test_windows_row_ends_change_nothing(name: str) -> None:
    content, scenes, _, _ = CASES[name]
    said, _, _ = read(content.replace("\n", "\r\n"))
    assert said == scenes


@pytest.mark.parametrize(
    "content",
    [
        "Anna: We meet at 12:30.\nBen: No, at 12:45.\nAnna: Fine.\n",
        "[12:30] Anna: Hello\n[12:31] Ben: Hi\n",
        "ANNA\nAt 12:30 then.\n\nBEN\nFine.\n",
        "Bus 12:30\nBus 12:45\nTram 12:50\n",
        "2021-01-04 19:02:00 INFO Server: started\n2021-01-04 19:02:01 ERROR Server: failed\n",
        "2021-01-04 19:02:00,100 - app.main - INFO - ready: yes\n"
        "2021-01-04 19:02:01,100 - app.main - WARNING - slow: yes\n",
        "Chapter 1\n\nIt was 1/4/2021, 7:02 PM - the hour: late.\n",
    ],
)
def test_other_texts_are_no_chats(content: str) -> None:
    assert find_dialect(content.split("\n")) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01-whatsapp-24h.txt", {"Dana": 2, "Ron": 1}),
        ("01c-whatsapp-ios.txt", {"Dana": 2, "Ron": 1}),
        ("20-discord.txt", {"dana": 2, "ron": 1}),
        ("20b-wechat.txt", {"小丹": 2, "阿荣": 1}),
        ("20e-irc.txt", {"Mira": 2, "Toby": 1}),
    ],
)
def test_a_collected_case(name: str, expected: dict[str, int]) -> None:
    _, report, format = read(shared_case(name), name)
    assert {speaker.name: speaker.lines for speaker in report.speakers} == expected
    assert format == "text"


FRAGMENTS = [
    "\n",
    "\r\n",
    " ",
    "\u200e",
    "[14/10/2021, 3:35:09 PM] Dana: ",
    "[14/10/2021, 3:35:09 PM] ",
    "05/10/2020, 00:14 - Ron: ",
    "2021-01-04 19:02:00 小丹\n",
    "19:02 <Mira> ",
    "<Media omitted>",
    "{Attachments}\n",
    "====\n",
    "Guild: The Den\n",
    "Dana  0:04\n",
    "hello",
    "好",
    "\0",
    ":",
    "(aside)",
]


@pytest.mark.parametrize(
    "name", ["whatsapp, Spanish", "wechat", "irc", "discord exporter", "otter"]
)
@given(text=st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_every_row_of_anything_is_accounted_for(name: str, text: str) -> None:
    content = CASES[name][0] + text
    report = ParseReport()
    with suppress(ScriptError):  # what follows may outweigh the chat, and be no dialogue
        for item in open_script(content, "a.txt"):
            report.add(item)
    rows = re.split(r"\r\n|\r|\n", content)
    assert report.rows.total == sum(bool(row.strip()) for row in rows)


def test_reading_is_linear() -> None:
    """A row that is nearly a stamp, however long, costs no more than its length."""
    for row in ("1/" * 5_000, "[" + "1 " * 5_000, "12:30 " * 2_000, "a " * 5_000 + "12:30"):
        content = "05/10/2020, 00:14 - Dana: Hi\n" * 10 + f"{row}\n" * 20
        started = time.perf_counter()
        read(content)
        assert time.perf_counter() - started < 5
