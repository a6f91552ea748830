import base64
import json
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.cards.assets import find_avatar
from characters.cards.model import TEXT_FIELDS, Card
from characters.cards.reader import read_card
from characters.cards.writer import write_charx, write_png, write_v2_json, write_v3_json
from characters.errors import CardError
from tests.characters.cards import carriers
from tests.characters.cards.carriers import FIXTURES, V3, V3_TEXT, apng, encode, png, text_chunk, v2
from tests.characters.cards.rules import check_v2, check_v3

NOW = 1_800_000_000
PICTURE = png()

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=12,
)
unknown = st.dictionaries(st.text(min_size=1).map("x_{}".format), json_values, max_size=4)
loose = st.none() | st.integers() | st.text() | st.lists(st.none() | st.text()) | st.booleans()


def spelled(value: object) -> str:
    """JSON text: tells 1 from 1.0 and from true, which ``==`` does not."""
    return json.dumps(value, sort_keys=True)


def exports(card: Card) -> dict[str, bytes]:
    return {
        "v2": write_v2_json(card),
        "v3": write_v3_json(card, modified=NOW),
        "png": write_png(card, PICTURE, modified=NOW),
        "charx": write_charx(card, PICTURE, modified=NOW),
    }


@settings(max_examples=40)
@given(extensions=unknown, in_data=unknown, beside=unknown, in_book=unknown)
@pytest.mark.parametrize("spec", ["chara_card_v2", "chara_card_v3"])
def test_what_is_not_known_survives_every_way_out_and_in(
    spec: str,
    extensions: dict[str, Any],
    in_data: dict[str, Any],
    beside: dict[str, Any],
    in_book: dict[str, Any],
) -> None:
    entry = {"keys": ["k"], "content": "c", "extensions": extensions, "enabled": True} | in_book
    book = {"extensions": extensions, "entries": [{**entry, "insertion_order": 1}]} | in_book
    data = {**v2()["data"], **in_data, "extensions": extensions, "character_book": book}
    card = read_card(encode({**beside, "spec": spec, "spec_version": "3.0", "data": data}))
    for content in exports(card).values():
        again = read_card(content)
        assert spelled(again.extensions) == spelled(extensions)
        assert spelled({k: again.data[k] for k in in_data}) == spelled(in_data)
        assert spelled({k: again.envelope[k] for k in beside}) == spelled(beside)
        kept = again.data["character_book"]
        assert isinstance(kept, dict)
        assert spelled({k: kept[k] for k in in_book}) == spelled(in_book)
        assert isinstance(kept["entries"], list)
        entry_kept = kept["entries"][0]
        assert isinstance(entry_kept, dict)
        assert spelled({k: entry_kept[k] for k in in_book}) == spelled(in_book)
        assert spelled(entry_kept["extensions"]) == spelled(extensions)


@given(
    data=st.dictionaries(
        st.sampled_from([*TEXT_FIELDS, "alternate_greetings", "tags", "extensions"]), loose
    ),
    entry=st.dictionaries(
        st.sampled_from(
            ["keys", "content", "extensions", "enabled", "insertion_order", "constant"]
        ),
        loose,
    ),
)
def test_every_export_follows_the_rules(data: dict[str, Any], entry: dict[str, Any]) -> None:
    card = read_card(encode(v2(**{**data, "name": "Vi", "character_book": {"entries": [entry]}})))
    check_v2(json.loads(write_v2_json(card)))
    check_v3(json.loads(write_v3_json(card, modified=NOW)))


@pytest.mark.parametrize(
    "file", sorted(path.name for path in FIXTURES.glob("*.*") if path.suffix != ".md")
)
def test_every_fixture_comes_out_by_the_rules(file: str) -> None:
    card = read_card((FIXTURES / file).read_bytes())
    check_v2(json.loads(write_v2_json(card)))
    check_v3(json.loads(write_v3_json(card, modified=NOW)))
    for content in exports(card).values():
        again = read_card(content)
        for field in ("name", "description", "first_mes", "mes_example", "scenario"):
            assert again.text(field) == card.text(field)
        assert again.texts("alternate_greetings") == card.texts("alternate_greetings")
        assert again.texts("tags") == card.texts("tags")


def test_a_v3_card_comes_out_as_it_came_but_for_its_date() -> None:
    document = json.loads(write_v3_json(read_card(V3_TEXT), modified=NOW))
    assert document == {**V3, "data": {**V3["data"], "modification_date": NOW}}


def test_a_png_carries_v2_first_and_v3_second_and_nothing_else() -> None:
    old = png(
        carriers.chunk(b"tEXt", b"parameters\0a prompt"),
        text_chunk("chara", v2(name="stale")),
        carriers.chunk(b"tEXt", b"chara-ext-asset_:0\0AAAA"),
    )
    content = write_png(read_card(V3_TEXT), old, modified=NOW)
    (first, older), (second, newer) = carriers.texts_of(content)
    assert (first, second) == ("chara", "ccv3")
    check_v2(older)
    check_v3(newer)
    assert content.endswith(carriers.chunk(b"IEND", b""))
    assert b"stale" not in content


