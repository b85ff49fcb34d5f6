"""The example of a site that makes the pages its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from site_process import SiteProcess

FOLDER = Path(__file__).parents[2] / "examples" / "own_look"


@pytest.fixture
def bakery(site, people, tmp_path):
    quickstart = site()
    server = SiteProcess("app:app", FOLDER, quickstart.environment, log=tmp_path / "bakery.log")
    server.run_flask("create-tables")
    with server:
        yield server


def test_a_site_brings_its_layout_its_colours_and_two_texts(watch, bakery):
    """From its own page through ours and back."""
    page = watch(bakery).page()
    page.goto("/")
    page.click("text=Come in")
    expect(page).to_have_url(re.compile("/auth/sign-in"))
    expect(page.locator("header.bakery")).to_have_text("The Bakery")
    expect(page.locator("h1")).to_have_text("Come in")
    expect(page.locator("small")).to_have_text("By coming in you agree to get up early.")
    expect(page.locator("button.fl-main")).to_have_css("background-color", "rgb(122, 62, 18)")
    expect(page.locator("button.fl-main")).to_have_css("border-radius", "0px")
    page.click("[data-provider='google.com']")
    page.fill("dialog [name=email]", "ada@example.com")
    page.fill("dialog [name=name]", "Ada")
    page.click("dialog .fl-main")
    expect(page.locator("main")).to_contain_text("Good morning, Ada.")
    page.goto("/auth/")
    expect(page.locator("header.bakery")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Ada")
