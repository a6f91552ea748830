"""Stage plays as they are printed, in several languages: who speaks, and what is direction."""

import time

import pytest

from characters.errors import ScriptError
from characters.scripts.model import Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.cases import counts, read_case, said
from tests.characters.scripts.reading import open_script, split

PLAYS: dict[str, tuple[str, list[str]]] = {
    "a name above its verse": (
        "ACT I\n\nSCENE I. A quay.\n\n Enter MIRA and TOBY.\n\nMIRA.\nThe tide is late,\nI say.\n\n"
        "TOBY.\nForgive me. [_Aside._] She is cross.\n\nMIRA.\nWhat?\n\n [_Exit Toby._]\n\n"
        "FIRST SAILOR.\nDrink!\n",
        [
            "MIRA: The tide is late, I say.",
            "TOBY: Forgive me. [Aside.] She is cross.",
            "MIRA: What?",
            "FIRST SAILOR: Drink!",
        ],
    ),
    "Ibsen": (
        "FIRST ACT\n\n(A room. MIRA sits.)\n\nMIRA [without looking up]. You are late.\n\n"
        "TOBY [at the door]. The ice.\n\nMIRA. And the horse?\n\nDR. RANK. Dead.\n",
        [
            "MIRA: [without looking up] You are late.",
            "TOBY: [at the door] The ice.",
            "MIRA: And the horse?",
            "DR. RANK: Dead.",
        ],
    ),
    "Wilde, small letters and two spaces": (
        "SCENE\n\nMorning-room.\n\n[LANE is arranging tea.]\n\nMira.  Did you hear, Lane?\n\n"
        "Lane.  No, madam.\nI did not. Now: tea\nis ready.\n\nMira.  [Stiffly.]  It is customary."
        " Lady Bell knows.\n\nLady Bell.  Good afternoon.\n\n[_Goes out._]\n",
        [
            "Mira: Did you hear, Lane?",
            "Lane: No, madam. I did not. Now: tea is ready.",
            "Mira: [Stiffly.] It is customary. Lady Bell knows.",
            "Lady Bell: Good afternoon.",
        ],
    ),
    "Shaw": (
        "ACT I\n\nTHE DAUGHTER [in the rain] I'm chilled. Where is\nFreddy?\n\n"
        "THE MOTHER. Not so long.\n\nA BYSTANDER [behind her] No cab.\n\nTHE DAUGHTER. Oh.\n\n"
        "THE MOTHER [violently] Will you be quiet?\n",
        [
            "THE DAUGHTER: [in the rain] I'm chilled. Where is Freddy?",
            "THE MOTHER: Not so long.",
            "A BYSTANDER: [behind her] No cab.",
            "THE DAUGHTER: Oh.",
            "THE MOTHER: [violently] Will you be quiet?",
        ],
    ),
    "Folger": (
        "The Quay\n\nCharacters in the Play\n======================\nMIRA, a keeper\n"
        "TOBY, her man\n\n"
        "ACT 1\n=====\n\nScene 1\n=======\n[Enter Mira and Toby.]\n\nMIRA  Who's there?\n\n"
        "TOBY\nNay, answer me.\nStand.\n\nMIRA  Long live the lamp!\n\nTOBY, [to the Sailor]\n"
        "Get thee to bed.\n\nSAILOR, [beneath]  Swear.\n[They swear.]\n\nMIRA\nWell said.\n"
        "[Exit.]\n",
        [
            "MIRA: Who's there?",
            "TOBY: Nay, answer me. Stand.",
            "MIRA: Long live the lamp!",
            "TOBY: [to the Sailor] Get thee to bed.",
            "SAILOR: [beneath] Swear.",
            "MIRA: Well said.",
        ],
    ),
    "MIT, as text with tabs": (
        "ACT I\n\nSCENE I\tA quay.\n\n\t[Enter MIRA and TOBY]\n\nMIRA\tWho's there?\n\n"
        "TOBY\tNay, stand, and unfold\n\tyourself.\n\nMIRA\tHe.\n\nFirst Sailor\tDrink.\n\n"
        "TOBY\tGo, First Sailor.\n",
        [
            "MIRA: Who's there?",
            "TOBY: Nay, stand, and unfold yourself.",
            "MIRA: He.",
            "First Sailor: Drink.",
            "TOBY: Go, First Sailor.",
        ],
    ),
    "indented, without blank rows": (
        "ACT I. SCENE 1.\nA quay\n\nEnter MIRA and TOBY\n\n  MIRA. Who's there?\n"
        "  TOBY. Nay, answer me. Stand and\n    unfold. Now: I say\n    it is late.\n"
        "  MIRA. [Aside] He.\n  FIRST SAILOR. Drink.\n  TOBY. Go.\n",
        [
            "MIRA: Who's there?",
            "TOBY: Nay, answer me. Stand and unfold. Now: I say it is late.",
            "MIRA: [Aside] He.",
            "FIRST SAILOR: Drink.",
            "TOBY: Go.",
        ],
    ),
    "names in italics": (
        "_Mira._ You are late.\n\n_Toby._ (_bowing_) The ice.\n\n_Mira._ And the horse?\n\n"
        "_Exit_ Toby.\n\n_Mira_ [_aside_]. He lies.\n",
        [
            "Mira: You are late.",
            "Toby: (bowing) The ice.",
            "Mira: And the horse?",
            "Mira: [aside] He lies.",
        ],
    ),
    "French, a stop and a dash": (
        "ACTE PREMIER\n\nSCÈNE I\n\nHARPAGON, LA FLÈCHE.\n\nHARPAGON.- Hors d'ici.\n\n"
        "LA FLÈCHE, à part.- Je n'ai rien vu.\n\nHARPAGON.- Tu murmures.\n\nSCÈNE II\n\n"
        "HARPAGON, seul.- Certes.\n",
        [
            "HARPAGON: Hors d'ici.",
            "LA FLÈCHE: (à part) Je n'ai rien vu.",
            "HARPAGON: Tu murmures.",
            "HARPAGON: (seul) Certes.",
        ],
    ),
    "French, names above": (
        "ACTE I\n\nALCESTE.\nQu'est-ce donc?\n\nPHILINTE, se levant.\nLaissez-moi.\n\n"
        "ALCESTE.\nMoi, votre ami?\n\nPHILINTE.\nOui.\n",
        [
            "ALCESTE: Qu'est-ce donc?",
            "PHILINTE: (se levant) Laissez-moi.",
            "ALCESTE: Moi, votre ami?",
            "PHILINTE: Oui.",
        ],
    ),
    "German": (
        "ERSTER AUFZUG\n\nErster Auftritt\n\n(Flur.)\n\nDAJA. Er ist es! Nathan!\n\n"
        "NATHAN. Ja, Daja.\n\nDAJA (zu Nathan). Wie elend!\n\nNATHAN. Brannte.\n\n"
        "DER TEMPELHERR. Was gibt's?\n",
        [
            "DAJA: Er ist es! Nathan!",
            "NATHAN: Ja, Daja.",
            "DAJA: (zu Nathan) Wie elend!",
            "NATHAN: Brannte.",
            "DER TEMPELHERR: Was gibt's?",
        ],
    ),
    "Spanish": (
        "ACTO PRIMERO\n\nDON JUAN.—¡Cuán gritan!\n\nCIUTTI.—Señor, es carnaval.\n\n"
        "DON JUAN.—Calla.\n\nCIUTTI.—(Aparte.) ¡Qué genio!\n",
        [
            "DON JUAN: ¡Cuán gritan!",
            "CIUTTI: Señor, es carnaval.",
            "DON JUAN: Calla.",
            "CIUTTI: (Aparte.) ¡Qué genio!",
        ],
    ),
    "Russian": (
        "Действие первое\n\nКомната.\n\nЛопахин. Пришёл поезд. Который час?\n\n"
        "Дуняша. Скоро два. (Тушит свечу.)\n\nЛопахин. Опоздал? Дуняша, иди.\n\n"
        "Дуняша. Иду. Любовь Андреевна!\n\nЛюбовь Андреевна (радостно, сквозь слёзы). Детская!\n\n"
        "Занавес.\n",
        [
            "Лопахин: Пришёл поезд. Который час?",
            "Дуняша: Скоро два. (Тушит свечу.)",
            "Лопахин: Опоздал? Дуняша, иди.",
            "Дуняша: Иду. Любовь Андреевна!",
            "Любовь Андреевна: (радостно, сквозь слёзы) Детская!",
        ],
    ),
    "Chinese, padded names": (
        "第一幕\n\n　　［夏天的午后。］\n\n鲁　贵　（喘着气）四凤！\n四　凤　您说什么？\n"
        "鲁　贵　我说你呢。\n　　［四凤下。］\n周朴园　谁在这儿？\n四　凤　（轻声）是我。\n",
        [
            "鲁贵: （喘着气）四凤！",
            "四凤: 您说什么？",
            "鲁贵: 我说你呢。",
            "周朴园: 谁在这儿？",
            "四凤: （轻声）是我。",
        ],
    ),
    "Chinese": (
        "米拉　你来晚了。\n托比　冰把我拦住了。\n米拉　马呢？\n托比　（小声）死了。\n众人　啊！\n",
        [
            "米拉: 你来晚了。",
            "托比: 冰把我拦住了。",
            "米拉: 马呢？",
            "托比: （小声）死了。",
            "众人: 啊！",
        ],
    ),
    "dashes": (
        "Mira - You are late.\nToby - The ice held me - all night.\nMira - And the horse?\n"
        "Toby - Dead.\nGuard - Move on!\n",
        [
            "Mira: You are late.",
            "Toby: The ice held me - all night.",
            "Mira: And the horse?",
            "Toby: Dead.",
            "Guard: Move on!",
        ],
    ),
    "tabs without a header": (
        "Mira\tYou are late.\nToby\tThe ice held me.\nMira\tAnd the horse?\nToby\tDead.\n",
        ["Mira: You are late.", "Toby: The ice held me.", "Mira: And the horse?", "Toby: Dead."],
    ),
}


