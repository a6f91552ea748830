"""How a name in capitals is set; every other name stays as its author typed it."""

import pytest

from characters.scripts.display_names import display_name

SET = {
    "AGNES": "Agnes",
    "OLD PIKE": "Old Pike",
    "McCOY": "McCoy",
    "MCCOY": "McCoy",
    "MacDONALD": "MacDonald",
    "MACBETH": "Macbeth",
    "LeBRON": "LeBron",
    "O'BRIEN": "O'Brien",
    "O’BRIEN": "O’Brien",
    "D'ARTAGNAN": "D'Artagnan",
    "FRANKIE'S MOM": "Frankie's Mom",
    "FRANKIE's MOM": "Frankie's Mom",
    "JEAN-LUC": "Jean-Luc",
    "ANNE-MARIE O'NEIL": "Anne-Marie O'Neil",
    "MR. SMITH": "Mr. Smith",
    "DR WHO": "Dr Who",
    "DJ KHALED": "DJ Khaled",
    "J. R. EWING": "J. R. Ewing",
    "KING HENRY VIII": "King Henry VIII",
    "GUARD 1": "Guard 1",
    "GUARD1": "Guard1",
    "2ND GUARD": "2nd Guard",
    "LADY OF THE LAKE": "Lady of the Lake",
    "LUDWIG VAN BEETHOVEN": "Ludwig van Beethoven",
    "FBI AGENT": "FBI Agent",
    "MARY & JOHN": "Mary & John",
    "VERA (V.O.)": "Vera (V.O.)",
    "HAL 9000": "Hal 9000",
    "ÉLODIE": "Élodie",
    "ИВАН ПЕТРОВИЧ": "Иван Петрович",
    "ΓΙΩΡΓΟΣ": "Γιωργος",
}

KEPT = [
    "DJ",
    "R2-D2",
    "C-3PO",
    "T1000",
    "K9",
    "J.R.",
    "AJ",
    "V",
    "AI",
    "McCoy",
    "Agnes",
    "agnes",
    "eBay Bob",
    "deadmau5",
    "Mary and JOHN",
    "三三",
    "JK同学",
    "アリス",
    "007",
    "",
]


@pytest.mark.parametrize(("typed", "shown"), SET.items())
def test_a_name_in_capitals_is_set(typed: str, shown: str) -> None:
    assert display_name(typed) == shown


@pytest.mark.parametrize("name", KEPT)
def test_other_names_stay(name: str) -> None:
    assert display_name(name) == name


@pytest.mark.parametrize("name", [*SET, *KEPT])
def test_a_set_name_is_final(name: str) -> None:
    assert display_name(display_name(name)) == display_name(name)
