"""Plain text as people write it: other ways to name who speaks, continued lines, cast lists."""

import pytest

from characters.scripts.model import NonDialogue, ParseItem, Scene
from tests.characters.scripts.reading import codes, open_script, read, rendered, split


def read_items(content: str) -> list[ParseItem]:
    return list(open_script(content, format="text"))


def narration(items: list[ParseItem]) -> list[tuple[int, str]]:
    return [(item.row, item.kind) for item in items if isinstance(item, NonDialogue)]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("**Anna**: hello", "Anna: hello"),
        ("**Anna:** hello", "Anna: hello"),
        ("__三三__：你好", "三三：你好"),
        ("*Anna*: hello", "Anna: hello"),
        ("- Anna: hello", "Anna: hello"),
        ("* **Anna:** hello", "Anna: hello"),
        ("• 三三：你好", "三三：你好"),
        ("> Anna: hello", "Anna: hello"),
        ("[12:30] Anna: hello", "Anna: hello"),
        ("(1:02:03) Anna: hello", "Anna: hello"),
        ("【12:30】三三：你好", "三三：你好"),
        ("12:30 Anna: hello", "Anna: hello"),
        ("00:12:30.250 - Anna: hello", "Anna: hello"),
        ("- [12:30] **Anna**: hello", "Anna: hello"),
    ],
)
def test_what_decorates_a_name_is_left_out(row: str, line: str) -> None:
    scenes, rejections = read(f"B: one\n{row}\n")
    assert (rendered(scenes), rejections) == ([["B: one", line]], [])


@pytest.mark.parametrize(
    "content",
    [
        "【三三】你好\n【二二】： 好\n【三三】他说：走",
        "[三三] 你好\n[二二]：好\n[三三]他说：走",
        "三三「你好」\n二二：「好」\n三三 “他说：走”",
        "三三「你好\n二二「好\n三三「他说：走",
    ],
)
def test_a_script_may_name_speakers_in_brackets_or_by_quotation_marks(content: str) -> None:
    scenes, rejections = read(content)
    lines = scenes[0].lines
    assert [(line.speaker, line.text) for line in lines] == [
        ("三三", "你好"),
        ("二二", "好"),
        ("三三", "他说：走"),
    ]
    assert (len(scenes), rejections) == (1, [])
    assert lines[0].render() == "三三：你好"


def test_english_names_in_brackets() -> None:
    scenes, _ = read("[Scene 2: the pier]\n[Anna] Hello.\n[Dr. Watson] No (sighs).\n")
    assert rendered(scenes) == [["Anna: Hello.", "Dr. Watson: No (sighs)."]]
    assert scenes[0].heading == "[Scene 2: the pier]"


def test_brackets_are_directions_in_a_script_that_names_by_colons() -> None:
    items = read_items(
        "Anna: Hello.\nBob: Hi.\n[laughs] Well.\n[A door creaks: nobody is there.]\n"
    )
    assert codes(split(items)[1]) == [(3, "no_colon")]
    assert narration(items) == [(4, "narration")]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("「你好」", "你好"),
        ("“你好！”", "你好！"),
        ('"Hello."', "Hello."),
        ("『你「好」』", "你「好」"),
        ("「你」和「我」", "「你」和「我」"),
        ('"Yes," he said, "no."', '"Yes," he said, "no."'),
        ("「」", "「」"),
        ("他说“好”", "他说“好”"),
        ("（笑）「好」", "（笑）好"),
        ("'tis so", "'tis so"),
    ],
)
def test_one_pair_of_quotation_marks_around_all_that_is_said_is_left_out(
    said: str, text: str
) -> None:
    scenes, rejections = read(f"三三：{said}\n二二（叹气）：{said}")
    assert [line.text for line in scenes[0].lines] == [text, f"（叹气）{text}"]
    assert rejections == []


def test_directions_are_given_wherever_they_stand() -> None:
    items = read_items(
        "（小声）三三：你好\nAnna: *sighs* No.\n"
        "（门开了）\n(Beat: she looks.)\n*He sits.*\nAnna: Yes.\n"
    )
    scenes, rejections = split(items)
    assert [(line.speaker, line.direction, line.text) for line in scenes[0].lines] == [
        ("三三", "小声", "（小声）你好"),
        ("Anna", "sighs", "*sighs* No."),
        ("Anna", None, "Yes."),
    ]
    assert narration(items) == [(3, "narration"), (4, "narration"), (5, "narration")]
    assert rejections == []


def test_where_nobody_has_spoken_since_the_last_break_a_row_is_narration() -> None:
    items = read_items(
        "The pier\nby Anna\n\nA: 1\nB: 2\n\nNight falls.\nA: 3\n# Two\nFog.\nB: 4\nRain."
    )
    assert narration(items) == [
        (1, "narration"),
        (2, "narration"),
        (7, "narration"),
        (9, "heading"),
        (10, "narration"),
    ]
    assert codes(split(items)[1]) == [(12, "no_colon")]


def test_a_name_alone_speaks_the_rows_below_it() -> None:
    scenes, rejections = read("Anna:\nI see\n(nods) a ship.\nBob：\n「雾\n散了」\nC:\n\nD: 1\nE:")
    assert rendered(scenes) == [["Anna: I see (nods) a ship.", "Bob：雾散了"], ["D: 1"]]
    assert [scene.continued for scene in scenes] == [4, 0]
    assert codes(rejections) == [(7, "no_text"), (10, "no_text")]


