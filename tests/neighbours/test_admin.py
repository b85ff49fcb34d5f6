"""Beside Flask-Admin, whose views are for who has a role, and which deletes rows by its own code."""

from __future__ import annotations

import pytest
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel

from shared_sites import PAGE, code_of_the_docs


@pytest.fixture
def site(share_site, order):
    admin = Admin(name="shop", theme=Bootstrap4Theme())

    def initialise(app):
        Babel(app)  # Flask-Admin asks for it wherever it is installed
        admin.init_app(app)

    site = share_site(initialise, order)
    names = {"app": site.app}
    exec(code_of_the_docs("AdminView"), names)
    view_class = type("View", (names["AdminView"],), {"column_list": ("email", "name"), "form_columns": ("chosen_name",)})
    site.view = view_class(site.firebase.models.account, site.db, name="Accounts", endpoint="accounts", url="/admin/accounts")
    admin.add_view(site.view)
    return site


@pytest.fixture
def admin(site):
    admin = site.device()
    admin.sign_in("root@example.com", name="Root")
    with site.app.app_context():
        site.firebase.accounts.grant(site.find_account("root@example.com"), "admin")
    return admin


def key_of(site, email="ada@example.com"):
    with site.app.app_context():
        return site.find_account(email).id


def test_the_admin_s_views_open_for_who_has_the_role(site, admin):
    """A stranger is led to the sign-in page, and a user without the role gets nothing."""
    stranger, user = site.device(), site.device()
    user.sign_in()
    assert stranger.get("/admin/accounts/", headers=PAGE).headers["Location"].startswith("/auth/sign-in?next=")
    assert user.get("/admin/accounts/", headers=PAGE).status_code == 403
    page = admin.get("/admin/accounts/", headers=PAGE)
    assert page.status_code == 200
    assert "ada@example.com" in page.text
    admin.post("/auth/sign-out")
    assert admin.get("/admin/accounts/", headers=PAGE).status_code == 303


def test_another_origin_s_page_deletes_nobody(site, admin):
    """Flask-Admin's own forms have no token unless the site adds one; the origin protects them."""
    site.device().sign_in()
    answer = admin.post("/admin/accounts/delete/", data={"id": key_of(site)}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    with site.app.app_context():
        assert site.find_account() is not None


@pytest.mark.parametrize("way", ["by its button", "row by row", "in bulk"])
def test_the_sessions_of_an_account_that_the_admin_deletes_open_nothing(site, admin, way):
    """Whichever way the row goes, though Flask-Admin knows nothing of sessions, and whoever signs up next."""
    devices = [site.device("cookie"), site.device("bearer")]
    for device in devices:
        device.sign_in("ada@example.com", name="Ada")
        assert device.get("/private").status_code == 200
    key = key_of(site)
    site.view.fast_mass_delete = way == "in bulk"
    if way == "by its button":
        answer = admin.post("/admin/accounts/delete/", data={"id": key}, headers=PAGE)
    else:
        answer = admin.post("/admin/accounts/action/", data={"action": "delete", "rowid": key}, headers=PAGE)
    assert answer.status_code == 302
    assert [device.get("/private").status_code for device in devices] == [401, 401]
    next_user = site.device()
    assert next_user.sign_in("eve@example.com", name="Eve").status_code == 200
    assert [device.get("/private").status_code for device in devices] == [401, 401]
    assert len(next_user.get("/auth/sessions").get_json()["sessions"]) == 1
    again = devices[0].sign_in("ada@example.com", name="Ada")
    assert again.get_json()["created"] is True


def test_what_the_admin_changes_is_seen_at_the_next_request(site, admin):
    """Flask-Admin writes the row by itself."""
    device = site.device()
    device.sign_in(name="Ada")
    answer = admin.post(f"/admin/accounts/edit/?id={key_of(site)}", data={"chosen_name": "Countess"}, headers=PAGE)
    assert answer.status_code == 302
    assert device.get("/private").get_json()["name"] == "Countess"
