from characters.profiles.notes import known_profile

PROFILE = """Ben keeps the lamp. [sic]
[from scene 3] Ben has burnt the letter.
  [From Scene 5]He means to leave.
He is fifty."""


def test_notes_become_known_as_the_scenes_pass() -> None:
    first, letter, leaving, last = (
        "Ben keeps the lamp. [sic]",
        "Ben has burnt the letter.",
        "He means to leave.",
        "He is fifty.",
    )
    assert known_profile(PROFILE, 2).split("\n") == [first, last]
    assert known_profile(PROFILE, 3).split("\n") == [first, letter, last]
    assert known_profile(PROFILE, 5).split("\n") == [first, letter, leaving, last]
    assert known_profile(PROFILE, None).split("\n") == [first, letter, leaving, last]


def test_in_chinese() -> None:
    profile = "三三是站娘。\n【第 12 场起】三三知道了秘密。"
    assert known_profile(profile, 11) == "三三是站娘。"
    assert known_profile(profile, 12) == "三三是站娘。\n三三知道了秘密。"


def test_a_profile_without_notes_stays_as_it_is() -> None:
    for profile in ("", "Ben.\n\n[scene 3] is a mark of his.", "【笔记】三三"):
        assert known_profile(profile, 0) == profile
