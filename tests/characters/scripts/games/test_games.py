"""Games' scripts: what is said is read; choices, commands and code are not."""

import json
from typing import Any

import pytest

from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.test_accounting import count_rows
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]

RENPY = """\
# A quay.
define e = Character(_("Eileen"), color="#c8ffc8")
define k = DynamicCharacter("k_name")
default k_name = "Ken"
define nvl_e = Character(
    "Old Eileen",
    kind=nvl,
)
define n = Character(None)

init python:
    def greet(name):
        return "Hello, " + name

screen hud():
    text "Gold"
    textbutton "Menu" action ShowMenu("save")

label start:
    scene bg quay with fade
    play music "sea.ogg" fadein 1.0
    voice "e1.ogg"
    n "The quay is empty."
    e happy @ wave "You {b}came{/b} back{w}, [player]." # a comment
    e "It took \\"long\\" enough, 100%%."
    extend " Truly."
    k "I did."
    nvl_e 'So did I.'
    "Guard" "Halt!"
    $ x = "no speech"
    if brave:
        e -sad "Brave {rb}橋{/rb}{rt}はし{/rt}."
    menu quay_menu:
        e "What now?"
        "Stay" if brave:
            jump stay
        "Go (quickly)":
            k "I go." with vpunch
    e \"\"\"
    One.

    Two
    rows.
    \"\"\"
    call other("x") from _call_1
    return

translate french start_1:
    # e "Hello."
    e "Bonjour."

translate french strings:
    old "Stay"
    new "Rester"
"""
RENPY_SAID: Said = [
    ("Eileen", "You came back, [player]."),
    ("Eileen", 'It took "long" enough, 100%.'),
    ("Eileen", "Truly."),
    ("Ken", "I did."),
    ("Old Eileen", "So did I."),
    ("Guard", "Halt!"),
    ("Eileen", "Brave 橋."),
    ("Eileen", "What now?"),
    ("Ken", "I go."),
    ("Eileen", "One."),
    ("Eileen", "Two rows."),
    ("Eileen", "Bonjour."),
]

INK = """\
VAR brave = true
-> quay

=== quay ===
// nobody
Mira: You are late. # angry
The sea is dark.
* [Stay] -> stay
+ (go) Go on
  Toby: The ice held me.
- (after) Mira: And {brave: the horse|you}?
~ brave = false
{brave:
  - true: -> stay
}
-> stay

=== stay ===
# speaker: Toby
Dead.
-> END
"""

YARN = """\
title: Quay
tags: night
---
<<declare $late = true>>
Mira: You are late. #line:01
Toby: The [wave]ice[/wave] held me. // why
The sea is dark.
-> Stay
    Mira: Stay then.
-> Go <<if $late>>
    <<jump Sea>>
===
title: Sea
---
Toby: Dead, {$name}.
===
"""

TWEE = """\
:: StoryTitle
The Quay

:: StoryData
{"ifid": "A", "format": "SugarCube"}

:: Start [night] {"position":"1,1"}
<<set $late to true>>
Mira: You are ''late''.
Toby: The ice held me.
The sea is dark.
[[Stay|Quay]]
[[Go->Sea]]

:: Sea
<<say "Mira">>And the horse?<</say>>
<<speech "Toby">>
Dead.
<</speech>>

:: Code [script]
window.x = "Mira: no";
"""

KAG = """\
*start|The quay
;comment
[bg storage="quay.jpg" time=1000]
@wait time=200
#ミラ
遅かったね。[l][r]
待ったよ。[p]
#
海は暗い。[p]
【トビー】氷で。[p]
[link target=*stay]残る[endlink]
[iscript]
var x = "no";
[endscript]
*stay
#ミラ:happy
馬は？[p]
"""

NANI = """\
# Start
@back Quay
; nobody
Mira: You are late.[skipInput]
Toby.Sad: The ice held me.
The sea is dark.
@choice "Stay" goto:.Stay
# Stay
Mira: And the horse? |#abc|
"""


def rpg(*commands: tuple[int, list[Any]]) -> bytes:
    rows = [{"code": code, "indent": 0, "parameters": given} for code, given in commands]
    event = {"id": 1, "name": "EV001", "pages": [{"list": [*rows, {"code": 0, "parameters": []}]}]}
    return json.dumps({"events": [None, event], "displayName": "Quay"}).encode()


