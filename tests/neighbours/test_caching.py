"""Beside Flask-Caching, and the caches between the site and its users."""

from __future__ import annotations

import pytest
from flask import session
from flask_login import current_user
from jinja2 import DictLoader

from shared_sites import PAGE, code_of_the_docs


@pytest.fixture
def cached_site(share_site):
    """A function that makes a site with the code of docs/neighbours.md, and a view that is cached for everybody."""

    def make(order="neighbour first", kind="SimpleCache", folder=""):
        config = f'{{"CACHE_TYPE": "{kind}", "CACHE_DIR": "{folder}"}}'
        code = code_of_the_docs("Cache(app").replace('{"CACHE_TYPE": "SimpleCache"}', config)
        calls = []

        def initialise(app):
            names = {"app": app}
            exec(code, names)
            app.add_url_rule("/cached", view_func=names["cache"].cached()(cached), endpoint="cached")
            app.jinja_loader, app.jinja_env.globals["note"] = DictLoader(TEMPLATES), calls.append

        def cached():
            calls.append("cached")
            return {"public": True}

        site = share_site(initialise, order)
        site.calls = calls
        return site

    return make


TEMPLATES = {
    "mine.html": "{{ note('mine') or '' }}<p>{{ current_user.name }}</p>",
    "front.html": "{{ note('front') or '' }}<nav>{{ current_user.name or 'Sign in' }}</nav>",
}


@pytest.fixture(params=["SimpleCache", "FileSystemCache"])
def site(request, cached_site, order, tmp_path):
    return cached_site(order, request.param, tmp_path / "cache")


def test_each_user_gets_a_page_of_their_own_from_the_cache(site):
    """Keyed by the user behind `login_required`; also by bearer, and not after the sign-out."""
    ada, grace, app = site.device(), site.device(), site.device("bearer")
    ada.sign_in("ada@example.com", name="Ada")
    grace.sign_in("grace@example.com", name="Grace")
    app.sign_in("grace@example.com", name="Grace")
    for _ in range(2):
        assert ada.get("/mine").text == "<p>Ada</p>"
        assert grace.get("/mine").text == "<p>Grace</p>"
        assert app.get("/mine").text == "<p>Grace</p>"
    assert site.calls == ["mine", "mine"]
    assert site.device().get("/mine").status_code == 401
    ada.post("/auth/sign-out")
    assert ada.get("/mine").status_code == 401
    assert ada.get("/mine", headers=PAGE).status_code == 303


def test_a_page_that_greets_its_user_is_cached_for_strangers_alone(site):
    """`unless`."""
    ada = site.device()
    ada.sign_in("ada@example.com", name="Ada")
    assert ada.get("/front").text == "<nav>Ada</nav>"
    assert [site.device().get("/front").text for _ in range(2)] == ["<nav>Sign in</nav>"] * 2
    assert ada.get("/front").text == "<nav>Ada</nav>"
    assert site.calls == ["front"] * 3


def test_a_cached_answer_brings_no_cookie_of_whoever_asked_first(site, clock):
    """Though that answer renewed their session's cookie."""
    ada = site.device()
    ada.sign_in()
    clock.advance(minutes=6)
    site.app.view_functions["cached"] = look_at_user(site.app.view_functions["cached"])
    assert "Set-Cookie" in ada.get("/cached").headers
    stranger = site.device()
    assert "Set-Cookie" not in stranger.get("/cached").headers
    assert site.calls == ["cached"]
    assert stranger.get("/private").status_code == 401


def look_at_user(view):
    def looking():
        bool(current_user.is_authenticated)
        return view()

    return looking


def test_answers_tell_caches_that_they_depend_on_who_asks(site):
    """By cookie and by bearer; a page that asks for no user depends on none."""
    for transport in ("cookie", "bearer"):
        device = site.device(transport)
        device.sign_in()
        for path in ("/private", "/public", "/auth/account"):
            assert {"cookie", "authorization"} <= depends_on(device.get(path)), path
    page = site.device().get("/auth/sign-in", headers=PAGE)
    assert {"cookie", "authorization", "accept-language"} <= depends_on(page)
    assert "authorization" not in depends_on(site.device().get("/cached"))


def depends_on(answer):
    return {name.lower() for name in answer.vary}


def test_no_cache_keeps_an_answer_of_ours(site):
    """RFC 9111, section 5.2.2.5."""
    device = site.device()
    device.sign_in()
    for path in ("/auth/account", "/auth/sessions", "/auth/", "/auth/sign-in?again=1"):
        assert device.get(path).headers["Cache-Control"] == "no-store"


def test_what_flask_caching_keeps_holds_no_secret(cached_site, tmp_path):
    """Its keys and values are readable by whoever reads the store."""
    site = cached_site(kind="FileSystemCache", folder=tmp_path / "cache")
    site.app.add_url_rule("/secret", view_func=lambda: {"secret": session["_user_id"]}, endpoint="secret")
    ada = site.device()
    ada.sign_in()
    ada.get("/mine")
    secret = ada.get("/secret").get_json()["secret"]
    kept = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert kept
    assert not any(secret.encode() in one for one in kept)
