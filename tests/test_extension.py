"""`FirebaseLogin` on an app: models, services, callbacks and signals."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

import flask_firebase_login
from flask_firebase_login import AccountMixin, ConfigError, FirebaseLogin, InvalidSettings, SignInDenied, signals
from flask_firebase_login.testing import sign_in

OURS = {"firebase_session", "firebase_handoff_code", "firebase_deletion", "firebase_sync"}


def make_app(issuer, tmp_path, name="a", **config):
    app = Flask(__name__)
    app.config.update(SECRET_KEY="s" * 32, TESTING=True, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / name}.db")
    app.config.update(issuer.config)
    app.config.update(config)
    return app


@pytest.fixture
def app(firebase_issuer, tmp_path):
    return make_app(firebase_issuer, tmp_path)


@pytest.fixture
def db(app):
    db = SQLAlchemy(app)
    yield db
    with app.app_context():
        db.engine.dispose()


def make_tables(app, db):
    with app.app_context():
        db.create_all()


def test_the_site_s_own_account_model_is_used(app, db, firebase_sign_in):
    """With its own columns and table name; sessions refer to it."""

    class Member(AccountMixin, db.Model):
        __tablename__ = "member"
        team: Mapped[str] = mapped_column(default="none")

    firebase = FirebaseLogin(app, db, account_model=Member)

    @firebase.on_create
    def join_a_team(account, id_token):
        account.team = id_token.email.split("@")[1]

    make_tables(app, db)
    firebase_sign_in(app.test_client(), email="ada@blue.example", roles=["admin"])
    with app.app_context():
        member = firebase.accounts.find("uid-of-ada@blue.example")
        assert isinstance(member, Member)
        assert (member.team, member.roles) == ("blue.example", ["admin"])
        assert set(db.metadata.tables) == {"member", *OURS}


def test_a_model_that_is_no_account_is_rejected(app, db):
    """The remedy shows how to declare one."""

    class Member(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(ConfigError, match=r"class Account\(AccountMixin, db.Model\)"):
        FirebaseLogin(app, db, account_model=Member)


def test_a_database_of_its_own_by_bind_key(firebase_issuer, tmp_path, firebase_sign_in):
    """Accounts and sessions go together, through all that becomes of them."""
    binds = {"people": f"sqlite:///{tmp_path / 'people.db'}"}
    app = make_app(firebase_issuer, tmp_path, SQLALCHEMY_BINDS=binds, FIREBASE_LOGIN_TOUCH_INTERVAL=0.001)
    db = SQLAlchemy(app)

    class Member(AccountMixin, db.Model):
        __bind_key__ = "people"

    firebase = FirebaseLogin(app, db, account_model=Member)
    make_tables(app, db)
    client = app.test_client()
    firebase_sign_in(client, email="ada@example.com")
    assert client.get("/auth/account").status_code == 200
    assert firebase.models.session.__table__.metadata is firebase.models.account.__table__.metadata
    first, second = (client.get("/auth/sessions", buffered=True).get_json()["sessions"][0]["last_seen_at"] for _ in range(2))
    assert first != second
    assert client.delete("/auth/account").status_code == 204
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("where", ["key", "environment"])
def test_with_the_emulator_a_real_project_does_not_start(firebase_issuer, tmp_path, monkeypatch, where):
    """Unsigned tokens are for demo-* projects only, however the emulator was named."""
    app = make_app(firebase_issuer, tmp_path, FIREBASE_LOGIN_CONFIG={"projectId": "shop-prod"})
    del app.config["FIREBASE_LOGIN_JWKS_URL"]
    del app.config["FIREBASE_LOGIN_EMULATOR_HOST"]
    if where == "key":
        app.config["FIREBASE_LOGIN_EMULATOR_HOST"] = "127.0.0.1:9099"
    else:
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    with pytest.raises(ConfigError, match=r"'shop-prod' does not start with 'demo-'.*unset it"):
        FirebaseLogin(app, SQLAlchemy(app))


def test_nothing_creates_tables_behind_the_user_s_back(app, db):
    """`db.create_all()` or a migration does."""
    FirebaseLogin(app, db)
    with app.app_context():
        assert db.inspect(db.engine).get_table_names() == []
        assert set(db.metadata.tables) == {"firebase_account", *OURS}


def test_several_apps_may_share_one_instance(firebase_issuer, tmp_path, firebase_sign_in):
    """Each with its own database and configuration."""
    db = SQLAlchemy()
    firebase = FirebaseLogin(db=db)
    apps = [make_app(firebase_issuer, tmp_path, name, FIREBASE_LOGIN_URL_PREFIX=f"/{name}") for name in ("one", "two")]
    for app in apps:
        db.init_app(app)
        firebase.init_app(app)
        make_tables(app, db)
    firebase_sign_in(apps[0].test_client(), email="ada@example.com")
    found = []
    for app in apps:
        with app.app_context():
            found.append(firebase.accounts.find("uid-of-ada@example.com") is not None)
        with app.app_context():
            db.engine.dispose()
    assert found == [True, False]


def test_init_app_takes_the_database_too(app, db, firebase_issuer, tmp_path):
    """The factory's way."""
    firebase = FirebaseLogin()
    with pytest.raises(ConfigError, match="no database yet"):
        firebase.init_app(app)
    firebase.init_app(app, db)
    with pytest.raises(ConfigError, match="another database"):
        firebase.init_app(make_app(firebase_issuer, tmp_path, "other"), SQLAlchemy())