def speeches(content: str, filename: str = "play.txt") -> list[str]:
    reading = open_script(content, filename)
    report = ParseReport()
    items = list(report.observe(reading))
    rows = sum(bool(row.strip()) for row in content.split("\n"))
    if not filename.endswith(".html"):
        assert reading.format == "play"
        assert report.rows.total == rows
    return said(items)


@pytest.mark.parametrize(("content", "expected"), PLAYS.values(), ids=PLAYS)
def test_plays_as_they_are_printed(content: str, expected: list[str]) -> None:
    assert speeches(content) == expected


@pytest.mark.parametrize(("content", "expected"), PLAYS.values(), ids=PLAYS)
def test_windows_row_ends_and_a_byte_order_mark_change_nothing(
    content: str, expected: list[str]
) -> None:
    assert said(list(open_script("\ufeff" + content.replace("\n", "\r\n")))) == expected


def test_directions_are_kept_with_the_scene() -> None:
    [scene] = split(list(open_script(PLAYS["a name above its verse"][0])))[0]
    assert (scene.heading, [(each.at, each.text) for each in scene.directions]) == (
        "SCENE I. A quay.",
        [(0, "Enter MIRA and TOBY."), (3, "[Exit Toby.]")],
    )


def test_a_direction_over_several_rows_is_none_of_the_speech() -> None:
    found = speeches(
        "MIRA.\nYou are late.\n[_A bell. MIRA.\nlistens to it._]\nAnd cold.\n\nTOBY.\nYes.\n\n"
        "MIRA.\nOh.\n"
    )
    assert found == ["MIRA: You are late. And cold.", "TOBY: Yes.", "MIRA: Oh."]


