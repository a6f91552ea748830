"""What a direction says of a character: there, gone, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.overheard import StageReader

AMBROSE = StageReader(["Ambrose", "Mr. Pettifer"])
SANSAN = StageReader(["三三"])
OTHERS = {"Bev", "Kit", "老周"}

COMES = [
    "Ambrose stands by the door.",
    "AMBROSE (68) sits at the bar, listening.",
    "Enter Ambrose.",
    "Enter BEV and AMBROSE, arguing.",
    "Enter Ambrose from the left.",
    "(Ambrose enters, followed by Kit.)",
    "Ambrose comes in with a tray.",
    "Kit, Bev and Ambrose are seated around the table.",
    "In the corner, Ambrose sits quietly.",
    "In the corner sits Ambrose.",
    "Bev waits while Ambrose watches.",
    "Mr. Pettifer enters.",
    "Bev leaves. Ambrose enters.",
    "Later. Ambrose is still here.",
    "Present: Bev, Ambrose",
    "CAST: BEV, AMBROSE",
    "三三站在门口，听着。",
    "△三三坐在角落里。",
    "三三从门外走进来，坐下。",
    "三三、老周上。",
    "角落里坐着三三。",
    "角落里，三三静静地坐着。",
    "三三没有说话，坐在一旁。",
    "三三坐在窗边的椅子上。",
    "老周下场。三三上场。",
    "片刻后，三三进来。",
    "（三三推门而入）",
    "人物：老周、三三",
    "出场人物：老周 三三 李四",
]
SAYS_NOTHING = [
    "Bev thinks of Ambrose.",
    "Bev waits for Ambrose.",
    "Ambrose's brother enters.",
    "Ambrose's door stands open.",
    "Young Ambrose enters.",
    "Ambrose Senior enters.",
    "A photo of Ambrose stands on the shelf.",
    "Letters from Bev and Ambrose arrive.",
    "Enter Bev with Ambrose's letter.",
    "Ambrose is not here.",
    "Ambrose would be listening.",
    "Bev imagines that Ambrose sits there.",
    "Ambrose waits outside.",
    "Ambrose sits in another town.",
    "Ambrose stands trial in Leeds.",
    "Saint Ambrose stands above the altar.",
    "Ambrose (O.S.) listens.",
    "Bev enters as Ambrose leaves.",
    "Present: Bev, Ambrose (V.O.)",
    "Present: Bev, Ambrose's aunt",
    "老周想起三三。",
    "老周等着三三。",
    "三三的妈妈走进来。",
    "三三妈走进来。",
    "小三三站在门口。",
    "三三两两地坐着。",
    "照片上三三站着笑。",
    "三三没有进来。",
    "三三站在门外。",
    "三三听说了这件事。",
    "三三坐过的椅子。",
    "三三看着长大的孩子走进来。",
    "三三正坐在另一个城市的车站里。",
    "人物：老周、三三（画外音）",
    "人物：老周、三三的妈妈",
]
STAYS = [
    "Bev leaves.",
    "KIT exits, slamming the door.",
    "Bev sits down.",
    "Ambrose nods.",
    "It rains.",
    "老周下。",
    "老周走出门去。",
    "老周坐下。",
    "三三点点头。",
]
GOES = [
    "Ambrose leaves.",
    "Exit AMBROSE",
    "Ambrose and Bev slip out.",
    "Ambrose falls asleep.",
    "Ambrose waits outside.",
    "He goes out.",
    "Exeunt.",
    "Everyone leaves.",
    "The waiter exits.",
    "LATER",
    "CUT TO: the garden",
    "三三离开。",
    "三三下。",
    "三三睡着了。",
    "他走出门去。",
    "众人下。",
    "服务员离开。",
    "闪回",
    "次日",
    "",
]


def reader_of(direction: str) -> StageReader:
    return AMBROSE if direction.isascii() and "三" not in direction else SANSAN


@pytest.mark.parametrize("direction", COMES)
def test_a_direction_that_names_it_as_there(direction: str) -> None:
    assert reader_of(direction).follow(False, direction, OTHERS)


@pytest.mark.parametrize("direction", SAYS_NOTHING)
def test_a_direction_in_doubt_brings_nobody(direction: str) -> None:
    assert not reader_of(direction).follow(False, direction, OTHERS)


@pytest.mark.parametrize("direction", STAYS)
def test_it_stays_while_others_come_and_go(direction: str) -> None:
    assert reader_of(direction).follow(True, direction, OTHERS)


@pytest.mark.parametrize("direction", GOES)
def test_it_goes_when_it_may_be_meant(direction: str) -> None:
    assert not reader_of(direction).follow(True, direction, OTHERS)


@pytest.mark.parametrize("direction", ["Ambrose stands by the door.", "人物：三三"])
def test_what_may_be_speech_brings_nobody(direction: str) -> None:
    assert not reader_of(direction).follow(False, direction, certain=False)
    assert reader_of(direction).follow(True, direction, certain=False)


def test_a_remark_beside_a_line_is_about_its_speaker() -> None:
    assert AMBROSE.follow(True, "leaving", placement="beside")
    assert not AMBROSE.follow(True, "he leaves", placement="beside")
    assert AMBROSE.follow(False, "to Ambrose", placement="beside")
    assert AMBROSE.follow(False, "turning to Ambrose", placement="beside")
    assert not AMBROSE.follow(False, "to Ambrose, on the phone", placement="beside")
    assert SANSAN.follow(False, "对三三", placement="beside")
    assert SANSAN.follow(True, "离开", placement="beside")
    assert not SANSAN.follow(False, "想着三三", placement="beside")


def test_a_character_without_a_usable_name_is_nowhere() -> None:
    assert not StageReader(["我", ""]).follow(False, "我站在门口。")


@given(st.text(), st.booleans())
def test_any_text_is_read(text: str, present: bool) -> None:
    for reader in (AMBROSE, SANSAN):
        after = reader.follow(present, text, OTHERS)
        assert present or not after or reader.named_in(text)  # nobody comes who is not named


@given(st.lists(st.sampled_from([*SAYS_NOTHING, *GOES]), max_size=6))
def test_nobody_comes_by_what_says_nothing(directions: list[str]) -> None:
    for reader in (AMBROSE, SANSAN):
        present = False
        for direction in directions:
            present = reader.follow(present, direction, OTHERS)
        assert not present
