"""What every client may rely on: the same tests by cookie and by bearer, on SQLite and on PostgreSQL, there at SERIALIZABLE too."""

from __future__ import annotations

import pytest

from flask_firebase_login import signals

POSTGRESQL = [pytest.param(url, marks=pytest.mark.integration) for url in ("postgresql_url", "serializable_url")]


@pytest.fixture(params=["sqlite_url", *POSTGRESQL])
def database_url(request):
    """Both engines, at their own isolation levels and at the strictest."""
    return request.getfixturevalue(request.param)


def test_a_sign_in_answers_account_session_and_where_to_go(device):
    """And the secret for a bearer alone."""
    answer = device.sign_in(name="Ada Lovelace")
    body = answer.get_json()
    assert answer.status_code == 200
    assert set(body["account"]) == {
        "id",
        "firebase_uid",
        "email",
        "email_verified",
        "name",
        "photo_url",
        "providers",
        "settings",
        "roles",
        "created_at",
    }
    assert set(body["session"]) == {
        "id",
        "transport",
        "client_name",
        "user_agent",
        "created_at",
        "last_seen_at",
        "expires_at",
        "current",
    }
    assert (body["created"], body["next"]) == (True, "/")
    assert (body["account"]["name"], body["session"]["transport"]) == ("Ada Lovelace", device.transport)
    assert ("session_secret" in body) == (device.transport == "bearer")
    assert ("Set-Cookie" in answer.headers) == (device.transport == "cookie")


def test_later_requests_need_no_id_token(device):
    """The session stands for the person."""
    assert device.get("/private").status_code == 401
    device.sign_in(name="Ada")
    assert device.get("/private").get_json()["name"] == "Ada"
    assert device.get("/auth/account").get_json()["email"] == "ada@example.com"


def test_an_authenticated_request_costs_exactly_one_statement(site, device):
    """Session and account, in one query, and no write."""
    device.sign_in()
    with site.counted() as statements:
        assert device.get("/private").status_code == 200
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


def test_a_request_that_asks_for_nobody_costs_no_statement(site, device):
    """The session is looked up when somebody asks who is there."""
    device.sign_in()
    with site.counted() as statements:
        assert device.get("/cart").status_code == 200
    assert statements == []


def test_an_ordinary_answer_sets_no_cookie(device):
    """Only a sliding session renews it."""
    device.sign_in()
    assert "Set-Cookie" not in device.get("/private").headers


def test_two_devices_meet_in_one_account(device, other_device):
    """Settings written on one are read on the other."""
    assert device.sign_in().get_json()["created"]
    assert not other_device.sign_in().get_json()["created"]
    device.patch("/auth/account", json={"settings": {"theme": "dark"}})
    assert other_device.get("/private").get_json()["settings"] == {"theme": "dark"}


def test_a_signed_out_device_is_rejected_at_its_next_request(device, other_device):
    """And the other stays in."""
    device.sign_in()
    other_device.sign_in()
    answer = device.post("/auth/sign-out")
    assert (answer.status_code, answer.data) == (204, b"")
    assert device.get("/private").status_code == 401
    assert other_device.get("/private").status_code == 200


def test_a_sign_out_of_nobody_is_as_good(device):
    """204, and again."""
    assert device.post("/auth/sign-out").status_code == 204
    device.sign_in()
    device.post("/auth/sign-out")
    assert device.post("/auth/sign-out").status_code == 204


def test_a_stolen_secret_is_dead_after_sign_out(site, device):
    """What was copied before is rejected too: the row is gone."""
    device.sign_in()
    thief = site.device(device.transport)
    thief.secret = device.secret
    if cookie := device.client.get_cookie("session"):
        thief.client.set_cookie("session", cookie.value)
    assert thief.get("/private").status_code == 200
    device.post("/auth/sign-out")
    assert thief.get("/private").status_code == 401


