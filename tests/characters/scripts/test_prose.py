from textwrap import wrap

import pytest

from characters.scripts.model import SCENE_LINES, NonDialogue, ParseItem, Scene
from characters.scripts.prose.novel import NARRATION_CHARACTERS, Prose
from tests.characters.scripts.reading import codes, open_script, read, rendered, split

SAID = [
    ("三三说：“你好。”", "三三：你好。"),
    ("三三问:「你好吗?」", "三三：你好吗?"),
    ("“走吧。”三三说，“天黑了。”", "三三：走吧。天黑了。"),
    ("“走吧。”三三说。“天黑了。”", "三三：走吧。天黑了。"),
    ("老周皱眉道：“不行。”", "老周：不行。"),
    ("二二对三三笑着说道：“来。”", "二二：来。"),
    ("“阿！”店小二喊道。", "店小二：阿！"),
    ("『好』，老周答道。", "老周：好"),
    ("她停下了脚步。三三低声说：“听。”", "三三：听。"),
    ("安娜·卡列尼娜说：“好。”", "安娜·卡列尼娜：好。"),
    ("“Yes,” said Anna, “no.”", "Anna: Yes, no."),
    ("“Yes,” Anna said quietly. “No.”", "Anna: Yes, No."),
    ('Anna said, "Yes."', "Anna: Yes."),
    ("“Come,” said the Hatter.", "Hatter: Come,"),
    ("“Come,” Mr. Hale replied.", "Mr. Hale: Come,"),
    ("Then Bob whispered to Anna, “Go.”", "Bob: Go."),
    ("It rained; Bob shouted: “Go!”", "Bob: Go!"),
    ("‘It’s cold,’ said O’Neil.", "O’Neil: It’s cold,"),
    ("“I walked on, and on,” said Anna. “And then", "Anna: I walked on, and on, And then"),
]

ELSEWHERE = [
    # French: a dash or guillemets, and clauses within the speech
    ("— Tu es en retard, dit Mira.", "Mira: Tu es en retard,"),
    ("— Le cheval, s'écria M. Durand, où est-il ?", "M. Durand: Le cheval, où est-il ?"),
    ("— Mort ? reprit la duchesse de Langeais.", "duchesse de Langeais: Mort ?"),
    ("— La glace, murmura doucement le vieux Toby.", "Toby: La glace,"),
    ("— Oui, dit Mira. Je viens.", "Mira: Oui, Je viens."),
    ("— Oui, dit Mira. Elle se leva.", "Mira: Oui,"),
    ("« La glace », répondit Toby.", "Toby: La glace"),
    ("« Casse du bois, lui dit Mira ; il fait froid. »", "Mira: Casse du bois, il fait froid."),
    ("Toby soupira : « Mort. »", "Toby: Mort."),
    # Spanish and Portuguese: the dash returns around the narrator's words
    ("—Llegas tarde —dijo Mira.", "Mira: Llegas tarde"),
    ("—El hielo —respondió Toby—. Lo siento.", "Toby: El hielo. Lo siento."),
    ("-Basta -dijo don Juan de repente-. Entra.", "don Juan: Basta. Entra."),
    ("«Muerto», exclamó doña Inés.", "doña Inés: Muerto"),
    ("Entonces dijo Mira: «Ven.»", "Mira: Ven."),
    ("— O gelo — respondeu o Toby. — Desculpa.", "Toby: O gelo. Desculpa."),
    ("— O gelo... — acudiu-lhe Toby.", "Toby: O gelo..."),
    # Italian, German
    ("«Il ghiaccio» rispose don Abbondio.", "don Abbondio: Il ghiaccio"),
    ("„Du kommst spät“, sagte Mira.", "Mira: Du kommst spät"),
    ("»Das Eis«, erwiderte Toby leise, »hielt mich.«", "Toby: Das Eis, hielt mich."),
    ('"Ja", sagte Frau Hartwig.', "Frau Hartwig: Ja"),
    ('"Ja", rief K. Er ging.', "K.: Ja"),
    ("Da sagte Mira: »Komm!«", "Mira: Komm!"),
    ("Toby seufzte: „Tot.“", "Toby: Tot."),
    # Russian and Polish
    ("— Лёд задержал, — ответила Мира. — Прости.", "Мира: Лёд задержал, Прости."),
    ("— Я — Тобий, — сказал вдруг князь Андрей.", "князь Андрей: Я — Тобий,"),
    ("– Пала! – воскликнул старый Иван Петрович.", "Иван Петрович: Пала!"),
    ("«Пала», — сказал Тобий.", "Тобий: Пала"),
    ("Мира вздохнула: «Пала».", "Мира: Пала"),
    ("— Lód — odpowiedział Toby. — Przepraszam.", "Toby: Lód. Przepraszam."),
    # Japanese
    ("「遅かったね」とミラは言った。", "ミラ：遅かったね"),
    ("「馬は？」ミラがつぶやいた。", "ミラ：馬は？"),
    ("「氷で」と、赤シャツは静かに答えた。", "赤シャツ：氷で"),
    ("トビーさんが言った。「死んだよ」", "トビーさん：死んだよ"),
    ("ミラは「行こう」と叫んだ。", "ミラ：行こう"),
    ("「ええ」と、母が尋ねた。――「お前は？」", "母：ええお前は？"),
]

