"""Beside the site's own use of Flask-Login: a LoginManager of its own, shared, with a `request_loader`, or initialised late."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    encode_cookie,
    fresh_login_required,
    login_required,
    login_user,
)
from flask_sqlalchemy import SQLAlchemy

from devices import Device
from flask_firebase_login import ConfigError, FirebaseLogin

KEY = {"X-Api-Key": "robot-key"}
BROWSER = {"Accept": "text/html"}


class Robot(UserMixin):
    """Who comes with an API key."""

    id = "robot"
    name = "Robot"


def load_robot(request):
    return Robot() if request.headers.get("X-Api-Key") == "robot-key" else None


@pytest.fixture
def make_app(tmp_path, firebase_issuer):
    """A site's factory: `create_app`, with its extensions in a module, in the order in which they are named."""
    made = []

    def create_app(db, *extensions, **config):
        app = Flask(f"site-{len(made)}")
        url = f"sqlite:///{tmp_path / f'{len(made)}.db'}"
        app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=url, TESTING=True)
        app.config.update(firebase_issuer.config | config)
        db.init_app(app)
        for extension in extensions:
            extension.init_app(app)

        @app.get("/me")
        @login_required
        def me():
            return {"name": current_user.name}

        @app.get("/public")
        def public():
            return {"signed_in": current_user.is_authenticated}

        with app.app_context():
            db.create_all()
        made.append((app, db))
        return app

    yield create_app
    for app, db in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def open_device(firebase_issuer):
    return lambda app, transport="cookie": Device(app, firebase_issuer, transport)


@pytest.fixture
def db():
    return SQLAlchemy()


@pytest.fixture
def login():
    return LoginManager()


@pytest.fixture
def firebase(db):
    return FirebaseLogin(db=db)


@pytest.fixture(params=["login first", "login second"])
def extensions(request, login, firebase):
    """Both orders of `init_app`."""
    return (login, firebase) if request.param == "login first" else (firebase, login)


def test_one_login_manager_and_one_firebase_login_serve_all_apps_of_a_factory(make_app, open_device, db, extensions):
    """Each with its own users: a cookie of one is nobody's at the other."""
    apps = [make_app(db, *extensions) for _ in range(2)]
    devices = [open_device(app) for app in apps]
    for number, device in enumerate(devices):
        assert device.get("/me").status_code == 401
        assert device.sign_in(f"user-{number}@example.com", name=f"User {number}").status_code == 200
    for number, device in enumerate(devices):
        assert device.get("/me").get_json() == {"name": f"User {number}"}
    stranger = open_device(apps[1])
    stranger.client.set_cookie("session", devices[0].client.get_cookie("session").value)
    assert stranger.get("/me").status_code == 401
    devices[0].post("/auth/sign-out")
    assert [device.get("/me").status_code for device in devices] == [401, 200]


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
def test_each_app_of_a_factory_has_its_own_configuration(make_app, open_device, db, extensions, transport):
    """The manager that they share asks the app at hand."""
    apps = [make_app(db, *extensions, FIREBASE_LOGIN_URL_PREFIX=prefix) for prefix in ("/auth", "/login")]
    for app, prefix in zip(apps, ("/auth", "/login"), strict=True):
        device = open_device(app, transport)
        device.sign_in(path=f"{prefix}/sign-in", name="Ada")
        assert device.get("/me").get_json() == {"name": "Ada"}