def test_logout_user_anywhere_ends_the_row_too(site, device):
    """Flask-Login's own function, in a view of the site's."""
    device.sign_in()
    assert site.count("session") == 1
    device.post("/leave")
    assert site.count("session") == 0
    assert device.get("/private").status_code == 401


def test_devices_are_listed_and_signed_out_one_by_one(device, other_device, clock):
    """The one that asks is marked."""
    device.sign_in()
    clock.advance(seconds=1)
    other_id = other_device.sign_in().get_json()["session"]["id"]
    listed = device.get("/auth/sessions").get_json()["sessions"]
    assert {entry["id"]: entry["current"] for entry in listed} == {other_id: False, listed[-1]["id"]: True}
    assert device.delete(f"/auth/sessions/{other_id}").status_code == 204
    assert other_device.get("/private").status_code == 401
    gone = device.delete(f"/auth/sessions/{other_id}")
    assert (gone.status_code, gone.get_json()["code"]) == (404, "not_found")


def test_devices_are_named_one_by_one(device, other_device):
    """By a merge patch; the name is the client's own again where it is null or empty."""
    this_id = device.sign_in().get_json()["session"]["id"]
    other_id = other_device.sign_in().get_json()["session"]["id"]
    for session_id, name in ((this_id, "Here"), (other_id, "There")):
        answer = device.patch(f"/auth/sessions/{session_id}", json={"client_name": name})
        assert (answer.status_code, answer.get_json()["client_name"]) == (200, name)
        assert answer.get_json()["current"] == (session_id == this_id)
    listed = other_device.get("/auth/sessions").get_json()["sessions"]
    assert {entry["id"]: entry["client_name"] for entry in listed} == {this_id: "Here", other_id: "There"}
    for name in (None, ""):
        assert device.patch(f"/auth/sessions/{other_id}", json={"client_name": "There"}).status_code == 200
        answer = device.patch(f"/auth/sessions/{other_id}", json={"client_name": name})
        assert answer.get_json()["client_name"] == f"{device.transport} device"
    assert device.patch(f"/auth/sessions/{this_id}", json={}).get_json()["client_name"] == "Here"


def test_a_device_may_sign_itself_out_by_its_id(device):
    """As any other."""
    session_id = device.sign_in().get_json()["session"]["id"]
    assert device.delete(f"/auth/sessions/{session_id}").status_code == 204
    assert device.get("/private").status_code == 401


def test_the_sessions_of_others_are_not_there(device, other_device):
    """404, as for one that never was."""
    device.sign_in()
    eve_id = other_device.sign_in("eve@example.com").get_json()["session"]["id"]
    for session_id in (eve_id, 0, 2**63, 10**40):
        assert device.delete(f"/auth/sessions/{session_id}").status_code == 404
        for patch in ({"client_name": "Mine"}, {}):
            missed = device.patch(f"/auth/sessions/{session_id}", json=patch)
            assert (missed.status_code, missed.get_json()["code"]) == (404, "not_found")
    assert other_device.get("/private").status_code == 200


def test_all_others_are_signed_out_then_all(device, other_device):
    """This device stays until it is included."""
    device.sign_in()
    other_device.sign_in()
    assert device.delete("/auth/sessions").status_code == 204
    assert other_device.get("/private").status_code == 401
    assert device.get("/private").status_code == 200
    assert device.delete("/auth/sessions?including=everything").status_code == 400
    assert device.delete("/auth/sessions?including=current").status_code == 204
    assert device.get("/private").status_code == 401


def test_signing_in_again_replaces_this_device_s_session(site, device):
    """No fixation: the old secret is dead, and there is one row."""
    session_id = device.sign_in().get_json()["session"]["id"]
    device.patch(f"/auth/sessions/{session_id}", json={"client_name": "Mine"})
    old_secret, old_cookie = device.secret, device.client.get_cookie("session")
    assert device.sign_in().get_json()["session"]["client_name"] == "Mine"
    assert site.count("session") == 1
    thief = site.device(device.transport)
    thief.secret = old_secret
    if old_cookie:
        thief.client.set_cookie("session", old_cookie.value)
    assert thief.get("/private").status_code == 401
    assert device.get("/private").status_code == 200


