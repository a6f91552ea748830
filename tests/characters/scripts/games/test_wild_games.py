"""Games as people really keep them: over several files, as published, in sentences and prose."""

import json
import zipfile
from io import BytesIO

import pytest

from characters.errors import ScriptError
from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.test_accounting import count_rows

Said = list[tuple[str, str]]


def pack(files: dict[str, str | bytes]) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return into.getvalue()


RENPY = """\
label start:
    e "You are late."
    "Guard" angry "Halt!"
    $ renpy.say(m, "The ice.")
    $ renpy.say("Kit", "Hm.")
    "Stay" if brave:
        pass
    return
define e = Character("Eileen", color="#fff")
init python:
    m = Character(_("Mira"))
testsuite all:
    advance "no speech"
"""


def test_a_definition_may_stand_below_what_is_said() -> None:
    assert lines_of(RENPY, "a.rpy") == [
        ("Eileen", "You are late."),
        ("Guard", "Halt!"),
        ("Mira", "The ice."),
        ("Kit", "Hm."),
    ]
    report = report_of(RENPY, "a.rpy")
    assert (report.rows.total, report.rejected_total) == (count_rows(RENPY), 0)


@pytest.mark.parametrize("name", ["s", "sayori_happy", "м"])
def test_a_character_of_another_file_is_reported_once(name: str) -> None:
    content = f'label a:\n    {name} "Hi."\n    {name} smile "Bye."\n'
    report = report_of(content, "ch1.rpy")
    assert [one.name for one in report.speakers] == [name]
    assert [(each.code, each.text, each.rows) for each in report.rejections] == [
        ("undefined_character", name, 0)
    ]


def test_the_files_of_a_game_name_each_others_characters() -> None:
    chapter = (
        'label a:\n    s "Hi."\n    m happy "Oh."\n    n "It rains."\n    mc "Me?"\n    q "Who?"\n'
    )
    game = pack(
        {
            "game/ch1.rpy": chapter,
            "game/definitions.rpy": 'define s = DynamicCharacter("s_name")\n'
            'define m = Character("Monika")\ndefine n = Character(None)\n'
            'define character.mc = Character("[player]")\n',
            "game/variables.rpy": 'default s_name = "Sayori"\ndefault player = "Kit"\n',
        }
    )
    assert lines_of(game, "game.zip") == [
        ("Sayori", "Hi."),
        ("Monika", "Oh."),
        ("Kit", "Me?"),
        ("q", "Who?"),
    ]
    report = report_of(game, "game.zip")
    assert [(each.code, each.text) for each in report.rejections] == [("undefined_character", "q")]
    assert report.rows.dialogue == 4
    assert report.rows.narration == 2 + 4 + 2


def message(*rows: str, name: str = "") -> list[dict[str, object]]:
    commands: list[dict[str, object]] = [{"code": 101, "parameters": ["A", 0, 0, 2, name]}]
    return [*commands, *({"code": 401, "parameters": [row]} for row in rows)]


def test_actors_are_named_by_the_games_own_file() -> None:
    commands = [*message("Hi.", name="\\N[2]"), *message("\\n[1]:", "Oh.")]
    data = json.dumps({"events": [{"name": "EV", "pages": [{"list": commands}]}]})
    report = report_of(data, "Map001.json")
    assert [one.name for one in report.speakers] == ["Actor 2", "Actor 1"]
    assert report.codes == {"undefined_character": 2}
    actors = json.dumps([None, {"id": 1, "name": "Mira"}, {"id": 2, "name": "Toby"}])
    game = pack({"data/Actors.json": actors, "data/Map001.json": data})
    assert lines_of(game, "data.zip") == [("Toby", "Hi."), ("Mira", "Oh.")]


def test_slack_names_accounts_by_its_own_file() -> None:
    users = [{"id": "U02ABCDEF", "real_name": "Dana Bell", "profile": {"display_name": ""}}]
    day = [{"type": "message", "user": "U02ABCDEF", "text": "Hello", "ts": "1.0"}]
    export = pack({"users.json": json.dumps(users), "general/2020-01-01.json": json.dumps(day)})
    assert lines_of(export, "slack.zip") == [("Dana Bell", "Hello")]
    assert "account_id" not in report_of(export, "slack.zip").codes


@pytest.mark.parametrize("first", ["\\c[6]Toby\\c[0]", "\\C[2]Toby:\\C[0]", "\\c[6]Toby"])
def test_a_coloured_first_row_is_a_name(first: str) -> None:
    commands = [*message(first, "「遅い」"), *message("\\c[2]The sea is dark\\c[0]", "tonight.")]
    data = json.dumps({"events": [{"name": "EV", "pages": [{"list": commands}]}]})
    assert lines_of(data, "Map002.json") == [("Toby", "遅い")]


def page(*passages: tuple[str, str]) -> str:
    inside = "".join(
        f'<tw-passagedata pid="{n}" name="{name}" tags="">{text}</tw-passagedata>\n'
        for n, (name, text) in enumerate(passages, 1)
    )
    return (
        "<!DOCTYPE html><html><head><script>var a = {b: 'c: d'};</script></head><body>"
        f'<tw-storydata name="Quay" startnode="1" format="Harlowe">\n<script>x: y</script>{inside}'
        "</tw-storydata></body></html>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Mira: You&#39;re &quot;late&quot;.\nToby: The ice.\n[[Go-&gt;Sea]]",
        '&lt;&lt;say &quot;Mira&quot;&gt;&gt;You\'re "late".&lt;&lt;/say&gt;&gt;\n'
        "(if: $x is 1)[Toby: The ice.]",
    ],
)
def test_a_story_published_by_twine(text: str) -> None:
    content = page(("Start", text), ("Sea", "It is dark: very.\nMira: Dead?\nToby: No."))
    said = lines_of(content, "quay.html")
    assert said == [
        *(("Mira", 'You\'re "late".'), ("Toby", "The ice.")),
        *(("Mira", "Dead?"), ("Toby", "No.")),
    ]
    report = report_of(content, "quay.html")
    assert report.rejected_total == 0
    assert report.rows.total == 2 + text.count("\n") + 1 + 3


