import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.json.elements import RECOVERIES
from characters.scripts.model import ParseLimits, Rejection, Scene
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from characters.scripts.tables.columns import ColumnNames
from tests.characters.reference import GOLDEN_RETRIEVAL, needs_reference
from tests.characters.scripts.reading import codes, open_script, rendered, split


def read_json(value: Any, **options: Any) -> tuple[list[Scene], list[Rejection]]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return split(list(open_script(text, format="json", **options)))


def speak(*messages: dict[str, Any], **fields: Any) -> list[list[str]]:
    return rendered(read_json([{"messages": list(messages), **fields}])[0])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[{"speaker": "A", "line": "hi"}]', "json"),
        ('\ufeff [\n [{"role": "user", "content": "hi"}]\n]', "json"),
        ('{"messages": [{"role": "user", "content": "hi"}]}\n', "json"),
        ('{"conversations": [\n{"from": "human", "value": "hi"}]}', "json"),
        ('{"role": "A", "novel_name": "N", "context": "A：一"}', "json"),
        ('{"speaker": "A", "line": "hi"}\n{"speaker": "A", "line": "hi"}', "jsonl"),
        ('{"speaker": "A", "dialogue": "hi"}\n', "jsonl"),
        ("[Scene 1]\nA: hi\n", "text"),
        ("[[a note]]\nA: hi\nB: ho\n", "text"),
        ("[A] hi\n[B] ho\n[A] ah\n", "text"),
    ],
)
def test_detection(text: str, name: str) -> None:
    assert open_script(text, "a.json").format == name
    if name == "json":
        assert open_script(text.encode("utf-16"), "a").format == name


def test_roles_become_names() -> None:
    said = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    assert speak(*said) == [["user: hi", "assistant: ho"]]
    assert speak(*said, role_name="Mara", user_name="Tobin") == [["Tobin: hi", "Mara: ho"]]
    system = {"role": "system", "content": "Be kind.\nName: Mara"}
    assert speak(system, *said) == [["user: hi", "Mara: ho"]]
    named = [{"role": "assistant", "name": "Ilse", "content": "Fog."}]
    assert speak(*named, role_name="Mara") == [["Ilse: Fog."]]
    chinese = [{"role": "user", "content": "你好"}, {"role": "船夫", "content": "上船"}]
    assert speak(*chinese) == [["用户：你好", "船夫：上船"]]


def test_what_nobody_says_is_narration() -> None:
    messages = [
        {"role": "system", "content": "x"},
        {"role": "tool", "content": "{}"},
        {"role": "user", "content": "hi"},
    ]
    report = ParseReport()
    for item in open_script(json.dumps([{"messages": messages}], indent=0), format="json"):
        report.add(item)
    assert (report.rows.dialogue, report.lines, report.rejected_total) == (1, 1, 0)


def test_long_dialogues_are_several_scenes_of_one_row() -> None:
    record = {"role": "A", "novel_name": "N", "context": "A：一\n" * 2_500}
    scenes, rejections = read_json([record])
    assert [len(scene.lines) for scene in scenes] == [1_000, 1_000, 500]
    assert [scene.episode for scene in scenes] == ["N"] * 3
    assert sum(len(scene.lines) + scene.continued for scene in scenes) == 1
    assert rejections == []


def test_columns_can_be_named_in_an_array() -> None:
    value = [{"a": "Mara", "b": "hi", "messages": []}, {"a": "Mara"}]
    columns = ColumnNames(speaker="a", line="B")
    reading = read_script(BytesIO(json.dumps(value).encode()), "a.json", columns=columns)
    scenes, rejections = split(list(reading))
    assert (reading.format, rendered(scenes)) == ("json", [["Mara: hi"]])
    assert codes(rejections) == [(1, "unused_columns"), (1, "missing_column")]
    with pytest.raises(ScriptError) as refused:
        read_json([{"a": "Mara", "b": "hi"}])
    assert (refused.value.code, refused.value.detail) == ("no_columns", {"columns": ["a", "b"]})


def test_profiles_are_kept_for_whoever_makes_the_character() -> None:
    records = [
        {"role_name": name, "role_info": text, "dialog": ["user:你好\n"]}
        for name, text in (("三三", "一"), ("二二", "二"), ("三三", "三"))
    ]
    report = ParseReport()
    list(report.observe(open_script(json.dumps(records), format="json")))
    assert report.profiles == {"三三": "一", "二二": "二"}


def test_broken_records_do_not_take_others_along() -> None:
    rows = ['{"speaker": "A", "line": "1"}', '{"speaker": "A", "line": [', "what", "", "{}}"]
    scenes, rejections = read_json("\n".join([*rows, rows[0]]))
    assert rendered(scenes) == [["A: 1", "A: 1"]]
    assert codes(rejections) == [(2, "invalid_json"), (5, "missing_column"), (5, "invalid_json")]


def test_limits() -> None:
    limits = ParseLimits(record_characters=1_000)
    with pytest.raises(ScriptError, match=r"row 2 .* 1,000 characters") as refused:
        read_json('[\n{"speaker": "A", "line": [\n' + '"x",\n' * 500, limits=limits)
    assert (refused.value.code, refused.value.detail["row"]) == ("record_too_long", 2)
    with pytest.raises(ScriptError, match="many rows above") as refused:
        read_json('{"a": [\n' * 2 * RECOVERIES)
    assert refused.value.code == "invalid_json"
    deep = "[" * 100_000
    with pytest.raises(ScriptError, match="No line of dialogue"):
        read_json(deep)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "A", "A：一\nB：二", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messages", "role", "content", "name", "speaker", "line", "context"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=4), st.sampled_from([None, 0, 2]))
def test_every_row_of_any_json_is_accounted_for(records: list[Any], indent: int | None) -> None:
    first = {"speaker": "A", "line": "1"}
    text = json.dumps([first, *records], indent=indent)
    report = ParseReport()
    for item in open_script(text, format="json"):
        report.add(item)
    assert report.rows.total == len(text.split("\n"))


@needs_reference
def test_the_references_own_turn_is_read() -> None:
    scenes, _ = split(list(open_script(GOLDEN_RETRIEVAL.read_bytes(), GOLDEN_RETRIEVAL.name)))
    assert rendered(scenes) == [["user:你是谁"]]