def test_a_quotation_goes_on_until_it_is_closed() -> None:
    scenes, rejections = read(
        "三三：「雾\n散了。\n走吧。」\n二二：好\n三三：「等\n他不来。\n二二：来了"
    )
    assert rendered(scenes) == [["三三：雾散了。走吧。", "二二：好", "三三：「等", "二二：来了"]]
    assert scenes[0].continued == 2
    assert codes(rejections) == [(6, "unclosed_quote")]


def test_an_indented_row_goes_on_while_the_sentence_is_open() -> None:
    scenes, rejections = read(
        "Anna: I see,\n"
        "   if you must know, a ship.\n"
        "      Two ships.\n"  # aligned with “I see”, but the sentence is over
        "    The light goes out.\n"
        "      So it ends there.\n"
        "三三：雾\n"
        "　　　散了。\n"
        "三三：好。\n"
        "　　她走了。\n"
    )
    assert rendered(scenes) == [
        ["Anna: I see, if you must know, a ship.", "三三：雾散了。", "三三：好。"]
    ]
    assert scenes[0].continued == 2
    found = codes(rejections)
    assert found == [(3, "no_colon"), (4, "no_colon"), (5, "no_colon"), (9, "no_colon")]


@pytest.mark.parametrize("indent", ["", "  ", "　　　", "\t"])
def test_below_a_closed_quotation_that_names_its_speaker_a_row_is_narration(indent: str) -> None:
    items = read_items(
        f"太郎「行こう」\n{indent}花子、立つ。\n花子「うん\n　もう」\n{indent}二人、去る。\n"
        "太郎「早く」\n"
    )
    scenes, rejections = split(items)
    assert rendered(scenes) == [["太郎：行こう", "花子：うんもう", "太郎：早く"]]
    assert (narration(items), rejections) == ([(2, "narration"), (5, "narration")], [])
    assert [(each.at, each.text) for each in scenes[0].directions] == [
        (1, "花子、立つ。"),
        (2, "二人、去る。"),
    ]


def test_rows_broken_at_a_fixed_width_are_joined_where_the_row_above_is_full() -> None:
    speech = (
        "Anna: There is a ship behind the fog, and\n"  # 41 columns
        "it has been there since the night before\n"
        "the storm, waiting.\n"
    )
    scenes, rejections = read(f"{speech}She turns.\n" + speech * 4)
    assert len(scenes[0].lines) == 5
    assert scenes[0].lines[0].text == (
        "There is a ship behind the fog, and it has been there since the night before the storm,"
        " waiting."
    )
    assert scenes[0].continued == 10
    assert codes(rejections) == [(4, "no_colon")]


def test_chinese_rows_broken_at_a_fixed_width_are_joined_without_spaces() -> None:
    speech = "三三：" + "雾" * 17 + "\n" + "散" * 20 + "\n了。\n"
    scenes, rejections = read(speech * 3)
    assert {line.text for line in scenes[0].lines} == {"雾" * 17 + "散" * 20 + "了。"}
    assert rejections == []


def test_a_speech_goes_on_no_further_than_its_bound() -> None:
    scenes, rejections = read("Anna:\n" + "more\n" * 203)
    assert (scenes[0].continued, len(rejections)) == (201, 2)


@pytest.mark.parametrize(
    "title",
    ["人物表", "【登场人物】", "Dramatis Personae", "# Cast", "**Characters:**", "角色介绍："],
)
def test_a_cast_list_at_the_top_is_no_dialogue(title: str) -> None:
    items = read_items(
        f"The pier\n\n{title}\n\nAnna: the keeper\n三三 —— 船夫\n\nAnna: Hello.\n三三：好。"
    )
    scenes, rejections = split(items)
    assert rendered(scenes) == [["Anna: Hello.", "三三：好。"]]
    assert narration(items) == [(1, "narration"), (3, "cast"), (5, "cast"), (6, "cast")]
    assert rejections == []


def test_a_cast_list_ends_where_a_name_comes_again_or_a_scene_begins() -> None:
    assert rendered(read("Cast\nAnna: keeper\nBob: pilot\nAnna: Hello.\nBob: Hi.")[0]) == [
        ["Anna: Hello.", "Bob: Hi."]
    ]
    assert rendered(read("人物表\n三三：船夫\n第一场\n三三：你好")[0]) == [["三三：你好"]]
    assert rendered(read("人物：三三、二二\n三三：你好")[0]) == [["三三：你好"]]


def test_what_is_called_so_further_down_is_dialogue() -> None:
    scenes, _ = read("Anna: Who?\n" * 60 + "Cast\nBob: Hi.")
    assert scenes[-1].lines[-1].render() == "Bob: Hi."
    assert isinstance(scenes[0], Scene)


@pytest.mark.parametrize("before", ["他说", "她低声问道", "He said", "she then asked", "I said"])
def test_a_pronoun_speaks_nothing(before: str) -> None:
    scenes, rejections = read(f"Anna: Hello.\n{before}: Hi.\nIsaid: Oh.\n")
    assert rendered(scenes) == [["Anna: Hello.", "Isaid: Oh."]]
    assert codes(rejections) == [(2, "no_speaker")]
