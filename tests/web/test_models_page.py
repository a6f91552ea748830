"""Operators choose among language models on a page; the hub and the models are made here."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.app.engines import tiny_model
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.model_hub import ModelHub
from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for

pytestmark = pytest.mark.browser

CLASSES = {"demo": "free", "demo-large": "free", "index": "registration", "poem": "gated"}


class Stage(NamedTuple):
    offbook: Offbook
    hub: ModelHub
    models: Path


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An Offbook whose catalogue has four tiny models, of which the hub has all but ``index``."""
    model = tiny_model.make(tmp_path / "tiny.gguf").path.read_bytes()
    hub = ModelHub()
    hub.files = {name: model for name in CLASSES}
    catalogue = hub.catalogue(tmp_path / "own.toml", CLASSES)
    del hub.files["index"]
    thread = ServerThread(hub.app())
    models = tmp_path / "models"
    offbook = Offbook(
        tmp_path,
        HF_ENDPOINT=thread.base_url,
        OFFBOOK_ENGINE__KIND="embedded",
        OFFBOOK_ENGINE__CATALOGUE=str(catalogue),
        OFFBOOK_ENGINE__MODELS_DIR=str(models),
        OFFBOOK_LOAD_SAMPLES="false",
    )
    try:
        offbook.start()
        yield Stage(offbook, hub, models)
    finally:
        offbook.stop()
        thread.close()


def row(page: Page, title: str) -> "object":
    return page.locator(".model", has=page.get_by_role("heading", name=title, exact=True))


def test_placeholder(stage: Stage, open_page: OpenPage) -> None:
    page = open_page(base_url=stage.offbook.address)
    page.goto("/admin/models")
    wait_for(page, f"{stage.offbook.address}/api/status", lambda s: s["engine"]["state"] == "ready")
    os.environ.setdefault("X", "")
    assert re.compile("x")
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    assert PHONE