NOT_ELSEWHERE = [
    "— Mort, fit-il.",
    "— Mort, dit le vieillard.",
    "— Mort, dit le père de Mira.",
    "— Mort.",
    "—Muerto —contestó él.",
    "Le dijo: «Muerto.»",
    "„Tot“, sagte er.",
    "„Tot“, sagte der Mann.",
    "Dann sagte er: „Tot.“",
    "Und der Vater sagte: „Tot.“",
    "— Пала, — сказала она.",
    "— Пала. — Он замолчал.",
    "「死んだよ」と彼は言った。",
    "「死んだよ」と男が答えた。",
    "「死んだよ」",
]

UNSAID = [
    "“你好。”",
    "他笑着说：“来。”",
    "忽然有人喊道：“来！”",
    "她想了想，点头说：“来。”",
    "老周看着三三，她说道：“不行。”",
    "老周推门进来，身后的人说：“来！”",
    "“来！”三三的妈妈说。",
    "三三的妈妈说：“来！”",
    "“Yes,” she said. “No.”",
    "The man behind Anna said, “Yes.”",
    "“Yes,” said Anna's brother.",
    "“Yes,” said Anna and Bob together.",
    "“Come,” said the old man.",
    "Anna turned to Bob. “Yes.”",
    "Anna laughed at what nobody said: “Yes.”",
]


@pytest.mark.parametrize(("paragraph", "line"), SAID)
def test_a_clause_beside_a_quotation_names_who_speaks(paragraph: str, line: str) -> None:
    scenes, rejections = read(paragraph, format="prose")
    assert (rendered(scenes), rejections) == ([[line]], [])


@pytest.mark.parametrize(("paragraph", "line"), ELSEWHERE)
def test_clauses_of_other_languages_name_who_speaks(paragraph: str, line: str) -> None:
    scenes, rejections = read(paragraph, format="prose")
    assert (rendered(scenes), rejections) == ([[line]], [])


def test_a_japanese_clause_below_its_quotation_names_who_speaks() -> None:
    scenes, _ = read(
        "「遅かったね」\n　とミラは言った。\n「馬は？」\n　トビーは黙った。", format="prose"
    )
    assert rendered(scenes) == [["ミラ：遅かったね"]]
    assert scenes[0].continued == 1


def test_a_dash_opens_a_paragraph_of_wrapped_rows() -> None:
    said = (
        "— Estás atrasado, e eu esperei por ti junto ao farol — disse Mira, que tinha muito frio.",
        "— O gelo reteve-me no caminho da serra — respondeu Toby, sacudindo a neve do casaco.",
    )
    rows = [row for paragraph in said * 4 for row in wrap(paragraph, 50)]
    scenes, rejections = read("\n".join(rows), format="prose")
    assert [line.speaker for line in scenes[0].lines] == ["Mira", "Toby"] * 4
    assert rejections == []


@pytest.mark.parametrize("paragraph", NOT_ELSEWHERE)
def test_pronouns_and_descriptions_name_no_one_in_other_languages(paragraph: str) -> None:
    scenes, rejections = read(f"“Hm,” said Zoe.\n{paragraph}", format="prose")
    assert rendered(scenes) == [["Zoe: Hm,"]]
    assert {code for _, code in codes(rejections)} == {"unattributed"}


