"""Documents as people keep scripts in them: tables with a header, readings, front matter."""

import pytest

from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.test_documents import book, paragraph, table, word
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]
TWO: Said = [("Mira", "You are late."), ("Toby", "So are you.")]


@pytest.mark.parametrize("name", ["07-table-header.docx", "07b-table-3col.docx"])
def test_the_shared_tables_give_each_speaker_nine_lines(name: str) -> None:
    speakers = [speaker for speaker, _ in lines_of(shared_case(name), name)]
    assert sorted(map(speakers.count, set(speakers))) == [9, 9]


def test_the_shared_readings_and_tags_are_left_out() -> None:
    assert lines_of(shared_case("08-ruby.epub"), "a.epub") == [
        ("三三", "遅かったね"),
        ("トビー", "氷で"),
        ("三三", "馬は？"),
    ]
    fanfic = lines_of(shared_case("16-ao3-short.html"), "a.html")
    assert [speaker for speaker, _ in fanfic] == ["Mira", "Toby", "Mira"]


@pytest.mark.parametrize(
    "header",
    [
        ("Character", "Dialogue"),
        ("角色", "台词"),
        ("Personnage", "Réplique"),
        ("Персонаж", "Реплика"),
        ("キャラクター", "セリフ"),
        ("Figur", "Text"),
    ],
)
@pytest.mark.parametrize("kind", ["docx", "html", "epub"])
def test_a_table_at_the_beginning_with_a_header(header: tuple[str, str], kind: str) -> None:
    rows = [header, *TWO]
    markup = "".join(f"<tr><td>{name}</td><td>{text}</td></tr>" for name, text in rows)
    page = f"<html><body><table>{markup}</table></body></html>"
    content = {"docx": word(table(*rows)), "html": page.encode(), "epub": book(page)}[kind]
    assert lines_of(content, f"a.{kind}") == TWO
    assert report_of(content, f"a.{kind}").rows.total == 3


def test_numbers_and_times_in_the_first_of_three_columns_are_left_out() -> None:
    rows = [("1", "Mira", "You are late."), ("00:12", "Toby", "So are you.")]
    assert lines_of(word(table(*rows)), "a.docx") == TWO


def test_a_further_column_of_notes_is_left_out() -> None:
    rows = [("Scene", "Character", "Dialogue", "Notes"), ("1", *TWO[0], "fast"), ("1", *TWO[1], "")]
    assert lines_of(word(table(*rows)), "a.docx") == TWO


def ruby_run(base: str, reading: str) -> str:
    def run(text: str) -> str:
        return f"<w:r><w:t>{text}</w:t></w:r>"

    inner = f"<w:rt>{run(reading)}</w:rt><w:rubyBase>{run(base)}</w:rubyBase>"
    return f"<w:r><w:ruby>{inner}</w:ruby></w:r>"


def test_readings_in_word_are_left_out() -> None:
    named = f"<w:p>{ruby_run('三三', 'さんさん')}<w:r><w:t>：{'行こう'}</w:t></w:r></w:p>"
    content = word(named + paragraph("太郎：うん"))
    assert lines_of(content, "a.docx") == [("三三", "行こう"), ("太郎", "うん")]


@pytest.mark.parametrize(
    "name",
    [
        "<ruby>三三<rt>さんさん</rt></ruby>",
        "<ruby>三<rp>（</rp><rt>さん</rt><rp>）</rp>三<rt>さん</rt></ruby>",
        "<ruby><rb>三三</rb><rt>さんさん</ruby>",
        "<ruby>三三<rtc><rt>さんさん</rt></rtc></ruby>",
    ],
)
def test_readings_in_pages_are_left_out(name: str) -> None:
    page = f"<html><body><p>{name}：行こう</p><p>太郎：うん</p></body></html>"
    assert lines_of(page, "a.html") == [("三三", "行こう"), ("太郎", "うん")]


def test_readings_and_notes_of_aozora_bunko_are_left_out() -> None:
    content = (
        "夜の橋\n無名\n\n" + "-" * 30 + "\n【テキスト中に現れる記号について】\n\n《》：ルビ\n"
        "（例）橋《はし》\n" + "-" * 30 + "\n\n"
        "三三《さんさん》：｜遅《おそ》かったね\n太郎《たろう》：氷《こおり》［＃「氷」に傍点］で\n"
        "三三：そう\n\n底本：「夜の橋」\n入力：無名\n"
    )
    assert lines_of(content, "a.txt") == [
        ("三三", "遅かったね"),
        ("太郎", "氷で"),
        ("三三", "そう"),
    ]
    assert report_of(content, "a.txt").rows.total == 12


def test_chinese_titles_in_the_same_brackets_stay() -> None:
    content = "三三：读《红楼梦》吗？\n老周：读过《茶馆》。\n三三：好。\n"
    assert lines_of(content, "a.txt")[0] == ("三三", "读《红楼梦》吗？")


SCRIPT = "Mira: You are late.\nToby: So are you.\nMira: Go.\n"
SAID = [*TWO, ("Mira", "Go.")]


@pytest.mark.parametrize(
    "front",
    [
        "Title: The Quay\nAuthor: A. Nobody\nLanguage: English\n",
        "The Quay\nby nobody\n\nFandom: Quay\nRating: General\nPairing: Mira/Toby\nWords: 100\n",
        "书名：码头\n作者：无名\n标签：悬疑\n简介：一个夜晚\n",
        "**Title:** The Quay\n**Author:** Nobody\n**Disclaimer:** Mine.\n",
        "Rating:\nGeneral\nFandom:\nQuay\nLanguage:\nEnglish\n",
    ],
)
def test_a_list_of_a_works_data_is_no_cast(front: str) -> None:
    content = f"{front}\n{SCRIPT}"
    assert lines_of(content, "a.txt") == SAID
    report = report_of(content, "a.txt")
    assert report.rows.total == len([row for row in content.split("\n") if row.strip()])


def test_the_licence_around_a_book_is_no_part_of_it() -> None:
    begin = "The Project Gutenberg eBook\n\nTitle: Quay\nAuthor: A. Nobody\n\nCredits: Me\n\n"
    marks = "*** {} OF THE PROJECT GUTENBERG EBOOK QUAY ***\n\n"
    end = "Section 1. Terms\n\nNOTE: Free.\nEMAIL: a@example.org\n"
    content = begin + marks.format("START") + SCRIPT + "\n" + marks.format("END") + end
    assert lines_of(content, "a.txt") == SAID
    page = "".join(f"<p>{row}</p>" for row in content.split("\n") if row)
    assert lines_of(f"<html><body>{page}</body></html>", "a.html") == SAID


def test_people_called_as_a_label_speak_if_they_speak_again() -> None:
    content = "Author: Hello.\nEditor: No.\nPublisher: Yes.\nAuthor: Well.\nEditor: Then.\n"
    assert [speaker for speaker, _ in lines_of(content, "a.txt")] == [
        *("Author", "Editor", "Publisher", "Author", "Editor")
    ]


def test_no_shared_licence_makes_a_speaker() -> None:
    content = shared_case("16c-gutenberg-play.txt")
    text = content.decode().replace("MIRA.\n", "MIRA: ").replace("TOBY.\n", "TOBY: ")
    speakers = [speaker for speaker, _ in lines_of(text, "a.txt")]
    assert speakers == ["MIRA", "TOBY", "MIRA", "TOBY"]