@pytest.mark.parametrize(
    ("content", "filename", "format", "said"),
    [
        (RENPY, "game.rpy", "renpy", RENPY_SAID),
        (RENPY, "pasted.txt", "renpy", RENPY_SAID),
        (
            INK,
            "a.ink",
            "ink",
            [
                ("Mira", "You are late."),
                ("Toby", "The ice held me."),
                ("Mira", "And ?"),
                ("Toby", "Dead."),
            ],
        ),
        (
            YARN,
            "a.yarn",
            "yarn",
            [
                ("Mira", "You are late."),
                ("Toby", "The ice held me."),
                ("Mira", "Stay then."),
                ("Toby", "Dead, {$name}."),
            ],
        ),
        (
            TWEE,
            "a.twee",
            "twee",
            [
                ("Mira", "You are late."),
                ("Toby", "The ice held me."),
                ("Mira", "And the horse?"),
                ("Toby", "Dead."),
            ],
        ),
        (
            KAG,
            "a.ks",
            "kag",
            [
                ("ミラ", "遅かったね。"),
                ("ミラ", "待ったよ。"),
                ("トビー", "氷で。"),
                ("ミラ", "馬は？"),
            ],
        ),
        (
            NANI,
            "a.nani",
            "naninovel",
            [("Mira", "You are late."), ("Toby", "The ice held me."), ("Mira", "And the horse?")],
        ),
    ],
)
def test_what_is_said_in_a_game(content: str, filename: str, format: str, said: Said) -> None:
    assert open_script(content, filename).format == format
    assert lines_of(content, filename) == said
    report = report_of(content, filename)
    assert report.rows.total == count_rows(content)
    assert report.rejected_total == 0


def test_the_shared_games() -> None:
    assert lines_of(shared_case("15h-renpy.rpy"), "a.rpy") == [
        ("Eileen", "You came back."),
        ("Ken", "I did, [player]."),
        ("Eileen", 'It took you "long" enough.'),
        ("Ken", "I will stay."),
        ("Ken", "I must go."),
        ("Old Man", "Who is there?"),
        ("Eileen", "One paragraph."),
        ("Eileen", "Another paragraph."),
    ]
    assert lines_of(shared_case("02e-rpgmaker.json"), "a.json") == [
        ("Eileen", "You came back."),
        ("Ken", "I did. Really."),
    ]


@pytest.mark.parametrize(
    ("first", "text", "said"),
    [
        (["A", 0, 0, 2, "Eileen"], ["Hi \\C[2]you\\C[0]."], ("Eileen", "Hi you.")),
        (["A", 0, 0, 2], ["\\n<Ken>Hi."], ("Ken", "Hi.")),
        (["A", 0, 0, 2], ["Ken:", "Hi."], ("Ken", "Hi.")),
        (["A", 0, 0, 2], ["【健】", "やあ。"], ("健", "やあ。")),
        (["A", 0, 0, 2, "\\C[1]Ken\\C[0]"], ["Hi.\\!", "You."], ("Ken", "Hi. You.")),
        (["A", 0, 0, 2], ["Ken: Hi."], ("Ken", "Hi.")),
    ],
)
def test_names_in_messages_of_rpg_maker(
    first: list[Any], text: list[str], said: tuple[str, str]
) -> None:
    content = rpg(
        (101, first),
        *((401, [row]) for row in text),
        (102, [["Stay", "Go"], 1]),
        (101, ["A", 0, 0, 2, "Zoe"]),
        (401, ["Bye."]),
    )
    assert open_script(content, "Map001.json").format == "rpgmaker"
    assert lines_of(content, "Map001.json") == [said, ("Zoe", "Bye.")]
    rows = report_of(content, "Map001.json").rows
    assert (rows.total, rows.rejected) == (len(text) + 5, 0)


def test_a_message_without_a_name_and_a_scrolling_text_are_narration() -> None:
    content = rpg(
        (105, [2, False]),
        (405, ["Long ago."]),
        (101, ["", 0, 0, 2]),
        (401, ["The sea is dark."]),
        (101, ["", 0, 0, 2, "Zoe"]),
        (401, ["Bye."]),
    )
    assert lines_of(content, "a.json") == [("Zoe", "Bye.")]


def test_prose_and_chats_are_no_games() -> None:
    quoted = 'Mira: "Label start:"\nToby: define it.\nMira: [l] is a letter.\n'
    assert open_script(quoted, "a.txt").format == "text"
    markdown = "# Quay\n\nMira: Late.\n\n* [Stay](x)\n\nToby: No.\n"
    assert open_script(markdown, "a.md").format == "text"


def test_a_string_that_is_never_closed_is_reported() -> None:
    content = 'define e = Character("Eileen")\nlabel start:\n    e "Hi."\n    e "never closed\n'
    report = report_of(content, "a.rpy")
    assert (report.codes, report.lines, report.rows.total) == ({"unclosed_quote": 1}, 1, 4)
