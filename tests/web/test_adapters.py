"""Operators register an adapter, hear it for a character, promote it and take it back, on pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app.adapters import making
from tests.web.conftest import PHONE, Offbook, OpenPage

pytestmark = pytest.mark.browser

NAME = "bev-1"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Offbook]:
    """An Offbook whose auditions are short."""
    offbook = Offbook(
        tmp_path,
        OFFBOOK_ADAPTERS__LEAST_REPLIES="5",
        OFFBOOK_ADAPTERS__SCORED_REPLIES="40",
        OFFBOOK_ADAPTERS__WRITTEN_REPLIES="6",
        OFFBOOK_ADAPTERS__MOST_COPYING="1",
    )
    with offbook:
        with httpx.Client(base_url=offbook.address, timeout=60) as http:
            for _ in range(600):
                found = http.get("/api/characters/bev-ruddock").json()
                if found.get("status") == "ready" and found["selection_ready"]:
                    break
        yield offbook


def packed(folder: Path, name: str = NAME) -> Path:
    path = folder / f"{name}.zip"
    path.write_bytes(making.zipped(making.files(name), f"{name}/"))
    return path


def register(page: Page, path: Path) -> None:
    page.goto("/admin/adapters")
    page.get_by_label("The adapter’s folder, as a ZIP").set_input_files(path)
    page.get_by_role("button", name="Register", exact=True).click()


@pytest.mark.timeout(300)
def test_an_adapter_is_registered_heard_promoted_and_taken_back(
    stage: Offbook, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(base_url=stage.address)
    register(page, packed(tmp_path))
    row = page.locator(".adapter")
    expect(row.get_by_role("heading", name=NAME, exact=True)).to_be_visible()
    expect(row).to_contain_text("Speaks for no one.")
    expect(row).to_contain_text("The engine can speak with it.", timeout=60_000)
    row.locator("summary").click()
    expect(row).to_contain_text("learning rate")
    expect(row).to_contain_text("adapter_model.safetensors")

    page.goto("/admin/characters/bev-ruddock")
    section = page.get_by_role("region", name="Adapters")
    expect(section).to_contain_text("The model alone speaks for Bev Ruddock.")
    promote = section.get_by_role("button", name=f"Promote: {NAME}")
    expect(promote).to_be_disabled()
    expect(promote).to_have_accessible_description(
        "It is promoted once an audition shows that it is better."
    )
    begin = section.get_by_role("button", name=f"Begin the audition: {NAME}")
    begin.focus()
    page.keyboard.press("Enter")
    expect(section).to_contain_text("Beside the model alone, on the same moments:", timeout=120_000)
    expect(section).to_contain_text(re.compile("real replies are easier to guess: by .* bits each"))
    expect(section).to_contain_text("it was trained on other scripts")
    section.get_by_text("What both said").click()
    expect(section.locator(".adapter-sample").first).to_contain_text(f"[{NAME}]")
    expect(promote).to_be_enabled()
    promote.click()
    expect(section).to_contain_text(f"Bev Ruddock speaks with {NAME}.")
    back = section.get_by_role("button", name="Back to the model alone")
    back.click()
    expect(section).to_contain_text("The model alone speaks for Bev Ruddock.")
    expect(back).to_be_hidden()


@pytest.mark.timeout(300)
def test_what_is_refused_is_said_and_in_chinese_too(
    stage: Offbook, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(base_url=stage.address)
    contents = making.files()
    del contents["adapter.gguf"], contents["adapter_model.safetensors"]
    bad = tmp_path / "bad.zip"
    bad.write_bytes(making.zipped({**contents, "adapter_model.bin": b"\x80\x04."}))
    register(page, bad)
    expect(page.get_by_role("alert")).to_contain_text("Its weights are a pickle")
    expect(page.get_by_text("None is registered yet.")).to_be_visible()
    phone = open_page(base_url=stage.address, locale="zh-CN", viewport=PHONE, has_touch=True)
    phone.goto("/admin/adapters")
    expect(phone.get_by_role("heading", name="适配器", exact=True)).to_be_visible()
    phone.get_by_label("适配器的文件夹，打成 ZIP").set_input_files(packed(tmp_path))
    phone.get_by_role("button", name="登记", exact=True).click()
    expect(phone.locator(".adapter")).to_contain_text("还没有扮演任何角色。")
    overflow = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    phone.get_by_role("button", name=f"移除 {NAME}").click()
    phone.get_by_role("dialog").get_by_role("button", name="移除").click()
    expect(phone.get_by_text("还没有登记任何适配器。")).to_be_visible()
