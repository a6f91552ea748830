"""JSON and markup are never rows of dialogue; a comma, a date or a time makes no CSV."""

from contextlib import suppress

import pytest

from characters.errors import ScriptError
from characters.scripts.registry import detect
from characters.scripts.syntax import find_syntax
from tests.characters.scripts.cases import counts, read_case
from tests.characters.scripts.reading import open_script, split

JSON = {
    "one row": '{"title": "Quay", "acts": [{"who": "Mira", "words": "Late: again."}]}',
    "indented": '{\n  "title": "Quay",\n  "acts": [\n    {"who": "Mira: keeper"}\n  ]\n}\n',
    "a row each": '{"who": "Mira", "said": "Late: now."}\n{"who": "Toby", "said": "No: no."}\n',
    "begins with null": '[null, {"code": 401, "parameters": ["Mira: Late."]}]',
    "texts": '["Mira: Late.", "Toby: The ice held me.", "Mira: And the horse?"]',
    "Chinese": '{"标题": "码头", "内容": ["米拉：你来晚了。", "托比：冰拦住了我。"]}',
    "cut off": '{"acts": [{"who": "Mira", "said": "' + "Late: again. " * 900,
}
MARKUP = {
    "xml": '<?xml version="1.0"?>\n<quay>\n<l who="Mira">Mira: Late.</l>\n</quay>\n',
    "without a declaration": "<quay>\n<l>Mira: Late.</l>\n<l>Toby: No: early.</l>\n</quay>\n",
    "a document type": "<!DOCTYPE quay>\n<quay>\nMira: Late.\n</quay>\n",
}
TEXT = [
    "[Mira] Hello: again.\n[Toby] Hi.",
    "[12:30] Mira: Hi.\n[12:31] Toby: Ho.",
    "[[a note]]\nMira: hi\nToby: ho",
    "{{char}}: Hi.\n{{user}}: Ho.",
    "{aside} Mira: Hi.",
    '"Mira": late, "Toby": early',
    "<Mira> Late.\n<Toby> No.\n<Mira> Yes.",
    "<b>Mira:</b> Late.<br>\n<b>Toby:</b> <i>No.</i><br>",
    "[1] Mira: Hi.\n[2] Toby: Ho.",
]


@pytest.mark.parametrize("filename", ["a.txt", "a.json", "a", "a.csv"])
@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_json_that_no_reader_knows_is_refused_as_json(text: str, filename: str) -> None:
    assert find_syntax(text) == "JSON"
    with pytest.raises(ScriptError) as refused:
        list(open_script(text, filename))
    assert refused.value.code in {"no_dialogue", "no_columns"}


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_that_no_reader_knows_is_refused_as_markup(text: str) -> None:
    with pytest.raises(ScriptError, match="XML or HTML") as refused:
        list(open_script(text, "quay.xml"))
    assert (refused.value.code, refused.value.detail["syntax"]) == ("no_dialogue", "XML or HTML")


@pytest.mark.parametrize("text", TEXT)
def test_brackets_and_braces_in_text_are_neither(text: str) -> None:
    assert find_syntax(text) is None


def test_a_named_format_reads_json_as_rows_all_the_same() -> None:
    scenes, _ = split(list(open_script(JSON["a row each"], "a", format="text")))
    assert len(scenes[0].lines) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Bell, Mira: You are late.\nOtt, Toby: The ice held me.\nBell, Mira: And the horse?\n",
        "HAMLET, aside: A little more.\nKING, to him: How is it?\nHAMLET, aside: Not so.\n",
        "05/10/2020, 00:14 - Dana: Sure\n05/10/2020, 00:15 - Ron: Great\n",
        "10.05.20, 00:14 - Dana: Sure\n10.05.20, 00:15 - Ron: Great\n10.05.20, 00:16 - Dana: Ok\n",
        "2020-05-10,00:14:01 Dana: Sure\n2020-05-10,00:15:20 Ron: Great\n",
    ],
)
@pytest.mark.parametrize("filename", ["a.txt", "a.csv", ""])
def test_a_comma_before_the_colon_makes_no_scenes_in_cells(text: str, filename: str) -> None:
    assert detect(text, filename).name in {"text", "table"}  # a table by the file's name alone


@pytest.mark.parametrize(
    "text",
    [
        "n,scene\n1,Mira: Late.\n2,Toby: Early.\n",
        "Pilot,Words\nPilot,Mira: Late.\nFinale,Toby: Early.\n",
        '1,"Mira: Late.\nToby: Early."\n2,"Mira: Oh.\nToby: Yes."\n',
        ",Mira: Late.\n,Toby: Early.\n,Mira: Oh.\n",
    ],
)
def test_scenes_in_cells_stay_scenes(text: str) -> None:
    assert open_script(text, "a.csv").format == "csv"


def test_a_title_like_a_header_is_none_without_columns_below() -> None:
    text = "Character, Text\n\nMira: Late.\nToby: No.\nMira: And the horse?\nToby: Dead.\n"
    assert open_script(text, "a.txt").format == "text"
    assert open_script("Character,Text\nMira,Late.\nToby,No.\n", "a.txt").format == "table"


@pytest.mark.parametrize("name", ["02c-scenes.json", "02e-rpgmaker.json", "02-rolebench.jsonl"])
def test_shared_json_never_makes_speakers_of_keys(name: str) -> None:
    names: dict[str, int] = {}
    with suppress(ScriptError):  # refused, or read
        names = counts(read_case(name))
    assert not [each for each in names if set(each) & set('{}"')]


def test_shared_chats_are_no_tables() -> None:
    assert counts(read_case("01-whatsapp-24h.txt")) == {"Dana": 2, "Ron": 1}
