"""Tables with one line of dialogue a row."""

from tests.characters.scripts.reading import open_script, split


def test_no_colon_is_looked_for_where_there_is_a_column() -> None:
    name = "Maximiliana Theodora Alexandrina of Hohenwaldeck"  # 48 characters
    nobody = "\N{ZERO WIDTH SPACE}"
    table = f"speaker,line\nMia,Hello.\n{name},Present.\n{nobody},Hm.\nMia,\n"
    _, rejections = split(list(open_script(table, "a.csv")))
    assert [(each.row, each.reason) for each in rejections] == [
        (3, "The speaker's name is longer than 40 characters."),
        (4, "Nobody is named as the speaker."),
        (5, "The speaker says nothing."),
    ]
