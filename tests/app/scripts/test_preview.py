"""A script is shown as it was read before anything is stored."""

import pytest

from tests.app.running import Running, as_object, code_of

pytestmark = pytest.mark.anyio

PLAY = "# Night\n\nRain.\n\nMIRA: Who is there?\nnobody says this\nTOBAIS: Me.\n"


async def preview(stage: Running, content: str, query: str = "", **fields: str) -> object:
    response = await stage.http.post(
        f"/api/scripts/preview{query}", files={"file": ("play.txt", content.encode())}, data=fields
    )
    assert response.status_code == 200, response.text
    assert as_object(await stage.http.get("/api/scripts"))["items"] == []
    return as_object(response)


async def test_rows_are_shown_in_place_and_nothing_is_stored(stage: Running) -> None:
    page = await preview(stage, PLAY)
    assert isinstance(page, dict)
    assert page["next_cursor"] is None
    assert [(item["kind"], item["speaker"], item["text"]) for item in page["items"]] == [
        ("heading", "", "Night"),
        ("direction", "", "Rain."),
        ("line", "MIRA", "Who is there?"),
        ("rejected", "", "nobody says this"),
        ("line", "TOBAIS", "Me."),
    ]
    assert page["items"][3]["code"] == "no_colon"
    assert page["items"][3]["reason"]


async def test_merged_names_are_shown_merged(stage: Running) -> None:
    page = await preview(stage, PLAY, aliases='{"TOBAIS": "TOBIAS"}')
    assert isinstance(page, dict)
    assert page["items"][4]["speaker"] == "TOBIAS"


async def test_a_long_script_comes_in_pages(stage: Running) -> None:
    long = "".join(f"MIRA: Line {n}.\n" + "\n" * (n % 10 == 9) for n in range(700))
    first = await preview(stage, long)
    assert isinstance(first, dict)
    assert len(first["items"]) == 300
    second = await preview(stage, long, f"?cursor={first['next_cursor']}")
    assert isinstance(second, dict)
    assert second["items"][0]["text"] == "Line 300."


async def test_a_file_without_dialogue_is_refused_as_by_a_dry_run(stage: Running) -> None:
    response = await stage.http.post(
        "/api/scripts/preview", files={"file": ("play.txt", b"Nobody speaks.\n")}
    )
    assert code_of(response) == "422 no_dialogue"


async def test_a_report_suggests_names_greetings_and_openers(stage: Running) -> None:
    script = (
        "AGNES: I have kept this lamp for eleven winters.\nMcCOY: And who keeps you?\n"
        "AGNES: The lamp does.\n\nMcCOY: Is it lit?\nAGNES: It is always lit.\n"
    )
    response = await stage.http.post(
        "/api/scripts?dry_run=true", files={"file": ("lamp.txt", script.encode())}
    )
    agnes, mccoy = as_object(response)["speakers"]
    assert (agnes["name"], agnes["display"]) == ("AGNES", "Agnes")
    assert (mccoy["name"], mccoy["display"]) == ("McCOY", "McCoy")
    assert agnes["greeting"] == "I have kept this lamp for eleven winters."
    assert agnes["openers"] == ["And who keeps you?", "Is it lit?"]
    assert as_object(response)["other_kind"] is None


async def test_source_code_is_reported_as_such(stage: Running) -> None:
    code = (
        "class Lamp:\n    def lit(self):\n        try:\n            return self.oil > 0\n"
        '        except ValueError:\n            print("error: dry")\n        else:\n'
        "            pass\n\nlamp: Lamp = Lamp()\nif lamp.lit():  # a comment: yes\n    print(1)\n"
    )
    response = await stage.http.post(
        "/api/scripts?dry_run=true", files={"file": ("lamp.py", code.encode())}
    )
    assert response.status_code == 200, response.text
    assert as_object(response)["other_kind"]["code"] == "code"
