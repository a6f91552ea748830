"""Messages of Facebook and of exporters, chat templates, and texts with their names in them."""

import json

import pytest

from characters.scripts.model import Rejection, Scene
from tests.characters.scripts.reading import open_script

Said = list[tuple[str, str]]


def read_json(document: object, *, rows: bool = False) -> tuple[list[Said], list[Rejection]]:
    """The scenes of a document, or of its records in rows of their own, and what was rejected."""
    if rows:
        assert isinstance(document, list)
        content = "\n".join(json.dumps(each, ensure_ascii=False) for each in document)
    else:
        content = json.dumps(document, indent=1)
    items = list(open_script(content, "export.jsonl" if rows else "export.json"))
    scenes = [each for each in items if isinstance(each, Scene)]
    said = [[(line.speaker, line.text) for line in scene.lines] for scene in scenes]
    return said, [each for each in items if isinstance(each, Rejection)]


def as_facebook_writes(text: str) -> str:
    return text.encode().decode("latin-1")


def test_facebooks_bytes_are_read_as_the_characters_they_are() -> None:
    name = as_facebook_writes("Zoë")
    messages = [
        {"sender_name": name, "timestamp_ms": 5_000, "content": as_facebook_writes("Ça va? 😀")},
        {"sender_name": "Bo", "timestamp_ms": 4_000, "content": "Hi, naïve"},
        {"sender_name": name, "timestamp_ms": 3_000, "photos": [{"uri": "a.jpg"}]},
        {"sender_name": "Bo", "timestamp_ms": 2_000, "content": "Bo sent an attachment."},
        {"sender_name": name, "timestamp_ms": 1_000, "content": "Liked a message"},
    ]
    said, rejected = read_json({"participants": [{"name": name}], "messages": messages})
    assert said == [[("Bo", "Hi, naïve"), ("Zoë", "Ça va? 😀")]]
    assert rejected == []


def test_other_exports_keep_their_characters() -> None:
    messages = [
        {"sender": "Ã‰", "timestamp": 1, "text": "Ã©"},
        {"sender": "Bo", "timestamp": 2, "text": "hm"},
    ]
    said, _ = read_json({"messages": messages})
    assert said == [[("Ã‰", "Ã©"), ("Bo", "hm")]]


def test_exporters_of_wechat_and_qq_name_people_not_accounts() -> None:
    chatlab = {
        "meta": {"name": "群"},
        "messages": [
            {"sender": "1", "accountName": "小丹", "timestamp": 1, "content": "你好"},
            {
                "sender": "2",
                "accountName": "荣",
                "groupNickname": "阿荣",
                "timestamp": 2,
                "content": "嗯",
            },
            {"sender": "1", "accountName": "小丹", "timestamp": 3, "content": None},
        ],
    }
    weflow = {
        "session": {"nickname": "群"},
        "messages": [
            {"createTime": 1, "type": "文本消息", "content": "你好", "senderDisplayName": "小丹"},
            {"createTime": 2, "type": "文本消息", "content": "嗯", "senderDisplayName": "阿荣"},
            {
                "createTime": 3,
                "type": "系统消息",
                "content": "小丹撤回了一条消息",
                "senderDisplayName": "",
            },
        ],
    }
    exporter = {
        "chatInfo": {"name": "群"},
        "messages": [
            {"timestamp": 1, "sender": {"uid": "u1", "name": "小丹"}, "content": {"text": "你好"}},
            {"timestamp": 2, "sender": {"uid": "u2", "name": "阿荣"}, "content": {"text": "嗯"}},
            {
                "timestamp": 3,
                "sender": {"uid": "u1", "name": "小丹"},
                "isSystemMessage": True,
                "content": {"text": "小丹加入了群聊"},
            },
        ],
    }
    for document in (chatlab, weflow, exporter):
        said, rejected = read_json(document)
        assert said == [[("小丹", "你好"), ("阿荣", "嗯")]]
        assert rejected == []


def test_chatlabs_rows_are_messages() -> None:
    rows: list[dict[str, object]] = [
        {"_type": "header", "meta": {"name": "群"}},
        {"_type": "member", "platformId": "1", "accountName": "小丹"},
        {
            "_type": "message",
            "sender": "1",
            "accountName": "小丹",
            "timestamp": 1,
            "content": "你好",
        },
        {"_type": "message", "sender": "2", "accountName": "阿荣", "timestamp": 2, "content": "嗯"},
    ]
    said, rejected = read_json(rows, rows=True)
    assert said == [[("小丹", "你好"), ("阿荣", "嗯")]]
    assert rejected == []


def test_an_account_without_a_profile_is_reported_once() -> None:
    texts = [
        ("U02ABCDEF", "Hello <https://a.example|there>"),
        ("U02ABCDEF", "x"),
        ("U9KLMNOPQ", "hi"),
    ]
    day = [
        {"type": "message", "user": user, "text": text, "ts": f"160000000{n}.01"}
        for n, (user, text) in enumerate(texts)
    ]
    said, rejected = read_json(day)
    assert said == [[("U02ABCDEF", "Hello there"), ("U02ABCDEF", "x"), ("U9KLMNOPQ", "hi")]]
    assert [(each.code, each.text, each.rows) for each in rejected] == [
        ("account_id", "U02ABCDEF", 0),
        ("account_id", "U9KLMNOPQ", 0),
    ]