def test_a_direction_over_several_rows_may_open_a_speech_or_interrupt_it() -> None:
    found = speeches(
        "MIRA.\n\n[_A podgy\nwoman._] Late!\n\nTOBY.\n\nYes. It\n[_He looks at the\nice._] held me."
        "\n\nMIRA.\n\nOh.\n\n[_To TOBY._] Sit!\n\nTOBY.\n\nMIRA.\n\nNo.\n\nTOBY.\n\nYes."
        "\n\nMIRA.\n\nOh.\n"
    )
    assert found == [
        "MIRA: [A podgy woman.] Late!",
        "TOBY: Yes. It held me.",
        "MIRA: Oh. [To TOBY.] Sit!",
        "MIRA: No.",
        "TOBY: Yes.",
        "MIRA: Oh.",
    ]


def test_what_project_gutenberg_writes_is_no_play() -> None:
    items = read_case("16c-gutenberg-play.txt")
    assert counts(items) == {"MIRA": 2, "TOBY": 2}
    book = (
        "Title: The Quay\n\nAuthor: A. Nobody\n\n*** START OF THIS PROJECT GUTENBERG EBOOK ***\n\n"
        "MIRA. Late.\n\nTOBY. Yes.\n\nMIRA. Oh.\n\n*** END OF THIS PROJECT GUTENBERG EBOOK ***\n\n"
        "LICENCE. Read this: it is long.\n\nMIRA. No.\n"
    )
    assert speeches(book) == ["MIRA: Late.", "TOBY: Yes.", "MIRA: Oh."]