def test_an_account_is_read_again_only_where_it_changed(device):
    """ETag and If-None-Match."""
    device.sign_in()
    etag = device.get("/auth/account").headers["ETag"]
    unchanged = device.get("/auth/account", headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    changed = device.patch("/auth/account", json={"name": "Countess"})
    assert changed.headers["ETag"] != etag
    assert device.get("/auth/account", headers={"If-None-Match": etag}).status_code == 200


def test_of_two_who_sent_if_match_the_loser_gets_a_412(device, other_device):
    """Nothing of the loser's is written."""
    device.sign_in()
    other_device.sign_in()
    etag = device.get("/auth/account").headers["ETag"]
    assert device.patch("/auth/account", json={"name": "First"}, headers={"If-Match": etag}).status_code == 200
    lost = other_device.patch("/auth/account", json={"name": "Second"}, headers={"If-Match": etag})
    assert (lost.status_code, lost.get_json()["code"]) == (412, "version_conflict")
    assert device.get("/auth/account").get_json()["name"] == "First"
    assert device.patch("/auth/account", json={"name": "Any"}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
def test_a_patch_is_a_merge_patch_by_either_name(device, media_type):
    """RFC 7396, or plain JSON."""
    device.sign_in()
    answer = device.patch("/auth/account", data='{"name": "Ada", "settings": {"a": {"b": 1}}}', content_type=media_type)
    assert answer.status_code == 200
    assert (answer.get_json()["name"], answer.get_json()["settings"]) == ("Ada", {"a": {"b": 1}})


def test_deletion_needs_a_recent_sign_in(site, device, clock):
    """Five minutes, from when the person proved who they are; then everything is gone."""
    device.sign_in()
    clock.advance(minutes=6)
    rejected = device.delete("/auth/account")
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "recent_sign_in_required")
    clock.advance(minutes=-6)
    assert device.delete("/auth/account").status_code == 204
    assert (site.count("account"), site.count("session")) == (0, 0)
    assert device.get("/private").status_code == 401


def test_an_old_token_opens_a_session_that_is_not_recent(device):
    """`auth_time` decides, not when the token was posted."""
    from datetime import timedelta

    assert device.sign_in(age=timedelta(minutes=30)).status_code == 200
    assert device.delete("/auth/account").status_code == 403


def test_an_anonymous_user_is_deleted_however_old_their_sign_in_is(make_site, clock):
    """They cannot sign in anew."""
    device = make_site(FIREBASE_LOGIN_ALLOW_ANONYMOUS=True).device()
    device.sign_in(None, claims={"firebase": {"sign_in_provider": "anonymous", "identities": {}}})
    clock.advance(minutes=6)
    assert device.delete("/auth/account").status_code == 204


@pytest.fixture
def changes():
    """What `security_changed` said."""
    told = []

    def receive(sender, *, account, event):
        told.append((sender, account.email, event))

    with signals.security_changed.connected_to(receive):
        yield told


@pytest.mark.parametrize("event", signals.SECURITY_EVENTS)
def test_a_change_at_firebase_is_told_to_the_site(site, device, changes, event):
    """By the page or app that made it."""
    device.sign_in()
    answer = device.post("/auth/security-events", json={"event": event})
    assert (answer.status_code, answer.data) == (204, b"")
    assert changes == [(site.app, "ada@example.com", event)]


def test_who_tells_of_a_change_has_signed_in_recently(device, clock, changes):
    """As Firebase asks for it before it changes anything."""
    told = {"event": "password_changed"}
    assert device.post("/auth/security-events", json=told).status_code == 401
    device.sign_in()
    clock.advance(minutes=6)
    rejected = device.post("/auth/security-events", json=told)
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "recent_sign_in_required")
    assert changes == []


