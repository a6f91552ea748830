"""What whole plays of common editions have, and a page of one has not."""

import pytest

from characters.scripts.report import ParseReport
from tests.characters.scripts.cases import said
from tests.characters.scripts.reading import open_script, split

QUAY = "MIRA  The tide is late.\n\nTOBY  I see it.\n\nMIRA  And cold.\n\nTOBY  Yes.\n\n"
QUAY_SAID = ["MIRA: The tide is late.", "TOBY: I see it.", "MIRA: And cold.", "TOBY: Yes."]
BRACKETS = "".join(f"[Enter {name}.]\n\nMIRA  Look, {name}.\n\n" for name in "ABCDEF")
BRACKETS_SAID = [f"MIRA: Look, {name}." for name in "ABCDEF"]

PLAYS: dict[str, tuple[str, list[str]]] = {
    "who is called or mentioned does not speak": (
        "Mira\nby A. Nobody\n\nACT 1\n\n"
        + QUAY
        + "TOBY  My heart is\nwith the gracious\nMira\nwho was late.\n\n"
        "TOBY\nI told it to the keeper, and\nMira, I will not have it so,\nnor any more of it.\n\n"
        "MIRA\nMust we then ask\nToby\nto stay?\n",
        [
            *QUAY_SAID,
            "TOBY: My heart is with the gracious Mira who was late.",
            "TOBY: I told it to the keeper, and Mira, I will not have it so, nor any more of it.",
            "MIRA: Must we then ask Toby to stay?",
        ],
    ),
    "a speech goes on behind a direction, and a stanza": (
        "ACT 1\n\n"
        + QUAY
        + BRACKETS
        + "TOBY\nThe bell, the bell.\n\n[A bell rings.]\n\nWelcome, Mira.\n\n"
        "MIRA, [sings]\nLow water,\nslow water,\n\nhigh water,\nmy daughter.\n\n"
        "TOBY  Sing on.\n",
        [
            *QUAY_SAID,
            *BRACKETS_SAID,
            "TOBY: The bell, the bell.",
            "TOBY: Welcome, Mira.",
            "MIRA: [sings] Low water, slow water, high water, my daughter.",
            "TOBY: Sing on.",
        ],
    ),
    "a speech goes on in its column": (
        "ACT I\n\n"
        + "".join(
            f"          Enter {name}, who waits.\n\n  MIRA. Look, {name},\n    look here.\n"
            f"  TOBY. I do.\n\n          The bell rings for {name}.\n\n"
            for name in "ABC"
        )
        + "  MIRA. It is\n    the bell.\n\n          A lamp is lit.\n\n    O Toby, see.\n"
        "  TOBY. Where?\n",
        [
            *[
                line
                for name in "ABC"
                for line in (f"MIRA: Look, {name}, look here.", "TOBY: I do.")
            ],
            "MIRA: It is the bell.",
            "MIRA: O Toby, see.",
            "TOBY: Where?",
        ],
    ),
    "most names above, some beside": (
        "ACT 1\n=====\n\n"
        + "MIRA\nThe tide is late,\nI say.\n\nTOBY\nI see it\ncome.\n\n" * 6
        + "MIRA  And cold.\n\nTOBY  Yes.\n\n" * 2,
        ["MIRA: The tide is late, I say.", "TOBY: I see it come."] * 6
        + ["MIRA: And cold.", "TOBY: Yes."] * 2,
    ),
    "names that hang above what is said": (
        "ACT I\nSCENE I. A quay.\n\n    Enter MIRA and First Sailor\n\n"
        + "MIRA\n\n    The tide is late,\n    I say.\n\nFirst Sailor\n\n    I see it.\n\n" * 5
        + "Bosun\n\n    Mira, come\n    here.\n",
        ["MIRA: The tide is late, I say.", "First Sailor: I see it."] * 5
        + ["Bosun: Mira, come here."],
    ),
    "German, names above with a colon": (
        "Nacht.\n\nFAUN:\nIch kam und sah,\nund also sprach ich:\nWer da?\n\n"
        "DER WIRT (für sich):\nEin Gast.\n\nFAUN:\nEs hieß:\nDie Flut ist spät.\n\n"
        "DER WIRT:\nAch so.\n",
        [
            "FAUN: Ich kam und sah, und also sprach ich: Wer da?",
            "DER WIRT: (für sich) Ein Gast.",
            "FAUN: Es hieß: Die Flut ist spät.",
            "DER WIRT: Ach so.",
        ],
    ),
    "a first direction over two rows": (
        "Nacht.\n\nFAUN:\nWer da?\n\nDER WIRT (indem er die Lampe auf den\nTisch stellt):\n"
        "Ein Gast.\n\nFAUN:\nSpät.\n\nDER WIRT:\nAch so.\n\nDER WIRT:\nUnd kalt.\n",
        [
            "FAUN: Wer da?",
            "DER WIRT: (indem er die Lampe auf den Tisch stellt) Ein Gast.",
            "FAUN: Spät.",
            "DER WIRT: Ach so.",
            "DER WIRT: Und kalt.",
        ],
    ),
    "stanzas": (
        "ACT I\n\nMIRA.\nSing.\n\nTOBY.\nLow water,\nSlow water,\n\nHigh water,\nMy daughter.\n\n"
        "They dance until the bell of the quay\nrings for the boats.\n\n"
        "MIRA.\nWell sung.\n\nTOBY.\nSo.\n",
        [
            "MIRA: Sing.",
            "TOBY: Low water, Slow water, High water, My daughter.",
            "MIRA: Well sung.",
            "TOBY: So.",
        ],
    ),
    "a page of a German play without blank rows above some names": (
        "Nacht.\n\nFAUN:\nWer da?\nDER GAST (leise):\nIch.\n\nDER WIRT:\nEin Gast.\n\n"
        "FAUN:\nSpät.\n\nDER WIRT:\nAch so.\n",
        [
            "FAUN: Wer da?",
            "DER GAST: (leise) Ich.",
            "DER WIRT: Ein Gast.",
            "FAUN: Spät.",
            "DER WIRT: Ach so.",
        ],
    ),
    "Chinese, spaces of both widths and two speakers": (
        "米拉　你来晚了。\n托比 　冰把我拦住了。\n米拉　 马呢？\n托比/米拉　死了。\n"
        "〔钟声，幕后有人叫\n米拉　谁？\n托比　我。\n",
        [
            "米拉: 你来晚了。",
            "托比: 冰把我拦住了。",
            "米拉: 马呢？",
            "托比/米拉: 死了。",
            "米拉: 谁？",
            "托比: 我。",
        ],
    ),
    "Silence is a name, sometimes": (
        "ACT 1\n\n" + QUAY + "SILENCE  Good day.\n\nMIRA  Well?\n\n" * 3,
        [*QUAY_SAID, *["SILENCE: Good day.", "MIRA: Well?"] * 3],
    ),
    "numbered": (
        "ACT I\n\n  MIRA. Who comes?\n  1. SAILOR. A friend.\n  2. SAILOR. Another.\n"
        "  1. SAILOR. And late.\n  MIRA. Come.\n  2. SAILOR. We do.\n",
        [
            "MIRA: Who comes?",
            "1. SAILOR: A friend.",
            "2. SAILOR: Another.",
            "1. SAILOR: And late.",
            "MIRA: Come.",
            "2. SAILOR: We do.",
        ],
    ),
    "several at once": (
        "Mira and Toby\nby A. Nobody\n\nACT 1\n\n"
        + QUAY
        + "MIRA, TOBY  Anon, anon.\n\nMIRA and TOBY, [aside]\nLate again.\n",
        [*QUAY_SAID, "MIRA, TOBY: Anon, anon.", "MIRA and TOBY: [aside] Late again."],
    ),
    "a prologue speaks": (
        "PROLOGUE\n========\n\n[Enter Chorus.]\n\nCHORUS  Two houses.\n\nACT 1\n=====\n\n"
        + QUAY
        + "PROLOGUE\nFor us and for our tragedy\nwe beg.\n\nTOBY  Late.\n",
        [
            "CHORUS: Two houses.",
            *QUAY_SAID,
            "PROLOGUE: For us and for our tragedy we beg.",
            "TOBY: Late.",
        ],
    ),
    "a rank is a whole name": (
        "ACT I\n\n  Mira. Who are you?\n  Capt. They are of the quay, madam.\n"
        "  Mira. Good sir, whose?\n  Capt. Yours. I am late.\n  Mira. So.\n",
        [
            "Mira: Who are you?",
            "Capt: They are of the quay, madam.",
            "Mira: Good sir, whose?",
            "Capt: Yours. I am late.",
            "Mira: So.",
        ],
    ),
    "small letters within a name": (
        "ЯВЛЕНИЕ 1\nМира\tКто там?\nГрафиня внучка\tЯ пришла.\n1-я княжна\tИ я.\nМира\tПоздно.\n"
        "Графиня внучка\tПрилив.\nГ.N.\tДа.\nГрафиня внучка\tТак.\n",
        [
            "Мира: Кто там?",
            "Графиня внучка: Я пришла.",
            "1-я княжна: И я.",
            "Мира: Поздно.",
            "Графиня внучка: Прилив.",
            "Г.N: Да.",
            "Графиня внучка: Так.",
        ],
    ),
    "a row broken off is no heading": (
        "ACT I\n\n  MIRA. The best in the world, for history or for the one\nscene\n    of all.\n"
        "  TOBY. I see.\n  MIRA. Do you?\n  TOBY. Yes.\n",
        [
            "MIRA: The best in the world, for history or for the one scene of all.",
            "TOBY: I see.",
            "MIRA: Do you?",
            "TOBY: Yes.",
        ],
    ),
    "notes about copies within old editions": (
        "ACT I\n\n  MIRA. Late.\n  TOBY. Yes.\n\n<<THIS VERSION OF THE WORKS IS\nPROVIDED FREE."
        " COPIES MAY BE MADE. (1) YOURS\nONLY.>>\n\nSCENE II.\n\n  MIRA. Cold.\n  TOBY. Oh.\n",
        ["MIRA: Late.", "TOBY: Yes.", "MIRA: Cold.", "TOBY: Oh."],
    ),
    "a cast list in groups": (
        "The Quay\n\nCharacters in the Play\n======================\n\nMIRA\nTOBY\n\nSailors:\n"
        "  FIRST SAILOR\n  BOSUN\n\nMONSIEUR\n(a guest)\n\nACT 1\n=====\n\n" + QUAY,
        QUAY_SAID,
    ),
}


