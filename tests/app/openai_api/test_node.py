"""The OpenAI library for Node, against a real server.

``npm install --no-package-lock`` in ``tests/app/openai_api/node`` brings it.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.serving import open_conversation, serving, wait_for

HERE = Path(__file__).parent / "node"
REPLY = "Aye. 灯塔夜夜亮着。"

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules" / "openai").is_dir(),
        reason="needs Node and `npm install --no-package-lock` in tests/app/openai_api/node",
    ),
]


def test_the_library_for_node(settings: Settings) -> None:
    engine = ScriptedEngine(reply=REPLY, delay=0.001)
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        done = subprocess.run(
            ["node", "client.mjs", f"{client.base_url}/v1"],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        wait_for(lambda: engine.running == 0, seconds=1)
    got = json.loads(done.stdout)
    assert got.pop("totalTokens") - got.pop("streamedTokens") == 8  # the second choice
    assert got == {
        "models": ["ben", "index-raw", "scripted"],
        "replies": [REPLY, REPLY],
        "examples": 3,
        "streamed": REPLY,
        "response": ["completed", REPLY],
        "responseEvents": [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ],
        "responseStreamed": REPLY,
        "responseFinal": REPLY,
        "text": REPLY,
        "vectors": [[0, 256], [1, 256]],
        "error": ["NotFoundError", 404, "model_not_found"],
    }
