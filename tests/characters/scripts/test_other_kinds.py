"""What is plainly no script is noticed, and scripts are not taken for anything else."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from characters.errors import ScriptError
from characters.scripts.findings import summarise
from characters.scripts.other_kinds import OtherKind
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from tests.characters.scripts.fixtures import FIXTURES, Fixture

OTHERS = Path(__file__).parents[2] / "fixtures" / "not_scripts"

KINDS = {
    "tally.py": "code",
    "lamp.js": "code",
    "ring.c": "code",
    "Tide.java": "code",
    "tide.rs": "code",
    "schema.sql": "code",
    "style.css": "code",
    "deploy.sh": "code",
    "Dockerfile": "code",
    "compose.yaml": "code",
    "pier.ini": "code",
    "change.diff": "code",
    "README.md": "code",
    "access.log": "log",
    "service.log": "log",
    "levels.txt": "log",
    "git-log.txt": "log",
    "boats.json": "code",
    "shop.html": "data",
    "handbook.md": "document",
    "glossary.txt": "data",
}

REFUSED = {"package.json": "no_columns", "depths.csv": "implausible_speakers"}

MOB = ("Baker", "Tanner", "Smith", "Weaver", "Cook", "Miller", "Fuller", "Porter", "Mason")

SCRIPTS = {
    "a chat with times": (
        "[2026-03-12, 08:15:01] Mara: are you up?\n[2026-03-12, 08:15:09] Tobin: No.\n"
        "[2026-03-12, 08:16:30] Mara: There was an error in the tide table\n"
        "[2026-03-12, 08:17:02] Tobin: INFO for you: it is Sunday.\n"
    ),
    "a chat without capitals": "mara: hi\ntobin: hey\nmara: brb, tea\ntobin: ok :)\nmara: back\n",
    "a countdown": "VOICE: Ten.\nMIRA: 10!\nVOICE: Nine.\nMIRA: 9!\nVOICE: Eight.\nMIRA: 8!\n",
    "programmers who quote code": (
        "三三: 你看这一行：for (int i = 0; i < n; i++) 写错了。\n"
        "二二: print(x) 也不行？\n三三: 要写 return x; 才行。\n二二: 那 x = 3 呢？\n三三: 随你。\n"
    ),
    "a play in Markdown": (
        "# Act One\n\n**Mira:** You are late.\n\n**Toby:** The ice held me; it always does.\n\n"
        "> The horse waits.\n\n**Mira:** And the horse?\n\n**Toby:** (shrugs) It held her, too.\n"
    ),
    "a game's dialogue": (
        'label start:\n    "The shore."\n    e "You came."\n    k "I did: as you see."\n'
        'Eileen: "Sit down, then."\nKen: "Where?"\nEileen: "Anywhere."\nKen: "Here?"\n'
    ),
    "officials": (
        "Author: I wrote it myself.\nEditor: Which commit? Which date?\nAuthor: All of it.\n"
        "Editor: Note: the ending is missing.\nAuthor: Error on your side.\nEditor: Hm.\n"
    ),
    "a monologue": "MIRA: " + "\nMIRA: ".join(f"I waited for {n} days." for n in range(30)),
    "two hands": "".join(f"A: And then, {n}?\nB: No, {n + 1}.\n" for n in range(30)),
    "one exchange": "Mira: Late.\nToby: Ice.\n",
    "a radio play": (
        "ANNOUNCER: The Quay.\nSOUND: A door.\nMUSIC: Up and under.\nMIRA: Late.\nTOBY: Ice.\n"
        "SOUND: Steps.\nMIRA: And the horse?\nTOBY: Dead.\n"
    ),
    "a mob": "".join(f"{name.upper()}: Bread!\n" for name in MOB)
    + "MIRA: Quiet!\nBAKER: No!\nMIRA: Please!\n",
    "monologues to audition with": "\n\n".join(
        "\n".join([f"{name}: I never {word} it."] * 6)
        for name, word in zip(MOB, "abcdefghi", strict=False)
    ),
    "numbers that speak": "1: Who are you?\n2: I am two.\n1: And who is she?\n2: She is three.\n"
    * 4,
    "an editor and an author": (
        "Author: I wrote it.\nPublisher: Did you?\nAuthor: Note that.\nPublisher: I will.\n" * 3
    ),
    "a crowd": "".join(f"Guest {n}: I was guest number {n}, sir.\n" for n in range(1, 19)),
}


def judge(content: bytes, filename: str) -> OtherKind | None:
    report = ParseReport()
    reading = read_script(BytesIO(content), filename)
    for _ in report.observe(reading):
        pass
    return summarise(reading, report).other_kind


@pytest.mark.parametrize(("filename", "kind"), KINDS.items())
def test_what_is_no_script_is_noticed(filename: str, kind: str) -> None:
    # Each lies under a name that no other tool takes for its own.
    content = (OTHERS / f"{filename.removesuffix('.txt')}.txt").read_bytes()
    found = judge(content, filename)
    assert found is not None
    assert found.code == kind, found.reason


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("".join(f"Word{chr(97 + n // 3)}: Meaning {n}.\n" for n in range(30)), "data"),
        (
            "2026-03-12: One.\nMira: Two.\n2026-03-13: Three.\n2026-03-14: Four.\nToby: Five.\n",
            "data",
        ),
    ],
)
def test_a_reading_without_a_conversation_is_doubted(text: str, kind: str) -> None:
    found = judge(text.encode(), "a.txt")
    assert found is not None
    assert found.code == kind


@pytest.mark.parametrize(
    "row",
    ["{24: Late.", "2026-03-12: Late."],
)
def test_a_reading_of_nothing_but_impossible_names_is_refused(row: str) -> None:
    with pytest.raises(ScriptError) as refused:
        judge(f"{row}\n{row}\n{row}\n".encode(), "a.txt")
    assert refused.value.code == "implausible_speakers"
    assert "no name" in str(refused.value)


@pytest.mark.parametrize(("filename", "code"), REFUSED.items())
def test_what_can_be_no_dialogue_is_refused(filename: str, code: str) -> None:
    with pytest.raises(ScriptError) as refused:
        judge((OTHERS / f"{filename}.txt").read_bytes(), filename)
    assert refused.value.code == code


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.path.name)
def test_no_script_of_any_format_is_taken_for_something_else(fixture: Fixture) -> None:
    assert judge(fixture.path.read_bytes(), fixture.path.name) is None


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_with_odd_rows_are_scripts(text: str) -> None:
    assert judge(text.encode(), "evening.txt") is None


def test_the_samples_are_scripts() -> None:
    folder = Path(__file__).parents[3] / "characters" / "samples"
    scripts = list(folder.glob("*/script.txt"))
    assert len(scripts) == 2
    assert [judge(path.read_bytes(), path.name) for path in scripts] == [None, None]


def test_a_zip_of_sources_is_noticed() -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("tally.py", "ring.c", "schema.sql"):
            archive.writestr(name, (OTHERS / f"{name}.txt").read_bytes())
    found = judge(packed.getvalue(), "sources.zip")
    assert found is not None
    assert found.code == "code"
