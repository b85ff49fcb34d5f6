"""A small site that has grown: passwords, posts, followers, an API with tokens."""

from __future__ import annotations

import auth
import blog
from flask import Flask, request
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from seeds import seed

import api
from models import db, login


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    db.init_app(app)
    Migrate(app, db)
    csrf = CSRFProtect(app)
    csrf.exempt(api.bp)
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(["en", "de"]))
    login.init_app(app)
    login.login_view = "site_auth.log_in"
    for blueprint in (auth.bp, blog.bp, api.bp):
        app.register_blueprint(blueprint)
    app.cli.command("seed")(seed)
    return app