def test_a_page_tells_of_its_own_user_alone(site, device, changes):
    """Another may have signed in in another tab; nor does it sign that one's devices out."""
    uid = device.sign_in().get_json()["account"]["firebase_uid"]
    told = {"event": "password_changed"}
    for path in (f"/auth/security-events?account={uid}", "/auth/security-events"):
        assert device.post(path, json=told).status_code == 204
    device.sign_in("eve@example.com")
    changes.clear()
    rejected = device.post(f"/auth/security-events?account={uid}", json=told)
    assert (rejected.status_code, rejected.get_json()["code"]) == (409, "user_changed")
    assert device.delete(f"/auth/sessions?account={uid}").status_code == 409
    assert changes == []


def test_the_export_is_a_download_of_all_that_is_kept(device):
    """And holds no secret."""
    device.sign_in()
    answer = device.get("/auth/account/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.get_json()["account"]["provider_email"] == "ada@example.com"
    assert len(answer.get_json()["sessions"]) == 1
    assert "secret" not in answer.get_data(as_text=True)


def test_a_disabled_account_is_out_at_its_next_request_and_cannot_come_back(site, device):
    """With a code of its own."""
    uid = device.sign_in().get_json()["account"]["firebase_uid"]
    with site.app.app_context():
        site.firebase.accounts.disable(site.firebase.accounts.find(uid))
    assert device.get("/private").status_code == 401
    device.secret = None
    rejected = device.sign_in()
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "account_disabled")
    assert site.count("session") == 0


def test_a_session_in_use_slides_and_a_silent_one_ends(device, clock):
    """14 days from when it was last seen."""
    device.sign_in()
    clock.advance(days=13)
    renewed = device.get("/private")
    assert renewed.status_code == 200
    assert ("Set-Cookie" in renewed.headers) == (device.transport == "cookie")
    clock.advance(days=13)
    assert device.get("/private").status_code == 200
    clock.advance(days=14)
    assert device.get("/private").status_code == 401


def test_a_slide_costs_one_write_for_many_requests(site, device, clock):
    """Every five minutes at most."""
    device.sign_in()
    clock.advance(minutes=6)
    with site.counted() as statements:
        for _ in range(5):
            device.get("/private")
    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE", *["SELECT"] * 4]


def test_roles_guard_views(site, device):
    """401 for nobody, 403 for somebody without the role."""
    assert device.get("/admin").status_code == 401
    uid = device.sign_in().get_json()["account"]["firebase_uid"]
    rejected = device.get("/admin")
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "role_required")
    with site.app.app_context():
        site.firebase.accounts.grant(site.firebase.accounts.find(uid), "admin")
    assert device.get("/admin").status_code == 200


def test_a_dangerous_view_needs_a_recent_sign_in(device, clock):
    """401 for nobody, 403 after a while."""
    assert device.get("/danger").status_code == 401
    device.sign_in()
    assert device.get("/danger").status_code == 200
    clock.advance(minutes=6)
    rejected = device.get("/danger")
    assert (rejected.status_code, rejected.get_json()["code"]) == (403, "recent_sign_in_required")


def test_every_answer_under_the_prefix_forbids_storing(device):
    """Good ones and rejections."""
    answers = [
        device.get("/auth/account"),
        device.sign_in(),
        device.get("/auth/account"),
        device.get("/auth/sessions"),
        device.get("/auth/openapi.json"),
        device.get("/auth/nothing"),
        device.post("/auth/sign-out"),
    ]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/basket?open=1", "/basket?open=1"), ("https://evil.example", "/"), ("//evil.example", "/"), ("", "/")],
)
def test_next_is_checked_on_the_server(device, target, leads_to):
    """A path on this host, or the default."""
    from urllib.parse import quote

    assert device.sign_in(path=f"/auth/sign-in?next={quote(target)}").get_json()["next"] == leads_to
