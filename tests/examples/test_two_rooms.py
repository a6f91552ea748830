"""The game of docs/games.md, played against a service in a process of its own."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_killed import service

GAME = Path(__file__).parents[2] / "examples" / "two_rooms.py"


@pytest.mark.integration
def test_a_game_is_played(tmp_path: Path) -> None:
    with service(tmp_path, OFFBOOK_LOAD_SAMPLES="true") as running:
        played = subprocess.run(
            [sys.executable, str(GAME), "--address", str(running.http.base_url)],
            input="Bev, who left the trunk here?\ngo\nAmbrose, good evening.\nBev, are you here?\n",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert played.returncode == 0, played.stderr
        rows = played.stdout.splitlines()
        assert rows[0].endswith("Here: Bev, Kit.")
        # The scripted engine takes the first of every choice.
        assert rows[2].startswith("Bev (calm, to the visitor): ")
        assert rows[3] == f"{runpy.run_path(str(GAME))['ROOMS']['cellar']} Here: Ambrose."
        assert rows[4].startswith("Ambrose (calm, to the visitor): ")
        assert rows[5] == rows[3]  # Bev is not here: the room is described
        names = {each["name"] for each in running.http.get("/api/characters").json()["items"]}
        assert {"Kit", "Bev Ruddock", "Ambrose Pettifer"} <= names


def test_the_schema_in_the_docs_is_the_games() -> None:
    page = (GAME.parents[1] / "docs" / "games.md").read_text()
    shown = json.loads(page.split("```json\n")[1].split("```")[0])
    game = runpy.run_path(str(GAME))
    ambrose = game["Character"]("Ambrose", "a", "cellar", {"mints"})
    present = ["the visitor", "Bev", "Kit", "Ambrose"]
    assert game["reply_schema"](ambrose, present) == shown
