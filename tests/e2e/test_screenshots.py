"""The pictures of both pages in docs/screenshots: phone and desktop, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_account import sign_in
from test_looks import open_sign_in

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_made_of_each_page(watch, running_site, people, size, scheme, pytestconfig, tmp_path):
    """Into the docs where it is asked for, else into a folder of the test's own."""
    folder = FOLDER if pytestconfig.getoption("--make-screenshots") else tmp_path
    folder.mkdir(exist_ok=True)
    people.sign_in_with_google("ada@example.com", "Ada Lovelace")
    visitor = watch(running_site, viewport=SIZES[size], color_scheme=scheme)
    page = open_sign_in(visitor)
    page.screenshot(path=folder / f"sign-in-{size}-{scheme}.png")
    page.click("[data-provider='google.com']")
    page.wait_for_selector("dialog")
    page.screenshot(path=folder / f"emulator-{size}-{scheme}.png")
    page.close()
    page = sign_in(visitor)
    page.screenshot(path=folder / f"account-{size}-{scheme}.png", full_page=True)
    page.click("[data-password]")
    page.wait_for_selector("dialog")
    page.screenshot(path=folder / f"confirming-{size}-{scheme}.png")
    assert len(list(folder.glob(f"*-{size}-{scheme}.png"))) == 4
