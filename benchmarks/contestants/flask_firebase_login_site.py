"""Flask-Firebase-Login: the README's site."""

import json
import os

from flask import Flask
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin

app = Flask(__name__)
app.config.update(
    SECRET_KEY="s" * 32,
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
    FIREBASE_LOGIN_CONFIG={"projectId": os.environ["PROJECT_ID"], "apiKey": "benchmark"},
    FIREBASE_LOGIN_JWKS_URL=os.environ["JWKS_URL"],
    FIREBASE_LOGIN_COOKIE_SECURE=False,  # wrk speaks plain HTTP
    FIREBASE_LOGIN_ACCEPT_ID_TOKENS=json.loads(os.environ.get("ACCEPT_ID_TOKENS", "false")),
)
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)

with app.app_context():
    db.create_all()


@app.get("/me")
@login_required
def me():
    return {"name": current_user.name}
