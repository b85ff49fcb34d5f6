"""Beside Flask-Limiter, whose limits for the whole site count our endpoints too; `tests/web/test_rate_limits.py` has our own limit."""

from __future__ import annotations

import pytest
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from shared_sites import PAGE


@pytest.fixture
def limit_site(share_site, order):
    """A function that makes a site with a limit of ours and default limits of its own."""

    def make(ours="3 per minute", **options):
        def initialise(app):
            return Limiter(get_remote_address, app=app, storage_uri="memory://", **options)

        return share_site(initialise, order, FIREBASE_LOGIN_RATE_LIMIT=ours)

    return make


def sign_in_often(device, times):
    return [device.sign_in().status_code for _ in range(times)]


def test_our_limit_counts_sign_ins_beside_the_site_s_default_limits(limit_site):
    """Whichever is reached first answers; what else the user does is counted apart."""
    site = limit_site(default_limits=["5 per minute"])
    device = site.device()
    assert sign_in_often(device, 4) == [200, 200, 200, 429]
    assert [device.get("/private").status_code for _ in range(6)] == [200] * 5 + [429]
    assert device.get("/auth/account").status_code == 200


def test_the_site_s_default_limits_count_sign_ins_too(limit_site):
    """Where they are lower."""
    device = limit_site(default_limits=["2 per minute"]).device()
    assert sign_in_often(device, 3) == [200, 200, 429]


@pytest.mark.parametrize("limits", [{"default_limits": ["2 per minute"]}, {}])
def test_both_limits_answer_alike(limit_site, limits):
    """As problem details for a program, as a page for a browser, with a time to come back."""
    site = limit_site("2 per minute", headers_enabled=True, **limits)
    device = site.device()
    for _ in range(2):
        device.sign_in()
    answer = device.sign_in()
    assert (answer.status_code, answer.get_json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert device.get("/private").status_code == 200


def test_a_browser_over_the_site_s_limit_gets_a_page(limit_site):
    """Our sign-in page, asked for too often."""
    device = limit_site(default_limits=["1 per minute"]).device()
    device.get("/auth/sign-in", headers=PAGE)
    page = device.get("/auth/sign-in", headers=PAGE)
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "rate_limited" in page.text


def test_the_files_of_our_pages_are_not_counted(limit_site):
    """As those of the site are not; each page loads its style sheet and its script."""
    device = limit_site(default_limits=["2 per minute"]).device()
    for _ in range(4):
        with device.get("/auth/static/pages.css") as answer:
            assert answer.status_code == 200
