"""Flask-Security-Too: its quick start."""

import os

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user, hash_password, login_user
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from accounts import EMAIL, NAME, UID

app = Flask(__name__)
app.config.update(
    SECRET_KEY="s" * 32,
    SECURITY_PASSWORD_SALT="146585145368132386173505678016728509634",
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
    SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
    REMEMBER_COOKIE_SAMESITE="strict",
    SESSION_COOKIE_SAMESITE="strict",
)
db = SQLAlchemy(app)
fsqla.FsModels.set_db_info(db)


class Role(db.Model, fsqla.FsRoleMixin):
    pass


class User(db.Model, fsqla.FsUserMixin):
    firebase_uid = db.Column(db.String(128), unique=True)
    name = db.Column(db.String(200))
    photo_url = db.Column(db.String(2048))
    settings = db.Column(db.JSON)


security = Security(app, SQLAlchemyUserDatastore(db, User, Role))


@app.post("/enter")
def enter():
    login_user(security.datastore.find_user(email=EMAIL), authn_via=["password"])
    security.datastore.commit()
    return {}


@app.get("/me")
@auth_required("session")
def me():
    return {"name": current_user.name}


with app.app_context():
    db.create_all()
    security.datastore.create_user(email=EMAIL, password=hash_password("a long password"), firebase_uid=UID, name=NAME)
    security.datastore.commit()
