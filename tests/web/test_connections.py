"""A request holds one database connection at most, and the times of its session are written when the answer is out."""

from __future__ import annotations

import pytest
from flask import Flask, send_file, stream_with_context
from flask_login import current_user, login_required
from werkzeug.test import EnvironBuilder
from werkzeug.wsgi import FileWrapper

from flask_firebase_login.errors import ConfigError


@pytest.fixture
def narrow_site(make_site):
    """A site whose pool has one connection, and waits half a second for it."""
    return make_site(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.5})


def last_seen_at(site):
    with site.app.app_context():
        return site.db.session.query(site.firebase.models.session).one().last_seen_at


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_a_due_request_needs_one_connection(narrow_site, clock, transport):
    """The pool has no second one, and the times are written all the same."""
    device = narrow_site.device(transport)
    device.sign_in()
    clock.advance(minutes=6)
    assert device.get("/private").status_code == 200
    assert last_seen_at(narrow_site) == clock()


@pytest.mark.parametrize(
    "method", ["POST /auth/sign-in", "PATCH /auth/account", "DELETE /auth/sessions", "POST /leave", "DELETE /auth/account"]
)
def test_so_does_everything_else(narrow_site, method):
    """Signing in and out, patches, revocation, deletion."""
    device = narrow_site.device("cookie")
    device.sign_in()
    verb, path = method.split()
    answer = (
        device.sign_in() if path == "/auth/sign-in" else device.open(verb, path, **({"json": {}} if verb == "PATCH" else {}))
    )
    assert answer.status_code in (200, 204)


def test_a_site_that_commits_at_the_end_of_the_request_waits_for_nothing(make_site, clock):
    """It flushes in the view, which locks SQLite, and commits in `teardown_request`: then the times are written."""
    site = make_site(SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 0.2}})

    @site.app.post("/note")
    @login_required
    def note():
        current_user.chosen_name = "Noted"
        site.db.session.flush()
        return {"noted": True}

    @site.app.teardown_request
    def commit(error):
        site.db.session.commit()

    device = site.device("cookie")
    device.sign_in()
    clock.advance(minutes=6)
    assert device.post("/note").status_code == 200
    assert last_seen_at(site) == clock()
    assert device.get("/private").get_json()["name"] == "Noted"


def test_a_response_that_the_site_replaces_loses_no_times(site, clock):
    """An `after_request` of the site's may return another response."""

    @site.app.after_request
    def replace(response):
        return site.app.response_class(response.get_data(), response.status_code, response.headers)

    device = site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    device.get("/private")
    assert last_seen_at(site) == clock()


def test_a_request_context_without_a_server_is_fine(narrow_site, clock):
    """In a shell, a test or an event of a WebSocket there is nobody to answer: the times are written when the context has ended."""
    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    with narrow_site.app.test_request_context(headers={"Authorization": f"Bearer {device.secret}"}):
        assert current_user.is_authenticated
    assert last_seen_at(narrow_site) == clock()


def test_a_context_within_another_waits_for_the_other(narrow_site, clock):
    """Which holds the one connection that there is."""
    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    with narrow_site.app.app_context():
        assert narrow_site.db.session.query(narrow_site.firebase.models.account).count() == 1
        with narrow_site.app.test_request_context(headers={"Authorization": f"Bearer {device.secret}"}):
            assert current_user.is_authenticated
    assert last_seen_at(narrow_site) == clock()


def test_a_context_within_one_of_another_app_waits_for_that(narrow_site, clock):
    """An app without the extension, such as a task queue's, may be the outermost."""
    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    with Flask("another").app_context():
        with narrow_site.app.test_request_context(headers={"Authorization": f"Bearer {device.secret}"}):
            assert current_user.is_authenticated
        assert last_seen_at(narrow_site) < clock()
    assert last_seen_at(narrow_site) == clock()


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_worker_that_is_told_to_stop_writes_nothing_any_more(narrow_site, clock, error):
    """As gunicorn stops one that takes too long; and nothing is left for what runs next in its thread."""

    @narrow_site.app.get("/stopped")
    @login_required
    def stopped():
        raise error

    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    with pytest.raises(error):
        device.get("/stopped")
    assert last_seen_at(narrow_site) < clock()
    assert device.get("/private").status_code == 200
    assert last_seen_at(narrow_site) == clock()


def test_a_body_that_asks_who_is_signed_in_as_it_is_sent_loses_no_times(narrow_site, clock):
    """The view returns before anybody has asked."""

    @narrow_site.app.get("/stream")
    def stream():
        def body():
            yield str(current_user.is_authenticated)

        return stream_with_context(body())

    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    assert device.get("/stream").text == "True"
    assert last_seen_at(narrow_site) == clock()


def test_a_view_that_fails_past_the_server_loses_no_times(narrow_site, clock):
    """As with PROPAGATE_EXCEPTIONS, or in a test."""

    @narrow_site.app.get("/broken")
    @login_required
    def broken():
        raise ZeroDivisionError

    device = narrow_site.device("bearer")
    device.sign_in()
    clock.advance(minutes=6)
    with pytest.raises(ZeroDivisionError):
        device.get("/broken")
    assert last_seen_at(narrow_site) == clock()


def test_a_file_is_left_to_the_server_to_send(make_site, clock, tmp_path):
    """Nothing is put around it, unless there is something to do when it is out."""
    site = make_site()
    (tmp_path / "file.txt").write_text("text")

    @site.app.get("/file")
    def file():
        return send_file(tmp_path / "file.txt")

    wrapper = type("FileWrapper", (FileWrapper,), {})
    environ = EnvironBuilder("/file", environ_overrides={"wsgi.file_wrapper": wrapper}).get_environ()
    answer = site.app(environ, lambda *_: None)
    assert type(answer) is wrapper
    answer.close()


@pytest.mark.parametrize("given", [0, -1, True, "100", 1.5])
def test_how_many_sessions_a_user_may_have_is_a_whole_number(make_site, given):
    """Above zero."""
    with pytest.raises(ConfigError, match="SESSIONS_PER_ACCOUNT"):
        make_site(FIREBASE_LOGIN_SESSIONS_PER_ACCOUNT=given)


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_a_user_has_the_newest_sessions_only(make_site, clock, transport):
    """One ID token opens as many as it likes; those seen longest ago end."""
    site = make_site(FIREBASE_LOGIN_SESSIONS_PER_ACCOUNT=3)
    devices = [site.device(transport) for _ in range(5)]
    for device in devices:
        clock.advance(seconds=1)
        device.sign_in()
    assert [device.get("/private").status_code for device in devices] == [401, 401, 200, 200, 200]
    assert site.count("session") == 3


def test_sessions_that_have_ended_go_when_their_user_signs_in(site, clock):
    """And those of others stay for `prune`."""
    site.device("bearer").sign_in()
    site.device("bearer").sign_in("eve@example.com")
    clock.advance(days=15)
    site.device("bearer").sign_in()
    with site.app.app_context():
        whose = [row.account_id for row in site.db.session.query(site.firebase.models.session)]
    assert sorted(whose) == [1, 2]
