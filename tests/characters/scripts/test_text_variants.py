"""The texts of ``fixtures/text_variants.toml``, one at least for each trait of texts as found."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from characters.errors import ScriptError
from characters.scripts.other_kinds import judge
from tests.characters.scripts.cases import report_of
from tests.characters.scripts.reading import open_script

FILE = Path(__file__).parents[2] / "fixtures" / "text_variants.toml"
TEXTS: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["text"]


def _named(texts: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(text, id=text["name"]) for text in texts]


@pytest.mark.parametrize("text", _named([text for text in TEXTS if "counts" in text]))
def test_every_line_has_its_speaker(text: dict[str, Any]) -> None:
    report = report_of(text["content"], text["file"])
    assert {speaker.name: speaker.lines for speaker in report.speakers} == text["counts"]


@pytest.mark.parametrize("text", _named([text for text in TEXTS if "counts" not in text]))
def test_what_is_no_script_is_refused_or_noticed(text: dict[str, Any]) -> None:
    try:
        report = report_of(text["content"], text["file"])
    except ScriptError:
        return
    reading = open_script(text["content"], text["file"])
    assert judge(reading.format, reading.contents.head, report) is not None


@pytest.mark.parametrize("text", _named([text for text in TEXTS if "\r" not in text["content"]]))
def test_every_row_is_accounted_for(text: dict[str, Any]) -> None:
    try:
        report = report_of(text["content"], text["file"])
        name = open_script(text["content"], text["file"]).format
    except ScriptError:
        return
    if name in {"html", "json", "table", "sami"}:  # whose rows are not those of the file
        return
    assert report.rows.total == sum(map(bool, map(str.strip, text["content"].split("\n"))))


@pytest.mark.parametrize(
    ("codec", "lines"),
    [
        ("cp1250", "ŁUKASZ: Dzień dobry, jak się masz?\nŻANETA: Dobrze, dziękuję. Chodźmy już."),
        ("cp1250", "JIŘÍ: Příliš žluťoučký kůň.\nBĚLA: Úpěl ďábelské ódy, člověče."),
        ("cp1250", "ŐRS: Árvíztűrő tükörfúrógép.\nÁGI: Hűvös eső, szőke nő."),
        ("cp1252", "JOÃO: Não, são lições de coração.\nINÊS: Às vezes, avó. Até amanhã."),
        ("cp1252", "SØREN: Hvad gør du på gården?\nÅSE: Ærligt, årligt, øl."),
        ("cp1255", "דנה: שלום מה שלומך היום\nרון: בוקר טוב לכולם"),
        ("cp1256", "أحمد: مرحبا كيف حالك اليوم\nليلى: أنا بخير"),
        ("cp1251", "АННА: ПРИВЕТ, КАК ДЕЛА?\nБОРИС: нормально, спасибо."),
        ("cp1253", "Άννα: Καλημέρα σας, τι κάνετε;\nΝίκος: Πολύ καλά."),
        ("cp1254", "Ayşe: Günaydın, nasılsın?\nİpek: İyiyim, teşekkür ederim."),
    ],
)
def test_a_few_words_show_their_encoding(codec: str, lines: str) -> None:
    speakers = {speaker.name for speaker in report_of(lines.encode(codec), "a.txt").speakers}
    assert speakers == {row.split(":")[0] for row in lines.split("\n")}
