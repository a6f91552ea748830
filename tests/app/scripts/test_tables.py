"""Tables with a line a row: their columns are guessed, or named by the caller."""

import pytest

from tests.app.running import Running, as_object, code_of

pytestmark = pytest.mark.anyio

TABLE = (
    "id,who,Speaker Name,said,part\n1,x,Mara,Light the lamp.,I\n2,y,Tobin,It is lit.,II\n3,,,,\n"
)
NAMES = {"speaker_column": "who", "line_column": "SAID", "scene_column": "part"}


async def test_named_columns_are_read_and_every_row_is_counted(stage: Running) -> None:
    files = {"file": ("play.csv", TABLE.encode())}
    response = await stage.http.post("/api/scripts", files=files, data=NAMES)
    report = as_object(response)
    assert (response.status_code, report["format"], report["scenes"]) == (201, "table", 2)
    assert [speaker["name"] for speaker in report["speakers"]] == ["x", "y"]
    assert report["rows"] == {"total": 4, "dialogue": 2, "narration": 2, "rejected": 0}
    assert [(row["row"], row["code"], row["text"]) for row in report["rejected"]] == [
        (1, "unused_columns", "id, Speaker Name")
    ]
    assert report["columns"] == {
        "names": ["id", "who", "Speaker Name", "said", "part"],
        "speaker": "who",
        "line": "said",
        "scene": "part",
    }
    stored = await stage.http.get(f"/api/scripts/{report['id']}")
    assert stored.json() == report


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"line_column": "spoken"}, "unknown_column"),
        ({"format": "table"}, "no_columns"),
        ({"format": "text", "speaker_column": "who"}, "no_table"),
    ],
)
async def test_columns_that_are_not_there(stage: Running, data: dict[str, str], code: str) -> None:
    files = {"file": ("play.csv", TABLE.encode())}
    response = await stage.http.post("/api/scripts?dry_run=true", files=files, data=data)
    assert code_of(response) == f"422 {code}"


async def test_a_character_can_be_imported_from_named_columns(stage: Running) -> None:
    response = await stage.http.post(
        "/api/characters/import",
        files={"file": ("play.csv", TABLE.encode())},
        data={**NAMES, "name": "x"},
    )
    assert response.status_code == 202
    assert as_object(response)["script"]["rows"]["dialogue"] == 2