def test_an_animation_stays_one() -> None:
    assert b"acTL" in write_png(read_card(V3_TEXT), apng(), modified=NOW)


def test_the_v2_copy_of_a_v3_card_says_so_and_has_no_decorators() -> None:
    data = json.loads(write_v2_json(read_card(V3_TEXT)))["data"]
    assert data["creator_notes"].startswith("Written for tests.\n\n")
    assert "V3" in data["creator_notes"]
    assert data["character_book"]["entries"][0]["content"].startswith("The bell")
    assert not {"assets", "nickname", "source", "creation_date"} & data.keys()
    assert data["x_unknown"] == {"kept": [True]}


def test_a_v2_card_goes_out_as_it_came() -> None:
    document = v2(creator_notes="mine", character_book={"entries": [{"content": "@@depth 1\nx"}]})
    data = json.loads(write_v2_json(read_card(encode(document))))["data"]
    assert data["creator_notes"] == "mine"
    assert data["character_book"]["entries"][0]["content"] == "@@depth 1\nx"


def test_copies_of_fields_beside_the_data_follow_it() -> None:
    document = {**v2(first_mes="new"), "first_mes": "old", "fav": True}
    out = json.loads(write_v2_json(read_card(encode(document))))
    assert (out["first_mes"], out["fav"]) == ("new", True)


@pytest.mark.parametrize(
    ("keys", "use_regex"), [(["/a/i"], True), (["/a/", "b"], False), (["C++"], False), ([], False)]
)
def test_keys_are_called_patterns_only_if_all_are_written_so(
    keys: list[str], use_regex: bool
) -> None:
    card = read_card(encode(v2(character_book={"entries": [{"keys": keys, "content": "x"}]})))
    out = json.loads(write_v3_json(card, modified=NOW))
    assert out["data"]["character_book"]["entries"][0]["use_regex"] is use_regex


def test_a_charx_holds_its_assets_under_the_names_its_card_gives() -> None:
    inline = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    entries = [
        {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"},
        {"type": "emotion", "uri": inline, "name": "../smile 笑", "ext": "png"},
        {"type": "emotion", "uri": inline, "name": "../smile 笑", "ext": "png"},
        {"type": "x_bell", "uri": "https://example.invalid/b.ogg", "name": "bell", "ext": "ogg"},
    ]
    card = read_card(encode({**V3, "data": {**V3["data"], "assets": entries}}))
    with zipfile.ZipFile(BytesIO(write_charx(card, PICTURE, modified=NOW))) as archive:
        names = archive.namelist()
        document = json.loads(archive.read("card.json"))
        uris = [asset["uri"] for asset in document["data"]["assets"]]
        assert uris == [
            "embeded://assets/icon/images/main.png",
            "embeded://assets/emotion/images/smile.png",
            "embeded://assets/emotion/images/smile_1.png",
            "https://example.invalid/b.ogg",
        ]
        assert all(archive.read(uri.removeprefix("embeded://")) == PICTURE for uri in uris[:3])
        assert len(names) == 4
        assert all(name.isascii() for name in names)
    check_v3(document)


def test_files_of_a_charx_survive_as_they_came() -> None:
    files = {"module.risum": b"\0private", "assets/x/image/a.bin": b"a", "card.json": V3_TEXT}
    out = write_charx(read_card(carriers.archive(files)), modified=NOW)
    with zipfile.ZipFile(BytesIO(out)) as archive:
        assert archive.read("module.risum") == b"\0private"
        assert archive.read("assets/x/image/a.bin") == b"a"


def test_assets_of_a_charx_travel_inside_the_text_of_a_png() -> None:
    entries = [{"type": "icon", "uri": "embeded://a.png", "name": "main", "ext": "png"}]
    document = {**V3, "data": {**V3["data"], "assets": entries}}
    icon = apng()
    card = read_card(carriers.archive({"a.png": icon, "card.json": encode(document)}))
    assert find_avatar(read_card(write_png(card, PICTURE, modified=NOW))) == icon


def test_half_a_surrogate_pair_is_written_as_it_was_read() -> None:
    card = read_card(b'{"name": "V", "first_mes": "\\ud83d", "x_more": "\\ude00"}')
    again = read_card(write_v3_json(card, modified=NOW))
    assert (again.text("first_mes"), again.envelope["x_more"]) == ("\ud83d", "\ude00")


def test_a_changed_card_is_written_changed() -> None:
    card = read_card(V3_TEXT)
    changed = replace(card, data={**card.data, "name": "Ada"})
    assert read_card(write_v2_json(changed)).name == "Ada"
    assert card.name == "Maud Tarn"


def test_a_picture_that_is_no_png_is_refused() -> None:
    with pytest.raises(CardError, match="not a PNG"):
        write_png(read_card(V3_TEXT), carriers.jpeg(), modified=NOW)
