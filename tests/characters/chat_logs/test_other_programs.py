"""Conversations as other front ends save them."""

import json
from io import BytesIO
from typing import Any

import pytest

from characters.cards.model import CardLimits
from characters.chat_logs.reader import ChatLogLimits, read_chat_log
from characters.errors import ChatLogError
from characters.inspection import inspect_file
from tests.shared_cases import shared_case


def turn(time: str, name: str, *texts: str, human: bool = False, chosen: int = 0) -> dict[str, Any]:
    candidates = [{"candidate_id": str(n), "raw_content": text} for n, text in enumerate(texts)]
    return {
        "author": {"name": name, **({"is_human": True} if human else {})},
        "candidates": candidates,
        "primary_candidate_id": str(chosen),
        "create_time": time,
    }


CASES: dict[str, tuple[Any, str, list[tuple[bool, str]]]] = {
    # name: (document, the character's name, messages: whether the user's, and text)
    "agnai": (
        {
            "name": "c",
            "greeting": "g",
            "messages": [
                {
                    "handle": "Mira",
                    "msg": "Late.",
                    "characterId": "i",
                    "createdAt": "2024-01-01T10:00:00Z",
                },
                {"handle": "Ann", "userId": "u", "msg": "Yes"},
            ],
        },
        "Mira",
        [(False, "Late."), (True, "Yes")],
    ),
    "agnai, as a guest": (
        {
            "name": "c",
            "messages": [
                {"handle": "三三", "msg": "灯亮着。", "characterId": "i"},
                {"handle": "You", "userId": "anon", "msg": "好"},
                {"handle": "三三", "msg": "", "characterId": "i"},
            ],
        },
        "三三",
        [(False, "灯亮着。"), (True, "好")],
    ),
    "text-generation-webui": (
        {
            "internal": [["<|BEGIN-VISIBLE-CHAT|>", "Hello."], ["Hi &amp; ho", "Late."]],
            "visible": [["", "Hello."], ["Hi &amp;amp; ho", "Late."]],
        },
        "",
        [(False, "Hello."), (True, "Hi & ho"), (False, "Late.")],
    ),
    "text-generation-webui, older": (
        {"data": [["Hi", "Late."]], "data_visible": [["Hi", "Late."]]},
        "",
        [(True, "Hi"), (False, "Late.")],
    ),
    "kobold, chat": (
        {
            "gamestarted": True,
            "prompt": "\nAnn: Hi",
            "memory": "m",
            "actions": ["\nMira:", " Late.\nTwo rows.", "\nAnn: Yes: no\n"],
            "savedsettings": {"chatname": "Ann", "chatopponent": "Mira||$||Toby", "opmode": 3},
        },
        "Mira",
        [(True, "Hi"), (False, "Late.\nTwo rows."), (True, "Yes: no")],
    ),
    "kobold, instructions": (
        {
            "gamestarted": True,
            "prompt": "{{[INPUT]}}Hi{{[OUTPUT]}}",
            "actions": ["Late."],
            "savedsettings": {"opmode": 4},
        },
        "",
        [(True, "Hi"), (False, "Late.")],
    ),
    "risu": (
        {
            "type": "risuChat",
            "ver": 1,
            "data": {
                "name": "Chat 1",
                "note": "",
                "message": [
                    {"role": "char", "data": "Late.", "time": 1700000000000},
                    {"role": "user", "data": "Yes"},
                ],
            },
        },
        "",
        [(False, "Late."), (True, "Yes")],
    ),
    "character.ai, older": (
        {
            "info": {"character": "Mira"},
            "histories": {
                "histories": [
                    {
                        "external_id": "1",
                        "msgs": [{"text": "Short.", "src": {"is_human": False, "name": "Mira"}}],
                    },
                    {
                        "external_id": "2",
                        "msgs": [
                            {
                                "text": "Late.",
                                "src": {"is_human": False, "name": "Mira"},
                                "created": "2023-01-01T00:00:00Z",
                            },
                            {"text": "Yes", "src": {"is_human": True, "name": "Ann"}},
                            {
                                "text": "Other",
                                "src": {"is_human": False, "name": "Mira"},
                                "is_alternative": True,
                            },
                        ],
                    },
                ]
            },
        },
        "Mira",
        [(False, "Late."), (True, "Yes")],
    ),
    "character.ai, newer": (
        {
            "chats": [
                {
                    "chat_id": "1",
                    "turns": [
                        turn("2024-01-01T00:00:02Z", "Ann", "Yes", human=True),
                        turn("2024-01-01T00:00:01Z", "Mira", "Early.", "Late.", chosen=1),
                    ],
                }
            ]
        },
        "Mira",
        [(False, "Late."), (True, "Yes")],
    ),
    "backyard": (
        {
            "version": 1,
            "chat": {
                "ChatItems": [
                    {"input": "Hi", "output": "Late.", "timestamp": 1700000000000},
                    {"input": "Yes", "output": ""},
                ]
            },
        },
        "",
        [(True, "Hi"), (False, "Late."), (True, "Yes")],
    ),
    "openai": (
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be."},
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Late."},
            ],
        },
        "",
        [(True, "Hi"), (False, "Late.")],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_reads_as_its_conversation(name: str, indent: int | None) -> None:
    document, character, expected = CASES[name]
    content = json.dumps(document, indent=indent).encode()
    log = read_chat_log(content)
    assert [(message.is_user, message.text) for message in log.messages] == expected
    assert log.character_name == character
    kind = inspect_file(BytesIO(content), "a.json", CardLimits(), ChatLogLimits()).kind
    assert kind == ("script" if name == "openai" else "chat")


