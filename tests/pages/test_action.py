"""Where the links of Firebase's e-mails lead, as the server renders it."""

from __future__ import annotations

import gzip
import re
from html import unescape

import pytest

HTML = {"Accept": "text/html"}
MODES = {
    "resetPassword": "Set a new password",
    "verifyEmail": "Confirm your e-mail address",
    "verifyAndChangeEmail": "Confirm your new e-mail address",
    "recoverEmail": "Get your former e-mail address back",
    "revertSecondFactorAddition": "Remove a second factor",
}


def open_link(site, query, device=None, **headers):
    return (device or site.device()).get(f"/auth/action?{query}", headers=HTML | headers)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_has_its_page(site, mode):
    """With nothing of the code in it, which goes into no referrer either, and nothing of whoever is signed in."""
    device = site.device()
    device.sign_in(email="ada@example.com")
    page = open_link(site, f"mode={mode}&oobCode=abc%3Cb%3E&apiKey=web-key", device)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert f"<h1>{MODES[mode]}</h1>" in page.text
    assert f"<title>{MODES[mode]}</title>" in page.text
    assert ('type="password"' in page.text) == (mode == "resetPassword")
    assert "abc" not in page.text
    assert "ada@example.com" not in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin"
    form = page.text[page.text.index("<form") : page.text.index("</form>")]
    assert "action=" not in form
    assert "<fieldset disabled" in form


def test_it_is_in_the_user_s_language_and_small(site):
    """Like the sign-in page."""
    page = open_link(site, "mode=verifyEmail&oobCode=abc", **{"Accept-Language": "de", "Accept-Encoding": "gzip"})
    assert "Bestätigen Sie Ihre E-Mail-Adresse" in gzip.decompress(page.data).decode()


@pytest.mark.parametrize(
    "query", ["", "mode=verifyEmail", "mode=verifyEmail&oobCode=", "oobCode=a", "mode=deleteAll&oobCode=a"]
)
def test_what_is_no_link_of_an_e_mail_is_told_so(site, query):
    """As a page."""
    page = open_link(site, query)
    assert page.status_code == 400
    assert "open the link as it is in the e-mail" in page.text


@pytest.mark.parametrize(
    ("continue_url", "next_path"),
    [
        ("http%3A%2F%2Flocalhost%2Fbasket%3Fsize%3D2", "/basket?size=2"),
        ("http%3A%2F%2Flocalhost%2Fauth%2F", "/auth/"),
        ("https%3A%2F%2Fevil.example%2Fbasket", "/"),
        ("http%3A%2F%2Flocalhost.evil.example%2Fbasket", "/"),
        ("http%3A%2F%2Fada%40localhost%2Fbasket", "/"),
        ("http%3A%2F%2Flocalhost%3A81%2Fbasket", "/"),
        ("http%3A%2F%2Flocalhost%2F%2Fevil.example", "/"),
        ("http%3A%2F%2Flocalhost%2F%5Cevil.example", "/"),
        ("javascript%3Aalert(1)", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2Fbasket", "/"),
        ("http%3A%2F%2F%5Bbad", "/"),
        ("", "/"),
    ],
)
def test_where_it_goes_on_is_checked_as_next_is(site, continue_url, next_path):
    """Nowhere but on this host; else where a sign-in leads."""
    page = open_link(site, f"mode=verifyEmail&oobCode=abc&continueUrl={continue_url}")
    shown = re.search(r'<p data-done hidden><a class="fl-button" href="([^"]*)"', page.text)[1]
    assert unescape(shown) == next_path
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    ("continue_url", "location"),
    [
        ("http://localhost/auth/sign-in?next=/basket", "/auth/sign-in?next=/basket&mode=signIn&oobCode=abc&apiKey=k&lang=de"),
        ("http://localhost/auth/?connect=github.com", "/auth/?connect=github.com&mode=signIn&oobCode=abc&apiKey=k&lang=de"),
        ("http://localhost/basket", "/auth/sign-in?next=/basket&mode=signIn&oobCode=abc&apiKey=k&lang=de"),
        ("https://evil.example/", "/auth/sign-in?next=/&mode=signIn&oobCode=abc&apiKey=k&lang=de"),
    ],
)
def test_a_link_to_sign_in_leads_to_the_page_that_asked_for_it(site, continue_url, location):
    """Which takes it from there; never to another host."""
    answer = site.device().get(
        "/auth/action",
        query_string={"mode": "signIn", "oobCode": "abc", "apiKey": "k", "lang": "de", "continueUrl": continue_url},
        headers=HTML,
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, location)


def test_it_needs_no_database(site):
    """A password is set anew at Firebase, whatever the site's own database does."""
    with site.app.app_context():
        site.db.drop_all()
    assert open_link(site, "mode=resetPassword&oobCode=abc").status_code == 200