def test_the_three_services_are_usable_from_any_code(app, db, firebase_sign_in, firebase_issuer):
    """In an app context."""
    firebase = FirebaseLogin(app, db)
    make_tables(app, db)
    client = app.test_client()
    firebase_sign_in(client, email="ada@example.com")
    with app.app_context():
        account = firebase.accounts.find("uid-of-ada@example.com")
        assert firebase.sessions.revoke_all(account) == 1
        assert firebase.verifier.verify(firebase_issuer.mint(uid="eve")).uid == "eve"
    assert client.get("/auth/account").status_code == 401


def test_callbacks_registered_after_the_start_are_asked(app, db, firebase_issuer):
    """The sign-in policy rejects with its reason, before an account is made."""
    firebase = FirebaseLogin(app, db)
    make_tables(app, db)

    @firebase.before_sign_in
    def only_ours(id_token):
        if not id_token.email.endswith("@example.com"):
            raise SignInDenied("For people of example.com.")

    @firebase.settings_validator
    def only_themes(settings):
        if set(settings) - {"theme"}:
            raise InvalidSettings("There is only a theme.")
        return settings

    client = app.test_client()
    rejected = client.post("/auth/sign-in", data=firebase_issuer.mint(email="eve@evil.example"), content_type="application/jwt")
    assert (rejected.status_code, rejected.get_json()["detail"]) == (403, "For people of example.com.")
    sign_in(client, firebase_issuer.mint(email="ada@example.com"))
    assert client.patch("/auth/account", json={"settings": {"theme": "dark"}}).status_code == 200
    assert client.patch("/auth/account", json={"settings": {"other": 1}}).get_json()["detail"] == "There is only a theme."
    with app.app_context():
        assert firebase.accounts.find("uid-of-eve@evil.example") is None


def test_signals_tell_an_audit_log_what_happened(app, db, firebase_issuer):
    """In order, after the commit, and without a secret."""
    FirebaseLogin(app, db)
    make_tables(app, db)
    told, receivers = [], []
    for name in (
        "account_created",
        "signed_in",
        "sign_in_rejected",
        "signed_out",
        "session_revoked",
        "account_updated",
        "account_deleted",
    ):

        def receive(sender, name=name, **carried):
            told.append((name, carried))

        getattr(signals, name).connect(receive)
        receivers.append(receive)
    client = app.test_client()
    client.post("/auth/sign-in", data="x", content_type="application/jwt")
    client.post("/auth/sign-in", data=firebase_issuer.mint(provider="anonymous", uid="anon"), content_type="application/jwt")
    secret = client.post("/auth/sign-in", json={"id_token": firebase_issuer.mint(uid="ada"), "transport": "bearer"}).get_json()[
        "session_secret"
    ]
    sign_in(client, firebase_issuer.mint(uid="ada"))
    client.patch("/auth/account", json={"name": "Ada"})
    client.delete("/auth/sessions")
    client.post("/auth/sign-out")
    sign_in(client, firebase_issuer.mint(uid="ada"))
    client.delete("/auth/account")
    assert [name for name, _ in told] == [
        "sign_in_rejected",
        "sign_in_rejected",
        "account_created",
        "signed_in",
        "signed_in",
        "account_updated",
        "session_revoked",
        "session_revoked",
        "signed_out",
        "signed_in",
        "session_revoked",
        "account_deleted",
    ]
    assert told[0][1] == {"code": "id_token_malformed", "firebase_uid": None}
    assert told[1][1] == {"code": "anonymous_rejected", "firebase_uid": "anon"}
    assert secret not in repr(told)
    assert len(receivers) == 7
    with app.app_context():
        db.engine.dispose()


def test_every_public_name_is_there():
    """`__all__` is the door."""
    for name in flask_firebase_login.__all__:
        assert getattr(flask_firebase_login, name) is not None


def test_a_sign_in_that_is_rejected_fails_the_test_that_asked_for_it(app, db, firebase_issuer):
    """The helper tells the code."""
    FirebaseLogin(app, db)
    make_tables(app, db)
    with pytest.raises(AssertionError, match="id_token_malformed"):
        sign_in(app.test_client(), "nonsense")


def test_an_issuer_that_does_not_serve_says_so():
    """`with LocalIssuer()` serves."""
    from flask_firebase_login.testing import LocalIssuer

    issuer = LocalIssuer()
    issuer.stop()
    with pytest.raises(RuntimeError, match="serves nothing yet"):
        issuer.config  # noqa: B018


def test_whom_the_site_disables_is_out_though_a_column_is_called_is_disabled(firebase_issuer, tmp_path):
    """Ours cannot be read by that name then."""
    app = make_app(firebase_issuer, tmp_path, FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True)
    db = SQLAlchemy(app)

    class Member(AccountMixin, db.Model):
        is_disabled: Mapped[bool] = mapped_column(default=False)

    firebase = FirebaseLogin(app, db, account_model=Member)
    make_tables(app, db)
    id_token = firebase_issuer.mint(email="ada@example.com")
    client, bearer = app.test_client(), {"Authorization": f"Bearer {id_token}"}
    assert client.get("/auth/account", headers=bearer).status_code == 200
    with app.app_context():
        firebase.accounts.disable(db.session.query(Member).one())
    assert client.get("/auth/account", headers=bearer).status_code == 403
    with app.app_context():
        db.engine.dispose()


def missing(name):
    raise PackageNotFoundError(name)


def test_credentials_without_google_auth_stop_the_start(firebase_issuer, tmp_path, monkeypatch):
    """Not the first deletion."""
    monkeypatch.setattr("flask_firebase_login.firebase.service.metadata.version", missing)
    app = make_app(firebase_issuer, tmp_path, FIREBASE_LOGIN_SERVICE_ACCOUNT="application-default")
    with pytest.raises(ConfigError, match=r"flask-firebase-login\[admin\]"):
        FirebaseLogin(app, SQLAlchemy(app))