TEMPLATES = [
    "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n"
    "<|im_start|>assistant\nMe.<|im_end|>",
    "### Human: Who?### Assistant: Me.",
    "### Instruction:\nWho?\n\n### Response:\nMe.",
    "\n\nHuman: Who?\n\nAssistant: Me.",
    "<s>[INST] <<SYS>>\nBe short.\n<</SYS>>\n\nWho? [/INST] Me. </s>",
    "<|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nMe.<|eot_id|>",
    "<start_of_turn>user\nWho?<end_of_turn>\n<start_of_turn>model\nMe.<end_of_turn>",
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_chat_template_is_taken_apart(text: str) -> None:
    said, _ = read_json([{"text": text}, {"text": text}], rows=True)
    assert said == [[("user", "Who?"), ("assistant", "Me.")]] * 2


def test_a_text_with_names_is_a_dialogue() -> None:
    text = "Amanda: I baked.\r\nJerry: Sure!\r\nAmanda: Tomorrow :-)"
    said, rejected = read_json([{"id": "1", "dialogue": text, "summary": "They bake."}])
    assert said == [[("Amanda", "I baked."), ("Jerry", "Sure!"), ("Amanda", "Tomorrow :-)")]]
    assert [each.code for each in rejected] == ["unused_columns"]


def test_names_and_texts_may_stand_in_lists_side_by_side() -> None:
    record = {"narrative": "x", "dialogue": ["Hi.", "Oh."], "speakers": ["Mira", "Toby"]}
    said, _ = read_json([record, record], rows=True)
    assert said == [[("Mira", "Hi."), ("Toby", "Oh.")]] * 2


def test_names_before_the_texts_of_both_roles_are_the_speakers() -> None:
    entries = [
        {"from": "human", "value": "Toby: hi"},
        {"from": "gpt", "value": "Mira: Late: very."},
    ]
    said, _ = read_json([{"conversations": entries}])
    assert said == [[("Toby", "hi"), ("Mira", "Late: very.")]]
    entries[1]["value"] = "Late."
    said, _ = read_json([{"conversations": entries}])
    assert said == [[("user", "Toby: hi"), ("assistant", "Late.")]]


def test_the_bots_name_is_the_assistants() -> None:
    dialog = [{"role": "user", "content": "来了？"}, {"role": "assistant", "content": "嗯。"}]
    said, _ = read_json([{"bot_name": "三三", "user_name": "老周", "dialog": dialog}])
    assert said == [[("老周", "来了？"), ("三三", "嗯。")]]


CHATS: list[object] = [
    {
        "messages": [
            {"creator": {"name": "Mira"}, "created_date": "Tuesday, October 6, 2020", "text": "Hi"},
            {"creator": {"name": "Toby"}, "created_date": "Tuesday, October 6, 2020", "text": "Yo"},
        ]
    },
    {
        "room_name": "Quay",
        "messages": [
            {"sender": "@Mira:x.y", "content": {"body": "Hi"}, "origin_server_ts": 1600000000000},
            {"sender": "@Toby:x.y", "content": {"body": "Yo"}, "origin_server_ts": 1600000001000},
        ],
    },
    {
        "conversations": [
            {
                "displayName": "Quay",
                "MessageList": [
                    {
                        "displayName": "Toby",
                        "originalarrivaltime": "2020-10-05T21:15:01Z",
                        "messagetype": "RichText",
                        "content": "<b>Yo</b>",
                    },
                    {
                        "displayName": None,
                        "from": "8:live:Mira",
                        "originalarrivaltime": "2020-10-05T21:14:01Z",
                        "messagetype": "Text",
                        "content": "Hi",
                    },
                ],
            }
        ]
    },
    {"chat": [{"user": "Mira", "msg": "Hi", "ts": 1}, {"user": "Toby", "msg": "Yo", "ts": 2}]},
    {"scenes": {"start": {"dialog": [{"who": "Mira", "say": "Hi"}, {"who": "Toby", "say": "Yo"}]}}},
]


@pytest.mark.parametrize("document", CHATS)
def test_messages_are_found_by_their_fields(document: object) -> None:
    said, rejected = read_json(document)
    assert said == [[("Mira", "Hi"), ("Toby", "Yo")]]
    assert rejected == []


PAIRS: list[object] = [
    {"conversation": [{"human": "Hi", "assistant": "Yo"}, {"human": "Bye", "assistant": "Ok"}]},
    {
        "chosen": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yo"},
            {"role": "user", "content": "Bye"},
            {"role": "assistant", "content": "Ok"},
        ],
        "rejected": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No"}],
    },
    {"script": ["user: Hi", "assistant: Yo", "user: Bye", "assistant: Ok"]},
    {
        "1": {"speaker": "user", "text": "Hi"},
        "2": {"speaker": "assistant", "text": "Yo"},
        "3": {"speaker": "user", "text": "Bye"},
        "4": {"speaker": "assistant", "text": "Ok"},
    },
]


@pytest.mark.parametrize("record", PAIRS)
@pytest.mark.parametrize("rows", [False, True])
def test_exchanges_preferences_and_numbered_lines(record: object, *, rows: bool) -> None:
    said, rejected = read_json([record] if rows else record, rows=rows)
    assert said == [[("user", "Hi"), ("assistant", "Yo"), ("user", "Bye"), ("assistant", "Ok")]]
    assert [each for each in rejected if each.code != "unused_columns"] == []


@pytest.mark.parametrize("answer", ["assistant", "bot"])
def test_a_record_may_hold_one_exchange(answer: str) -> None:
    said, _ = read_json([{"user": "Hi", answer: "Yo"}, {"user": "Bye", answer: "Ok"}], rows=True)
    assert said == [[("user", "Hi"), ("assistant", "Yo")], [("user", "Bye"), ("assistant", "Ok")]]
