"""Exports of chat programs and assistants, data sets and transcripts in JSON."""

import json
from typing import Any

import pytest

from characters.errors import ScriptError
from characters.scripts.model import Line, Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]


def discord(minute: int, name: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "type": "Default",
        "timestamp": f"2021-01-04T{19 + minute // 60}:{minute % 60:02}:00+00:00",
        "content": text,
        "author": {"id": "1", "name": name.lower(), "nickname": name, "isBot": False},
        **more,
    }


def telegram(minute: int, name: str, text: Any, **more: Any) -> dict[str, Any]:
    date = f"2021-01-04T{19 + minute // 60}:{minute % 60:02}:00"
    return {"id": 1, "type": "message", "date": date, "from": name, "text": text, **more}


def slack(second: float, name: str, text: str, **more: Any) -> dict[str, Any]:
    profile = {"real_name": f"{name} X.", "display_name": name}
    message = {"type": "message", "user": "U1", "text": text, "ts": f"{1609786800 + second:.6f}"}
    return {**message, "user_profile": profile, **more}


def node(parent: str | None, role: str, text: str, **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    return {
        "parent": parent,
        "message": {"author": {"role": role}, "content": content, "create_time": 1.0, **more},
    }


CASES: dict[str, tuple[Any, list[Said]]] = {
    "discord": (
        {
            "guild": {"id": "1", "name": "The Den"},
            "channel": {"id": "2", "name": "general"},
            "messages": [
                discord(2, "Dana", "Anyone here?"),
                discord(3, "Kit", "Kit pinned a message.", type="ChannelPinnedMessage"),
                discord(3, "Ron", "Always.\nSure.", type="Reply"),
                discord(4, "Ron", ""),
                discord(90, "Dana", "Back."),
            ],
        },
        [[("Dana", "Anyone here?"), ("Ron", "Always. Sure.")], [("Dana", "Back.")]],
    ),
    "telegram": (
        {
            "name": "Dana",
            "type": "personal_chat",
            "id": 7,
            "messages": [
                {
                    "id": 1,
                    "type": "service",
                    "date": "2021-01-04T19:01:00",
                    "actor": "Dana",
                    "action": "phone_call",
                    "text": "",
                },
                telegram(2, "Dana", "Sure"),
                telegram(3, "Ron", ["See ", {"type": "link", "text": "example.org"}, "!"]),
                telegram(4, "Ron", "", photo="a.jpg"),
                telegram(70, "Дана", "Да"),
            ],
        },
        [[("Dana", "Sure"), ("Ron", "See example.org!")], [("Дана", "Да")]],
    ),
    "telegram, all chats": (
        {
            "about": "",
            "chats": {
                "about": "",
                "list": [
                    {
                        "name": "A",
                        "type": "private_group",
                        "id": 1,
                        "messages": [telegram(1, "Dana", "One")],
                    },
                    {
                        "name": "B",
                        "type": "private_group",
                        "id": 2,
                        "messages": [telegram(1, "Ron", "Two")],
                    },
                ],
            },
        },
        [[("Dana", "One")], [("Ron", "Two")]],
    ),
    "slack, a day of a channel": (
        [
            slack(0, "Dana", "Anyone <@U2|ron>?"),
            {
                "type": "message",
                "subtype": "channel_join",
                "user": "U3",
                "ts": "1609786801.0",
                "text": "<@U3> has joined the channel",
            },
            slack(60, "Ron", "Fish &amp; chips &lt;3"),
            slack(9_000, "Dana", "Back."),
        ],
        [[("Dana", "Anyone @ron?"), ("Ron", "Fish & chips <3")], [("Dana", "Back.")]],
    ),
    "facebook, newest first": (
        {
            "participants": [{"name": "Dana"}],
            "title": "Ron",
            "messages": [
                {"sender_name": "Ron", "timestamp_ms": 1609796900000, "content": "Later."},
                {"sender_name": "Ron", "timestamp_ms": 1609786900000, "content": "Ho"},
                {"sender_name": "Dana", "timestamp_ms": 1609786800000, "content": "Hi"},
            ],
        },
        [[("Dana", "Hi"), ("Ron", "Ho")], [("Ron", "Later.")]],
    ),
    "qq, by an exporter": (
        {
            "chatInfo": {"name": "x"},
            "messages": [
                {
                    "timestamp": 1609786800000,
                    "sender": {"name": "小丹"},
                    "content": {"text": "有人吗"},
                },
                {"timestamp": 1609786900000, "sender": {"name": "阿荣"}, "content": {"text": "在"}},
                {
                    "timestamp": 1609786910000,
                    "sender": {"name": "阿荣"},
                    "content": {"text": "[图片]"},
                },
            ],
        },
        [[("小丹", "有人吗"), ("阿荣", "在")]],
    ),
    "wechat, by an exporter": (
        {
            "session": {"nickname": "x"},
            "messages": [
                {"createTime": 1609786800, "content": "有人吗", "senderDisplayName": "小丹"},
                {"createTime": 1609786900, "content": "在", "senderDisplayName": "阿荣"},
            ],
        },
        [[("小丹", "有人吗"), ("阿荣", "在")]],
    ),
    "agnai": (
        {
            "name": "c",
            "messages": [
                {"handle": "Tru", "msg": "Late.", "characterId": "i"},
                {"handle": "You", "userId": "a", "msg": "Yes"},
            ],
        },
        [[("Tru", "Late."), ("You", "Yes")]],
    ),
    "sillytavern": (
        [
            {"user_name": "Ann", "character_name": "Mira", "chat_metadata": {}},
            {"name": "Mira", "is_user": False, "mes": "Late."},
            {"name": "Ann", "is_user": True, "mes": "Yes"},
            {"name": "Note", "is_user": False, "is_system": True, "mes": "Hidden."},
        ],
        [[("Mira", "Late."), ("Ann", "Yes")]],
    ),
    "claude, conversations one level down": (
        {
            "conversations": [
                {
                    "uuid": "1",
                    "name": "n",
                    "chat_messages": [
                        {"text": "Hi", "sender": "human"},
                        {"text": "Ho", "sender": "assistant"},
                    ],
                }
            ]
        },
        [[("user", "Hi"), ("assistant", "Ho")]],
    ),
    "a data set's viewer": (
        {
            "features": [],
            "rows": [
                {
                    "row_idx": 0,
                    "row": {
                        "conversations": [
                            {"from": "human", "value": "Hi"},
                            {"from": "Mira", "value": "Ho"},
                        ]
                    },
                }
            ],
        },
        [[("user", "Hi"), ("Mira", "Ho")]],
    ),
    "chatgpt": (
        [
            {
                "title": "Lamp",
                "create_time": 1.0,
                "current_node": "d",
                "mapping": {
                    "root": {"id": "root", "message": None, "parent": None, "children": ["a"]},
                    "a": node("root", "system", ""),
                    "b": node("a", "user", "Is it lit?"),
                    "x": node("b", "assistant", "A branch that was left."),
                    "c": node("b", "assistant", "It is."),
                    "d": node("c", "user", "Good."),
                },
            }
        ],
        [[("user", "Is it lit?"), ("assistant", "It is."), ("user", "Good.")]],
    ),
    "claude": (
        [
            {
                "uuid": "1",
                "name": "Lamp",
                "created_at": "2024-01-01T00:00:00Z",
                "chat_messages": [
                    {"uuid": "2", "text": "Is it lit?", "sender": "human"},
                    {
                        "uuid": "3",
                        "text": "",
                        "content": [{"type": "text", "text": "It is."}],
                        "sender": "assistant",
                    },
                ],
            }
        ],
        [[("user", "Is it lit?"), ("assistant", "It is.")]],
    ),
    "rolebench": (
        [
            {"role": "Mira", "question": "Lit?", "generated": ["Aye.", "Perhaps."], "type": "x"},
            {"role": "三三", "question": "灯亮着吗？", "generated": ["亮着。"], "type": "x"},
        ],
        [[("user", "Lit?"), ("Mira", "Aye.")], [("用户", "灯亮着吗？"), ("三三", "亮着。")]],
    ),
    "pippa": (
        {
            "bot_id": "x",
            "bot_name": "Mira",
            "bot_description": "A keeper",
            "conversation": [
                {"message": "Hello.", "is_human": False},
                {"message": "Lit?", "is_human": True},
            ],
        },
        [[("Mira", "Hello."), ("user", "Lit?")]],
    ),
    "coser, a book": (
        {
            "book": "The Quay",
            "plots": [
                {
                    "text": "…",
                    "conversation": [
                        {
                            "scenario": "Night on the quay.",
                            "topic": "The lamp",
                            "key_characters": [],
                            "dialogues": [
                                {"character": "Mira", "message": "[He is late.] (turns) You came."},
                                {"character": "Environment", "message": "A bell rings."},
                                {"character": "Toby", "message": "I did. [Hold on.] Sorry."},
                            ],
                        }
                    ],
                }
            ],
        },
        [[("Mira", "(turns) You came."), ("Toby", "I did. Sorry.")]],
    ),
    "hpd": (
        {
            "Session-1": {
                "position": "Book1-chapter1",
                "speakers": ["Mira"],
                "scene": ["Night."],
                "dialogue": ["Mira: Lit?", "托比：亮着。"],
                "attributes": {},
            }
        },
        [[("Mira", "Lit?"), ("托比", "亮着。")]],
    ),
    "alpaca": (
        [
            {"instruction": "Say hello.", "input": "", "output": "Hello."},
            {
                "instruction": "Translate.",
                "input": "灯",
                "output": "Lamp.",
                "history": [["Before?", "After."]],
                "system": "Be brief.",
            },
        ],
        [
            [("user", "Say hello."), ("assistant", "Hello.")],
            [
                ("user", "Before?"),
                ("assistant", "After."),
                ("user", "Translate. 灯"),
                ("assistant", "Lamp."),
            ],
        ],
    ),
    "prompt and response": (
        [
            {"prompt": "Lit?", "response": "Aye."},
            {"prompt": "Who?", "chosen": "I.", "rejected": "No."},
        ],
        [[("user", "Lit?"), ("assistant", "Aye.")], [("user", "Who?"), ("assistant", "I.")]],
    ),
    "whisperx": (
        {
            "segments": [
                {"start": 0.0, "end": 1.0, "text": " Late.", "speaker": "SPEAKER_00", "words": []},
                {
                    "start": 1.0,
                    "end": 2.0,
                    "text": " The ice.",
                    "speaker": "SPEAKER_01",
                    "words": [],
                },
            ],
            "word_segments": [{"word": "Late.", "start": 0.0, "end": 1.0, "speaker": "SPEAKER_00"}],
        },
        [[("SPEAKER_00", "Late."), ("SPEAKER_01", "The ice.")]],
    ),
    "assemblyai": (
        {
            "id": "1",
            "status": "completed",
            "text": "Late. The ice.",
            "words": [{"text": "Late.", "speaker": "A"}],
            "utterances": [
                {"speaker": "A", "text": "Late.", "start": 0, "end": 1, "words": []},
                {"speaker": "B", "text": "The ice.", "start": 1, "end": 2, "words": []},
            ],
        },
        [[("A", "Late."), ("B", "The ice.")]],
    ),
    "deepgram": (
        {
            "metadata": {},
            "results": {
                "utterances": [
                    {"speaker": 0, "transcript": "Late."},
                    {"speaker": 1, "transcript": "The ice."},
                ]
            },
        },
        [[("Speaker 0", "Late."), ("Speaker 1", "The ice.")]],
    ),
    "scenes one level down": (
        {"title": "Quay", "scenes": [{"character": "Mira", "text": "Late."}]},
        [[("Mira", "Late.")]],
    ),
    "scenes with lines": (
        {
            "title": "Quay",
            "acts": [
                {
                    "scenes": [
                        {"heading": "Night", "lines": [{"speaker": "Mira", "line": "Late."}]},
                        {"heading": "Day", "lines": [{"speaker": "米拉", "line": "早。"}]},
                    ]
                }
            ],
        },
        [[("Mira", "Late.")], [("米拉", "早。")]],
    ),
}


def layouts(value: Any) -> list[str]:
    """The same value on one row, on many, and a record a row."""
    texts = [
        json.dumps(value, ensure_ascii=indent > 1, indent=indent or None) for indent in (0, 1, 2)
    ]
    if isinstance(value, list) and "ts" not in value[0]:
        texts.append("\n".join(json.dumps(each, ensure_ascii=False) for each in value))
    return texts


def read(content: str | bytes, filename: str = "a.json") -> tuple[list[Scene], ParseReport, str]:
    reading = open_script(content, filename)
    report = ParseReport()
    scenes = [item for item in report.observe(reading) if isinstance(item, Scene)]
    return scenes, report, reading.format


def said(scenes: list[Scene]) -> list[Said]:
    return [[(line.speaker, line.text) for line in scene.lines] for scene in scenes]


@pytest.mark.parametrize("name", CASES)
def test_a_file_reads_as_its_conversations(name: str) -> None:
    value, expected = CASES[name]
    for content in layouts(value):
        scenes, report, format = read(content)
        assert said(scenes) == expected
        assert format == "json"
        assert report.rows.total == sum(bool(row.strip()) for row in content.split("\n"))


def test_thoughts_are_apart_and_the_environment_is_narration() -> None:
    ((scene,), _, _) = read(json.dumps(CASES["coser, a book"][0]))
    first, second = scene.lines
    assert isinstance(first, Line)
    assert (first.direction, second.direction) == ("turns", "Hold on.")
    assert [(each.at, each.text) for each in scene.directions] == [
        (0, "Night on the quay."),
        (1, "A bell rings."),
    ]
    assert (scene.heading, scene.episode) == ("The lamp", "The Quay")


def test_a_description_beside_a_chat_is_the_profile() -> None:
    _, report, _ = read(json.dumps(CASES["pippa"][0]))
    assert report.profiles == {"Mira": "A keeper"}


def test_the_place_of_a_session_is_its_heading_and_its_scene_a_direction() -> None:
    ((scene,), _, _) = read(json.dumps(CASES["hpd"][0], ensure_ascii=False))
    assert scene.heading == "Book1-chapter1"
    assert [(each.at, each.text) for each in scene.directions] == [(0, "Night.")]


def test_further_answers_are_reported() -> None:
    _, report, _ = read(json.dumps(CASES["rolebench"][0]))
    assert [item.text for item in report.rejections] == ["generated (all but the first)"]
    assert report.rows.rejected == 0


@pytest.mark.parametrize(
    "content",
    [
        '{"a": {"b": [1, 2, 3]}}',
        '{"name": "x", "version": "1", "scripts": {"test": "jest: run"}}',
        '{"internal": [["Hi", "Late."]], "visible": [["Hi", "Late."]]}',
        '{"columns": ["a"], "rows": [{"row_idx": 0, "row": {"n": 1}}]}',
        '[{"id": 1, "value": "x: y"}]',
        '{"segments": [{"start": 0, "text": "Nobody is named."}]}',
    ],
)
def test_json_without_dialogue_is_refused_as_json(content: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read(content)
    assert refused.value.code in {"no_columns", "no_dialogue"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("02-rolebench.jsonl", [{"user": 1, "Mira": 1}] * 2),
        ("02c-scenes.json", [{"Mira": 1}]),
        ("19b-pippa.jsonl", [{"Mira": 2, "user": 1}, {"Toby": 1, "user": 1}]),
        ("19c-hpd.json", [{"Toby": 2, "Mira": 1}, {"Toby": 1, "Mira": 1}]),
        ("19d-discord.json", [{"Dana": 2, "Ron": 1}]),
    ],
)
def test_a_collected_case(name: str, expected: list[dict[str, int]]) -> None:
    scenes, _, _ = read(shared_case(name), name)
    found = [[line.speaker for line in scene.lines] for scene in scenes]
    assert [{name: speakers.count(name) for name in speakers} for speakers in found] == expected