def test_html_plays_with_names_in_small_letters() -> None:
    said_by = [("First Witch", "When shall we meet"), ("Second Witch", "When it is done,")] * 2
    said_by += [("All", "Fair is foul"), ("MACBETH", "So foul a day"), ("All", "Hail Macbeth")]
    page = "".join(
        f"<A NAME=speech{n}><b>{name}</b></a><blockquote><A NAME={n}>{text}</A><br></blockquote>"
        for n, (name, text) in enumerate(said_by)
    )
    found = speeches(f"<HTML><BODY><H3>ACT I</H3>{page}</BODY></HTML>", "macbeth.html")
    assert found == [f"{name}: {text}" for name, text in said_by]


def test_a_name_that_nothing_else_shows_is_reported() -> None:
    items = list(
        open_script(
            "Mira. Late.\n\nToby. Yes.\n\nMira. Toby?\n\nToby. Mira!\n\nNight. It is dark.\n"
        )
    )
    scenes, rejections = split(items)
    assert [line.speaker for line in scenes[0].lines] == ["Mira", "Toby", "Mira", "Toby"]
    assert [(each.row, each.code, each.rows) for each in rejections] == [(9, "doubtful_name", 0)]


@pytest.mark.parametrize(
    "content",
    [
        "Yes. I know what you mean.\n\nMr. Hale went home. He was tired.\n\nAnna. That was her"
        " name. She had it from her aunt.\n\nThe end was near. So it was.\n\nAnna. Again Anna.\n",
        "Apple. A fruit.\n\nPear. Another fruit.\n\nPlum. A small fruit.\n\nFig. A sweet fruit.\n",
        "INFO  started\nWARN  slow\nINFO  stopped\nERROR  gone\nINFO  started\n",
        "1. Mix the flour.\n2. Add milk.\n3. Bake.\n1. Mix again.\n",
        "A. One\nB. Two\nC. Three\nA. Four\nB. Five\n",
    ],
)
def test_what_is_no_play_is_not_taken_for_one(content: str) -> None:
    with pytest.raises(ScriptError):
        list(open_script(content))


@pytest.mark.parametrize(
    "row",
    [
        "MIRA. Late.\n\n",
        "MIRA",
        "MIRA, MIRA, ",
        "_Mira_ [",
        "Mira (",
        "米　",
        "A B C D ",
        "[\n",
        "MIRA - ",
    ],
)
def test_time_grows_no_faster_than_the_text(row: str) -> None:
    content = (row * (400_000 // len(row)))[:400_000]
    rows = "\n".join(content[start : start + 5_000] for start in range(0, len(content), 5_000))
    started = time.process_time()
    try:
        for item in open_script(rows, format="play"):
            assert not isinstance(item, Scene) or item.lines
    except ScriptError:
        pass
    assert time.process_time() - started < 5


def test_shared_plays() -> None:
    found = counts(read_case("18-play-dot-own-row.txt"))
    assert found == {"MIRA": 3, "TOBY": 2, "FIRST SAILOR": 1}
    assert counts(read_case("18c-play-ibsen.txt")) == {"MIRA": 2, "TOBY": 2}
    assert counts(read_case("18e-play-russian.txt")) == {"Мира": 2, "Тобий": 2}
    assert counts(read_case("18g-play.html")) == {"MIRA": 2, "TOBY": 1}
    assert counts(read_case("04-mit-shakespeare.html")) == {"MIRA": 9, "First Sailor": 9}