def test_a_story_published_by_twine_1() -> None:
    content = (
        '<html><body><div id="storeArea"><div tiddler="Start" tags="">Mira: Late.\\nToby: The ice.'
        '</div><div tiddler="Sea" tags="">Mira: Dead?</div></div></body></html>'
    )
    assert lines_of(content, "old.html") == [
        ("Mira", "Late."),
        ("Toby", "The ice."),
        ("Mira", "Dead?"),
    ]


PROSE = (
    '"You are late," said Mira. She held the lamp.\n"The ice held me," Toby said.\n'
    '"And the horse?" asked Mira.\n'
)
PROSE_SAID = [
    ("Mira", "You are late,"),
    ("Toby", "The ice held me,"),
    ("Mira", "And the horse?"),
]


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (f"=== start ===\n{PROSE}* [Go on]\n-> END\n", "a.ink"),
        (f":: Start\n{PROSE}[[Go on]]\n\n:: Go on\nThe sea.\n", "a.twee"),
        (f"title: Start\n---\n{PROSE}-> Go on\n===\n", "a.yarn"),
        (page(("Start", PROSE.replace('"', "&quot;"))), "a.html"),
    ],
)
def test_a_story_without_names_before_colons_is_read_as_prose(content: str, filename: str) -> None:
    assert lines_of(content, filename) == PROSE_SAID
    report = report_of(content, filename)
    if not filename.endswith("html"):
        assert report.rows.total == count_rows(content)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("It was dark: very dark indeed.", []),
        ("Mira said: go.", []),
        ("The Old Man: Hm.", [("The Old Man", "Hm.")]),
        ("mae: hm", [("mae", "hm")]),
        ("Mira (angry): Now!", [("Mira", "(angry) Now!")]),
        ("$name: hm", []),
    ],
)
def test_a_sentence_with_a_colon_names_nobody(row: str, said: Said) -> None:
    rest = "Zoe: One.\nZoe: Two.\n"
    for filename, content in (
        ("a.ink", f"=== a ===\n{row}\n{rest}-> END\n"),
        ("a.yarn", f"title: A\n---\n{row}\n{rest}===\n"),
        ("a.twee", f":: A\n{row}\n{rest}:: B\nZoe: Three.\n"),
    ):
        found = [line for line in lines_of(content, filename) if line[0] != "Zoe"]
        assert found == said, filename
        assert report_of(content, filename).rows.total == count_rows(content)


def test_several_words_that_recur_are_a_name() -> None:
    content = "title: A\n---\nthe old man: Hm.\nZoe: One.\nthe old man: Oh.\n===\n"
    assert lines_of(content, "a.yarn")[0] == ("the old man", "Hm.")


def test_marks_of_unity_and_escapes_are_no_text() -> None:
    content = (
        "title: A\n---\nMae: <b>Ha</b> <color=red>no</color> <o> \\[x\\] <3\n"
        "Mae\\: no speaker\nMae: ok\n===\n"
    )
    assert lines_of(content, "a.yarn") == [("Mae", "Ha no <o> [x] <3"), ("Mae", "ok")]


def test_commands_of_ink_and_variables_of_chapbook_are_not_said() -> None:
    ink = "=== a ===\n>>> CAMERA: near\n$ play: sea\n@Mira: Late.\nToby: Ice.\n-> END\n"
    assert lines_of(ink, "a.ink") == [("Mira", "Late."), ("Toby", "Ice.")]
    chapbook = (
        ":: A\nname: 'Mira'\nconfig.style: 1\n--\n\n[if x]\nMira: Hi {name}.\n:: B\nToby: Oh.\n"
    )
    assert lines_of(chapbook, "a.twee") == [("Mira", "Hi {name}."), ("Toby", "Oh.")]
    assert report_of(chapbook, "a.twee").rows.total == count_rows(chapbook)


def test_kag_with_commands_alone() -> None:
    rows = ["*start", "@bg file=a", "@talk name=ミラ", "遅かったね。[lcm]", "@hitret"]
    content = "\n".join([*rows, "@talk name=トビー", "氷で。", ""])
    assert lines_of(content, "a.ks") == [("ミラ", "遅かったね。"), ("トビー", "氷で。")]


@pytest.mark.parametrize(
    ("head", "advice"),
    [
        (b"RENPY RPC2", ".rpy"),
        (b"RPA-3.0 0000", ".rpy"),
        (b"XP3\r\n \n\x1a", ".ks"),
        (b"\x04\x08[", "JSON of MV or MZ"),
        (b"UnityFS\0", "export its texts"),
    ],
)
def test_a_compiled_file_is_refused_with_what_to_upload(head: bytes, advice: str) -> None:
    with pytest.raises(ScriptError) as caught:
        open_script(head + bytes(range(256)) * 8, "game.bin")
    assert caught.value.code == "binary_file"
    assert advice in str(caught.value)


def test_a_rpy_file_is_always_read_as_one() -> None:
    content = 'image b0 red = "#f00"\nscreen gallery:\n    text "Gold: 5"\nlabel a:\n    jump b\n'
    assert open_script(content, "gallery.rpy").format == "renpy"