def test_alternatives_times_and_what_is_left_out_are_kept_or_reported() -> None:
    newer = read_chat_log(json.dumps(CASES["character.ai, newer"][0]).encode())
    first = newer.messages[0]
    assert (first.swipes, first.swipe) == (("Early.", "Late."), 1)
    assert first.sent is not None
    assert first.sent.isoformat() == "2024-01-01T00:00:01+00:00"
    older = read_chat_log(json.dumps(CASES["character.ai, older"][0]).encode())
    assert [rejection.code for rejection in older.rejected] == ["other_chats"]
    guest = read_chat_log(json.dumps(CASES["agnai, as a guest"][0]).encode())
    assert [rejection.code for rejection in guest.rejected] == ["no_text"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"name": "c", "messages": []}, "no_messages"),
        ({"name": "c", "greeting": "g"}, "no_messages"),
        ({"user_name": "Ada", "character_name": "Maud"}, "no_messages"),
        ({"internal": [], "visible": []}, "no_messages"),
        ({"prompt": "Once upon a time", "actions": [" there was."]}, "no_messages"),
        ({"a": 1}, "not_a_chat_log"),
        ([1, 2], "not_a_chat_log"),
    ],
)
def test_a_file_without_a_message_is_refused(document: Any, code: str) -> None:
    with pytest.raises(ChatLogError) as refused:
        read_chat_log(json.dumps(document).encode())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("33-agnai-chat.json", [("Tru", False, "Late."), ("You", True, "Yes")]),
        ("33b-ooba-chat.json", [("", True, "Hi"), ("", False, "Late.")]),
    ],
)
def test_a_collected_case(name: str, expected: list[tuple[str, bool, str]]) -> None:
    log = read_chat_log(shared_case(name))
    assert [(m.name, m.is_user, m.text) for m in log.messages] == expected


def test_a_scenario_of_backyards_archive() -> None:
    document = {
        "schemaVersion": 1,
        "firstMessages": [{"characterID": "m", "text": "Hm."}],
        "messages": [
            {"type": "human", "text": "Hi."},
            {"type": "ai", "outputs": [{"text": "Late."}, {"text": "Soon."}]},
            {"type": "ai", "outputs": []},
        ],
    }
    log = read_chat_log(json.dumps(document).encode())
    assert [(each.is_user, each.text, each.swipes) for each in log.messages] == [
        (False, "Hm.", ()),
        (True, "Hi.", ()),
        (False, "Late.", ("Late.", "Soon.")),
    ]
    assert log.rejected_total == 1
