"""Operators choose among language models on a page; the hub and the models are made here."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from app.engines.choice import Choice, store_choice
from app.engines.machine import read_machine
from app.engines.speed import Speed
from tests.app.engines import tiny_model
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.model_hub import ModelHub
from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for

pytestmark = pytest.mark.browser

CLASSES = {"demo": "free", "demo-large": "free", "index": "registration", "poem": "gated"}
PADDING = 8_000_000
"""Bytes behind each tiny model, so that its download can be watched; llama.cpp ignores them."""


class Stage(NamedTuple):
    offbook: Offbook
    hub: ModelHub
    models: Path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny_model.make(tmp_path_factory.mktemp("tiny") / "tiny.gguf").path.read_bytes()


@pytest.fixture
def stage(tmp_path: Path, tiny: bytes) -> Iterator[Stage]:
    """An Offbook whose catalogue has four tiny models, of which the hub has all but ``index``."""
    hub = ModelHub()
    hub.piece = 100_000
    hub.files = {name: tiny + bytes(PADDING) for name in CLASSES}
    catalogue = hub.catalogue(tmp_path / "own.toml", CLASSES)
    del hub.files["index"]
    thread = ServerThread(hub.app())
    models = tmp_path / "models"
    models.mkdir()
    # Measured as slow, so that the rule takes no larger model however quiet the machine is.
    slow = Choice().measured("demo", Speed(prompt=1.0, reply=1.0), read_machine(models).cores)
    store_choice(models, slow)
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


def row(page: Page, title: str) -> Locator:
    return page.locator(".model").filter(has=page.get_by_role("heading", name=title, exact=True))


def opened(stage: Stage, page: Page, title: str = "Models") -> Page:
    page.set_default_timeout(30_000)
    wait_for(
        page,
        f"{stage.offbook.address}/api/status",
        lambda status: status["engine"]["state"] == "ready",
    )
    page.goto("/admin/models")
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    return page


@pytest.mark.timeout(300)
def test_a_model_is_pulled_used_and_deleted_without_a_shell(
    stage: Stage, open_page: OpenPage
) -> None:
    page = opened(stage, open_page(base_url=stage.offbook.address))
    expect(page.locator(".models-answering")).to_contain_text("The demo one speaks every part.")
    poem = row(page, "The poem one")
    expect(poem).to_contain_text("own terms")

    # The licence is shown first, and a change of mind pulls nothing.
    stage.hub.delay = 0.4
    poem.get_by_role("button", name=re.compile("^Pull .*: The poem one$")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its own licence")
    expect(dialog.get_by_role("link", name="Read the licence")).to_have_attribute(
        "href", "https://licence.example/poem"
    )
    dialog.get_by_role("button", name="Cancel").click()
    expect(poem.get_by_role("progressbar")).to_have_count(0)
    poem.get_by_role("button", name=re.compile("^Pull .*: The poem one$")).click()
    dialog.get_by_role("button", name="I accept the licence").click()

    # The download is watched, cancelled, and goes on where it was.
    bar = poem.get_by_role("progressbar", name="Downloading The poem one")
    expect(bar).not_to_have_attribute("aria-valuenow", "0")
    cancel = poem.get_by_role("button", name="Cancel the download: The poem one")
    expect(cancel).to_be_visible()
    expect(row(page, "The demo-large one").get_by_role("button")).to_be_disabled()
    cancel.click()
    expect(page.get_by_role("status").last).to_contain_text("was cancelled")
    stage.hub.delay = 0.0
    poem.get_by_role("button", name="Go on pulling: The poem one").click()
    dialog.get_by_role("button", name="I accept the licence").click()
    poem.get_by_role("button", name="Use: The poem one").click()
    expect(page.locator(".models-answering")).to_contain_text("The poem one speaks every part.")
    expect(poem).to_contain_text("your choice")
    assert any(asked is not None for asked in stage.hub.ranges)

    # The one before it can go; the one that answers cannot.
    expect(poem.get_by_role("button", name="Delete")).to_have_count(0)
    row(page, "The demo one").get_by_role("button", name="Delete: The demo one").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(
        row(page, "The demo one").get_by_role("button", name=re.compile("^Pull .*: The demo one$"))
    ).to_be_visible()
    assert not (stage.models / "demo.gguf").exists()
    assert (stage.models / "poem.gguf").exists()


def test_a_phone_in_chinese(stage: Stage, open_page: OpenPage) -> None:
    page = open_page(base_url=stage.offbook.address, viewport=PHONE, locale="zh-CN")
    opened(stage, page, "模型")
    expect(row(page, "The index one")).to_contain_text("商用须登记")
    expect(row(page, "The index one")).to_contain_text("为测试而作。")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    box = row(page, "The poem one").get_by_role("button").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_a_server_of_its_own_gets_commands(page: Page) -> None:
    page.goto("/admin/models")
    qwen = row(page, "Qwen3 4B (Q4_K_M)")
    expect(qwen.locator("pre")).to_contain_text("vllm serve Qwen/Qwen3-4B --max-model-len 8192")
    expect(page.locator(".model").get_by_role("button")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text("OFFBOOK_ENGINE__KIND=embedded")
