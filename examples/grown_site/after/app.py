"""A small site that has grown, on Flask-Firebase-Login."""

from __future__ import annotations

import blog
from flask import Flask, request
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from seeds import seed

import api
from models import db, firebase, login


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config["FIREBASE_LOGIN_API"] = ["/api"]
    app.config["FIREBASE_LOGIN_REQUIRE_VERIFIED_EMAIL"] = True
    db.init_app(app)
    Migrate(app, db)
    csrf = CSRFProtect(app)
    csrf.exempt(api.bp)
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(["en", "de"]))
    login.init_app(app)
    firebase.init_app(app)
    for blueprint in (blog.bp, api.bp):
        app.register_blueprint(blueprint)
    app.cli.command("seed")(seed)
    return app
