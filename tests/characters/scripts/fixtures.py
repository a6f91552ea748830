"""The scripts in ``tests/fixtures/scripts``, each beside its golden report."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport

FOLDER = Path(__file__).parents[2] / "fixtures" / "scripts"


@dataclass(frozen=True)
class Fixture:
    """A script and what its golden report says."""

    path: Path

    @property
    def expected(self) -> dict[str, Any]:
        golden = self.path.with_name(self.path.name + ".report.json")
        report: dict[str, Any] = json.loads(golden.read_text(encoding="utf-8"))
        return report

    def describe(self) -> dict[str, Any]:
        """What is read from the script, its format detected, in the form of the golden report."""
        with self.path.open("rb") as file:
            reading = read_script(file, self.path.name)
            report = ParseReport()
            scenes = [
                {
                    "heading": scene.heading,
                    "episode": scene.episode,
                    "lines": [[line.row, line.render(), line.direction] for line in scene.lines],
                    **({} if scene.member is None else {"part": scene.member}),
                }
                for scene in report.observe(reading)
                if isinstance(scene, Scene)
            ]
        rows = report.rows
        return {
            "format": reading.format,
            "rows": {
                "total": rows.total,
                "dialogue": rows.dialogue,
                "narration": rows.narration,
                "rejected": rows.rejected,
            },
            "speakers": {speaker.name: speaker.lines for speaker in report.speakers},
            "rejected": [[item.row, item.code] for item in report.rejections],
            "scenes": scenes,
        }


FIXTURES = [
    Fixture(path) for path in sorted(FOLDER.iterdir()) if not path.name.endswith(".report.json")
]
