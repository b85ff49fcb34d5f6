"""firebase-admin by hand: the ID token is verified as Firebase's documentation says, and Flask-Login signs the user in."""

import os

import firebase_admin
from firebase_admin import auth
from flask import Flask, abort, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from without_google import WITHOUT_GOOGLE, take_keys_from

from accounts import UserColumns, add_ada

firebase_admin.initialize_app(WITHOUT_GOOGLE, {"projectId": os.environ["PROJECT_ID"]})
take_keys_from(os.environ["CERTIFICATES_URL"])
app = Flask(__name__)
app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"])
db = SQLAlchemy(app)
login_manager = LoginManager(app)


class User(UserColumns, UserMixin, db.Model):
    pass


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@app.post("/enter")
def enter():
    try:
        claims = auth.verify_id_token(request.get_json()["id_token"])
    except auth.InvalidIdTokenError:
        abort(401)
    user = db.session.execute(db.select(User).filter_by(firebase_uid=claims["uid"])).scalar_one_or_none()
    if user is None:
        user = User(firebase_uid=claims["uid"], email=claims.get("email"), name=claims.get("name"))
        db.session.add(user)
        db.session.commit()
    login_user(user)
    return {"name": user.name}


@app.get("/me")
@login_required
def me():
    return {"name": current_user.name}


with app.app_context():
    add_ada(db, User)
