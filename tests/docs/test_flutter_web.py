"""What docs/flutter-web.md says of a Flutter app on the web is so, with a stand-in for what `flutter build web` writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin

PAGE = Path(__file__).parents[2] / "docs" / "flutter-web.md"
ORIGIN = "http://localhost:8080"


@pytest.fixture
def written():
    """A function that runs what the page says of something, with those names."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)

    def run(about, **names):
        (block,) = (block for block in blocks if about in block)
        names["__name__"] = __name__
        exec(compile(block, PAGE.name, "exec"), names)
        return names

    return run


@pytest.fixture
def make_site(firebase_issuer, written, tmp_path):
    """A function that makes a site with an API and the stand-in build."""
    databases = []

    def make(*, is_allowed=False):
        build = tmp_path / "web"
        build.mkdir(exist_ok=True)
        (build / "index.html").write_text('<base href="/app/"><script src="flutter_bootstrap.js"></script>')
        (build / "flutter_bootstrap.js").write_text("_flutter.loader.load();")
        (tmp_path / "secret.txt").write_text("of the site")
        app = Flask(__name__)
        app.config.update(firebase_issuer.config, SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True)
        app.config["FIREBASE_LOGIN_COOKIE_SECURE"] = False
        api = Blueprint("api", __name__, url_prefix="/api")

        @api.route("/hello", methods=["GET", "POST"])
        @login_required
        def hello():
            return {"hello": current_user.name}

        db = SQLAlchemy(app)
        firebase = FirebaseLogin()
        if is_allowed:
            written("allow_origins", app=app, api=api, firebase=firebase)
        firebase.init_app(app, db)
        app.register_blueprint(api)
        app.register_blueprint(written("make_flutter_pages")["make_flutter_pages"](build))
        with app.app_context():
            db.create_all()
        databases.append((app, db))
        return app.test_client()

    yield make
    for app, db in databases:
        with app.app_context():
            db.engine.dispose()


def sign_in(client, firebase_issuer, **headers):
    id_token = firebase_issuer.mint(email="ada@example.com", name="Ada")
    return client.post("/auth/sign-in", data=id_token, content_type="application/jwt", headers=headers)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/app/", 200, "flutter_bootstrap.js"),
        ("/app/notes/7", 200, "flutter_bootstrap.js"),
        ("/app/flutter_bootstrap.js", 200, "_flutter.loader"),
        ("/app/assets/none.png", 404, "Not Found"),
        ("/app/../secret.txt", 404, "Not Found"),
        ("/app/%2e%2e/secret.txt", 404, "Not Found"),
    ],
)
def test_the_site_serves_the_app_and_nothing_else(make_site, path, status, says):
    """Pages of the app's own lead to its first file; what is not in the build is not there."""
    with make_site().get(path) as answer:
        assert (answer.status_code, says in answer.text) == (status, True)


def test_a_new_build_is_seen_at_once(make_site):
    """Flutter's file names stay the same."""
    client = make_site()
    with client.get("/app/flutter_bootstrap.js") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
    with client.get("/app/flutter_bootstrap.js", headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize("origin", ["http://localhost", ORIGIN], ids=["served by the site", "through the development server"])
def test_on_the_sites_own_origin_the_app_needs_no_setting(make_site, firebase_issuer, origin):
    """A development server passes the browser's headers on: to the browser it is one origin."""
    client = make_site()
    browser = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert sign_in(client, firebase_issuer, **browser).status_code == 200
    assert client.post("/api/hello", headers=browser).get_json() == {"hello": "Ada"}


def test_from_another_origin_the_app_is_let_in_where_the_site_names_it(make_site, firebase_issuer):
    """With CORS for both, the site's paths and its own API."""
    browser = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}
    assert sign_in(make_site(), firebase_issuer, **browser).status_code == 403
    client = make_site(is_allowed=True)
    for path in ("/auth/sign-in", "/api/hello"):
        asked = client.options(path, headers=browser | {"Access-Control-Request-Method": "POST"})
        assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert asked.headers["Access-Control-Allow-Credentials"] == "true"
    assert sign_in(client, firebase_issuer, **browser).headers["Access-Control-Allow-Origin"] == ORIGIN
    answer = client.post("/api/hello", headers=browser)
    assert (answer.get_json(), answer.headers["Access-Control-Allow-Origin"]) == ({"hello": "Ada"}, ORIGIN)
    assert answer.headers["Access-Control-Expose-Headers"] == "Date, ETag, Retry-After"
    other = client.get("/api/hello", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
