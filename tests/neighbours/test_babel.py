"""Beside Flask-Babel, whose locale selector knows each user's language, and whose `_` the site's templates use."""

from __future__ import annotations

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from flask import request
from flask_babel import Babel, gettext
from flask_login import current_user
from jinja2 import DictLoader

from shared_sites import PAGE

LAYOUT = "<nav>{{ _('Our shop') }}</nav>{% block card %}{% endblock %}<footer>{{ gettext('Sign in') }}</footer>"
GERMAN = {
    "Our shop": "Unser Laden",
    "Sign in": "Hereinspaziert",
    "Your account": "Dein Konto im Laden",
    "Welcome": "Willkommen",
}


@pytest.fixture
def translations(tmp_path):
    """The site's own catalogue; some of its words are ours too, and mean something else there."""
    folder = tmp_path / "translations" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog("de")
    for text, translated in GERMAN.items():
        catalogue.add(text, translated)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    return str(tmp_path / "translations")


def select_locale():
    """As a site would: the user's own setting, else the query, else the browser's."""
    chosen = current_user.settings.get("language") if current_user.is_authenticated else None
    return chosen or request.args.get("lang") or request.accept_languages.best_match(["en", "de"])


@pytest.fixture
def site(share_site, order, translations):
    return share_site(lambda app: Babel(app, locale_selector=select_locale), order, BABEL_TRANSLATION_DIRECTORIES=translations)


def test_the_pages_are_in_the_language_of_the_locale_selector(site):
    """By the query for a stranger, by the user's own setting for who is signed in."""
    browser = site.device()
    assert "Anmelden" in browser.get("/auth/sign-in?lang=de", headers=PAGE).text
    assert "Sign in" in browser.get("/auth/sign-in?lang=en", headers=PAGE).text
    browser.sign_in()
    assert "Abmelden" in browser.get("/auth/", headers=PAGE | {"Accept-Language": "de"}).text
    browser.patch("/auth/account", json={"settings": {"language": "de"}})
    page = browser.get("/auth/", headers=PAGE | {"Accept-Language": "en"}).text
    assert 'lang="de"' in page
    assert "Abmelden" in page
    browser.post("/auth/sign-out")
    assert "Sign in" in browser.get("/auth/sign-in", headers=PAGE | {"Accept-Language": "en"}).text


def test_a_language_that_the_pages_do_not_speak_is_english_there(site):
    """While the site speaks its own."""
    assert 'lang="en"' in site.device().get("/auth/sign-in?lang=nl", headers=PAGE).text


def test_in_the_site_s_layout_the_site_s_own_gettext_speaks(site):
    """Around our texts, which are in our words: `_` of the layout is not ours."""
    site.app.jinja_loader = DictLoader({"firebase_login/base.html": LAYOUT})
    browser = site.device()
    page = browser.get("/auth/sign-in?lang=de", headers=PAGE).text
    assert "<nav>Unser Laden</nav>" in page
    assert "<footer>Hereinspaziert</footer>" in page
    assert "Anmelden" in page
    browser.sign_in()
    page = browser.get("/auth/?lang=de", headers=PAGE).text
    assert "<nav>Unser Laden</nav>" in page
    assert "Abmelden" in page


def test_in_the_blocks_that_a_site_fills_its_own_gettext_speaks(site):
    """`heading`, `title`, `above`, `below` and `legal`."""
    blocks = "".join("{% block " + name + " %}[{{ _('Welcome') }}]{% endblock %}" for name in ("heading", "above", "legal"))
    loaded = {f"firebase_login/{page}": f"{{% extends 'firebase_login/default/{page}' %}}{blocks}" for page in PAGES}
    site.app.jinja_loader = DictLoader(loaded)
    browser = site.device()
    assert browser.get("/auth/sign-in?lang=de", headers=PAGE).text.count("[Willkommen]") == 3
    browser.sign_in()
    assert browser.get("/auth/?lang=de", headers=PAGE).text.count("[Willkommen]") == 3


PAGES = ("sign-in.html", "account.html")


def test_without_flask_babel_our_pages_bring_their_own_texts(share_site):
    """And a layout without `_` needs none."""
    site = share_site(lambda app: None)
    site.app.jinja_loader = DictLoader(
        {"firebase_login/base.html": "{% block title %}{% endblock %}{% block card %}{% endblock %}"}
    )
    assert "Anmelden" in site.device().get("/auth/sign-in", headers=PAGE | {"Accept-Language": "de"}).text


def test_views_speak_as_the_user_who_is_signed_in(site):
    """Flask-Babel asks the selector within the request, when `current_user` is there."""
    browser = site.device()
    browser.sign_in()
    browser.patch("/auth/account", json={"settings": {"language": "de"}})
    site.app.view_functions["public"] = lambda: {"says": gettext("Welcome")}
    assert browser.get("/public").get_json() == {"says": "Willkommen"}
    assert site.device().get("/public").get_json() == {"says": "Welcome"}