@pytest.mark.parametrize("paragraph", UNSAID)
def test_nobody_is_guessed(paragraph: str) -> None:
    scenes, rejections = read(f"“Hm,” said Zoe.\n{paragraph}", format="prose")
    assert rendered(scenes) == [["Zoe: Hm,"]]
    assert {code for _, code in codes(rejections)} == {"unattributed"}
    assert sum(rejection.rows for rejection in rejections) == 1


def test_behind_a_comma_only_a_known_name_speaks() -> None:
    before = "老周叹了口气，说道：“雨。”\n他抬起头，老周说：“雨。”"
    scenes, rejections = read(f"{before}\n老周说：“停了。”\n{before}", format="prose")
    assert rendered(scenes) == [["老周：停了。", "老周：雨。", "老周：雨。"]]
    assert codes(rejections) == [(1, "unattributed"), (2, "unattributed")]


def test_several_speakers_of_a_paragraph_share_its_row() -> None:
    items: list[ParseItem] = list(
        open_script("“走。”三三说。“不。”二二说。\n“谁？”“我。”老周说。", format="prose")
    )
    scenes, rejections = split(items)
    assert [(line.row, line.render()) for line in scenes[0].lines] == [
        (1, "三三：走。"),
        (1, "二二：不。"),
        (2, "老周：我。"),
    ]
    assert scenes[0].continued == -1
    assert [(item.row, item.text, item.rows) for item in rejections] == [(2, "谁？", 0)]


def test_a_quoted_word_is_narration() -> None:
    items = list(open_script("三三说：“好。”\n墙上写着“平安”二字。\nA “real” one.", format="prose"))
    assert [item.row for item in items if isinstance(item, NonDialogue)] == [2, 3]
    assert split(items)[1] == []


def test_scenes_end_at_headings_and_where_nobody_speaks_for_long() -> None:
    said = "“好。”三三说。\n"
    near = "雾" * (NARRATION_CHARACTERS // 2) + "\n"
    scenes, _ = read(f"{said}{near}{said}{near * 3}{said}第二章 雨\n{said}", format="prose")
    assert [(scene.row, len(scene.lines), scene.heading) for scene in scenes] == [
        (1, 2, None),
        (7, 1, None),
        (9, 1, "第二章 雨"),
    ]


def test_a_long_novel_goes_on_in_further_scenes() -> None:
    scenes, _ = read("“走。”三三说。“不。”二二说。\n" * SCENE_LINES, format="prose")
    assert [len(scene.lines) for scene in scenes] == [SCENE_LINES] * 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("\n".join(paragraph for paragraph, _ in SAID), "prose"),
        ("\n".join(paragraph for paragraph, _ in ELSEWHERE), "prose"),
        ("— Mira: Oui.\n— Toby: Non.\n— Mira: Bon.\n", "text"),
        ("“走吧。”三三说。\n河上起雾了。\n" * 3 + "雨停了。\n" * 20, "prose"),
        ("三三：“你好。”\n二二：“好。”\n", "text"),
        ("三三「你好。」\n二二「好。」\n", "text"),
        ("Anna: He said “no,” and left.\nThe “end.”\nBob: “Oh.”\n", "text"),
        ('{"speaker": "Anna", "line": "Oh."}\n{"speaker": "Bob", "line": "No."}\n', "jsonl"),
        ('speaker,line\n"Anna","Oh."\n"Bob","No."\n', "table"),
    ],
)
def test_prose_is_told_from_scripts_with_quotation_marks(content: str, name: str) -> None:
    assert open_script(content).format == name


@pytest.mark.parametrize("mark", '“”「‘’"«》：»„—–')
def test_many_marks_take_no_time(mark: str) -> None:
    list(Prose().parse([mark * 50_000, f"a{mark}" * 20_000, f"{mark} " * 20_000]))


def test_scenes_are_never_empty() -> None:
    items = list(Prose().parse(["第一章", "“走。”", "第二章", "“走。”三三说。"]))
    assert [len(item.lines) for item in items if isinstance(item, Scene)] == [1]