def test_an_app_without_firebase_keeps_its_own_loaders_on_the_shared_manager(make_app, open_device, db, login, firebase):
    """A second app of the process that signs robots in alone."""
    login.request_loader(load_robot)
    ours, other = make_app(db, login, firebase), make_app(db, login)
    device = open_device(ours)
    device.sign_in(name="Ada")
    assert device.get("/me").get_json() == {"name": "Ada"}
    assert open_device(other).get("/me", headers=KEY).get_json() == {"name": "Robot"}
    assert open_device(other).get("/me", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_site_s_request_loader_is_asked_where_nobody_is_signed_in_by_us(
    make_app, open_device, db, login, firebase, extensions, when
):
    """Whether it is declared before `init_app` or after it; neither a session nor a bearer of ours gives way to a key."""
    if when == "before":
        login.request_loader(load_robot)
    app = make_app(db, *extensions)
    if when == "after":
        login.request_loader(load_robot)
    assert open_device(app).get("/me", headers=KEY).get_json() == {"name": "Robot"}
    assert open_device(app).get("/me", headers={"X-Api-Key": "wrong"}).status_code == 401
    for transport in ("cookie", "bearer"):
        device = open_device(app, transport)
        device.sign_in(name="Ada")
        assert device.get("/me", headers=KEY).get_json() == {"name": "Ada"}
        device.post("/auth/sign-out")
        device.secret = None
        assert device.get("/me", headers=KEY).get_json() == {"name": "Robot"}


def test_keys_of_the_site_s_may_come_as_bearer_too(make_app, open_device, db, login, extensions):
    """What is no session of ours is the site's to judge."""
    login.request_loader(lambda request: Robot() if request.headers.get("Authorization") == "Bearer robot-key" else None)
    app = make_app(db, *extensions)
    device = open_device(app)
    assert device.get("/me", headers={"Authorization": "Bearer robot-key"}).get_json() == {"name": "Robot"}
    assert device.get("/me", headers={"Authorization": "Bearer other"}).status_code == 401


def test_a_key_beside_a_remember_cookie_that_signs_nobody_in_is_a_key(make_app, open_device, db, login, extensions):
    """Flask-Login asks for one of the two alone."""
    login.request_loader(load_robot)
    app = make_app(db, *extensions)
    device = open_device(app)
    for value in ("staff|" + "0" * 128, with_app(app, lambda: encode_cookie("1"))):
        device.client.set_cookie("remember_token", value)
        assert device.get("/me", headers=KEY).get_json() == {"name": "Robot"}


def with_app(app, call):
    with app.app_context():
        return call()


@pytest.mark.parametrize("how", ["proxy", "object"])
def test_whom_a_request_loader_has_found_the_site_may_log_in(make_app, open_device, db, login, firebase, extensions, how):
    """`login_user(current_user)` opens a session of theirs."""
    login.request_loader(lambda request: firebase.accounts.find(request.headers.get("X-Api-Key", "nobody")))
    app = make_app(db, *extensions)

    @app.post("/start")
    def start():
        return {"done": login_user(current_user if how == "proxy" else current_user._get_current_object())}

    open_device(app).sign_in(name="Ada")
    device = open_device(app)
    assert device.post("/start", headers={"X-Api-Key": "uid-of-ada@example.com"}).get_json() == {"done": True}
    assert device.get("/me").get_json() == {"name": "Ada"}


@pytest.mark.parametrize("key", [{"X-Api-Key": "ada"}, {"Authorization": "Bearer ada"}], ids=["header", "bearer"])
def test_whom_the_site_has_disabled_no_key_of_theirs_lets_in(make_app, open_device, db, login, firebase, extensions, key):
    """Where a `request_loader` returns accounts."""

    def load(request):
        is_ada = "ada" in (request.headers.get("X-Api-Key"), request.headers.get("Authorization", "")[7:])
        return firebase.accounts.find("uid-of-ada@example.com") if is_ada else None

    login.request_loader(load)
    app = make_app(db, *extensions)
    open_device(app).sign_in(name="Ada")
    assert open_device(app).get("/me", headers=key).get_json() == {"name": "Ada"}
    with app.app_context():
        firebase.accounts.disable(firebase.accounts.find("uid-of-ada@example.com"))
    assert open_device(app).get("/me", headers=key).status_code == 401


def test_a_key_opens_no_account_of_ours(make_app, open_device, db, login, extensions):
    """A robot has none: our endpoints and pages are for who is signed in by us."""
    login.request_loader(load_robot)
    app = make_app(db, *extensions)
    answer = open_device(app).get("/auth/account", headers=KEY)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_signed_in")
    page = open_device(app).get("/auth/", headers=KEY | {"Accept": "text/html"})
    assert (page.status_code, page.headers["Location"]) == (303, "/auth/sign-in?next=/auth/")


def load_user(user_id):
    return Robot()


REMEDY = r"user_loader, .*load_user.*Remove yours.*request_loader"


def test_a_user_loader_of_the_site_s_is_rejected_with_the_remedy(make_app, db, login, firebase):
    """At `init_app` where it is there by then."""
    login.user_loader(load_user)
    with pytest.raises(ConfigError, match=REMEDY):
        make_app(db, login, firebase)


def test_a_user_loader_that_comes_later_is_rejected_at_each_request(make_app, open_device, db, login, firebase, extensions):
    """It would load users by numbers that are none of our sessions."""
    app = make_app(db, *extensions)
    login.user_loader(load_user)
    for _ in range(2):
        with pytest.raises(ConfigError, match=REMEDY):
            open_device(app).get("/public")


@pytest.mark.parametrize("shared", [True, False])
def test_a_manager_with_a_loader_that_comes_later_is_rejected(make_app, open_device, db, login, firebase, shared):
    """`login.init_app(app)` after ours, with the site's own loader on it."""
    login.user_loader(load_user)
    app = make_app(db, *([LoginManager()] if not shared else []), firebase, login)
    with pytest.raises(ConfigError, match=REMEDY):
        open_device(app).get("/public")


def test_a_manager_that_comes_later_and_loads_nobody_serves_us(make_app, open_device, db, login, firebase):
    """`login.init_app(app)` after ours, for its messages and views; its own sign-in view stays."""
    login.login_view = "public"
    app = make_app(db, LoginManager(), firebase, login)
    device = open_device(app)
    assert device.get("/me", headers=BROWSER).headers["Location"].startswith("/public")
    device.sign_in(name="Ada")
    assert device.get("/me").get_json() == {"name": "Ada"}
    device.post("/auth/sign-out")
    assert device.get("/public").get_json() == {"signed_in": False}


class TestApi:
    """What a site calls an API is answered in JSON, whatever `Accept`, `login_view` and handlers say."""

    @pytest.fixture
    def make_client(self, make_app):
        """A function that makes a site with a `login_view`, and two APIs."""

        def make(handler=None):
            db, manager = SQLAlchemy(), LoginManager()
            manager.login_view = "log_in"
            if handler:
                manager.unauthorized_handler(handler)
            app = make_app(db, manager, FirebaseLogin(db=db), FIREBASE_LOGIN_API=["/api", "mobile"])
            app.add_url_rule("/log-in", "log_in", lambda: "Log in")
            mobile = Blueprint("mobile", __name__, url_prefix="/m")
            fresh = Blueprint("fresh", __name__)
            fresh.add_url_rule("/fresh", "view", fresh_login_required(lambda: "fresh"))
            mobile.register_blueprint(fresh)
            mobile.add_url_rule("/me", "me", login_required(lambda: "me"))
            app.register_blueprint(mobile)
            for path in ("/api/me", "/apiary", "/page"):
                app.add_url_rule(path, path.strip("/").replace("/", "-"), login_required(lambda: "me"))
            return app.test_client()

        return make

    @pytest.mark.parametrize("path", ["/api/me", "/m/me", "/m/fresh"])
    @pytest.mark.parametrize("handler", [None, lambda: ("mine", 418)], ids=["login_view", "a handler"])
    def test_an_api_gets_problem_details(self, make_client, path, handler):
        """A browser's request too."""
        answer = make_client(handler).get(path, headers=BROWSER)
        assert (answer.status_code, answer.content_type, answer.get_json(force=True)["code"]) == (
            401,
            "application/problem+json",
            "not_signed_in",
        )
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", ["/page", "/apiary"])
    def test_elsewhere_a_login_view_is_for_browsers(self, make_client, path):
        """A program that asks for JSON gets a 401: a page's address would be no help."""
        client = make_client()
        for headers in (BROWSER, {}, {"Accept": "*/*"}):
            assert client.get(path, headers=headers).headers["Location"].startswith("/log-in?next=")
        assert client.get(path, headers={"Accept": "application/json"}).status_code == 401

    def test_elsewhere_a_handler_of_the_site_s_answers(self, make_client):
        """Whoever asks."""
        client = make_client(lambda: ("mine", 418))
        assert client.get("/page", headers=BROWSER).status_code == 418
        assert client.get("/page", headers={"Accept": "application/json"}).status_code == 418

    def test_a_path_of_an_api_that_does_not_exist_is_left_to_the_site(self, make_client):
        """It is not ours."""
        assert make_client().get("/api/nothing", headers=BROWSER).status_code == 404