@pytest.mark.parametrize(("content", "expected"), PLAYS.values(), ids=PLAYS)
def test_what_whole_plays_have(content: str, expected: list[str]) -> None:
    reading = open_script(content, "play.txt")
    report = ParseReport()
    assert said(list(report.observe(reading))) == expected
    assert reading.format == "play"
    assert report.rows.total == sum(bool(row.strip()) for row in content.split("\n"))


def test_a_direction_before_the_rest_of_a_speech_stays_there() -> None:
    content = f"ACT 1\n\n{BRACKETS}TOBY\nThe bell.\n\n[A bell rings.]\n\nWelcome.\n"
    [scene] = split(list(open_script(content)))[0]
    assert (scene.directions[-1].at, scene.directions[-1].text) == (7, "[A bell rings.]")


def test_mixed_names_of_a_page_without_blank_rows() -> None:
    said_by = [("MIRA", "Who comes?"), ("First Sailor", "A friend."), ("MIRA", "Late.")]
    said_by += [("First Sailor", "We were kept."), ("Third Sailor", "By the tide,\nMira, by it.")]
    page = "".join(
        f"<A NAME=speech{n}><b>{name}</b></a><blockquote><A>"
        + text.replace("\n", "</A><br><A>")
        + "</A><br></blockquote>"
        for n, (name, text) in enumerate(said_by * 2)
    )
    found = said(list(open_script(f"<HTML><BODY><H3>ACT I</H3>{page}</BODY></HTML>", "a.html")))
    assert found == [f"{name}: {text}".replace("\n", " ") for name, text in said_by * 2]


def test_verses_that_end_in_a_colon_are_no_names_between_capitals() -> None:
    found = said(
        list(
            open_script(
                "FAUN: Late.\nWIRT: Ich sage dir\nUnd also sprach der Mond: nun geh.\nFAUN: Gut.\n"
                "WIRT: Ja.\nGAST: Nein.\nGAST: Doch.\n"
            )
        )
    )
    assert [line.split(":")[0] for line in found] == [
        "FAUN",
        "WIRT",
        "FAUN",
        "WIRT",
        "GAST",
        "GAST",
    ]


def test_a_chinese_direction_that_is_left_open_has_no_speaker() -> None:
    found = said(
        list(
            open_script(
                "米拉：你来晚了。\n〔后面叫：托比！\n托比：冰把我拦住了。\n〔幕启：一座码头。〕\n"
                "米拉：（小声）马呢？\n"
            )
        )
    )
    assert found == ["米拉: 你来晚了。", "托比: 冰把我拦住了。", "米拉: （小声）马呢？"]
