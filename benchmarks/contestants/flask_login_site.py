"""Flask-Login and Flask-SQLAlchemy by hand: the floor of what a site has that knows its users."""

import os

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy

from accounts import UID, UserColumns, add_ada

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
    login_user(db.session.execute(db.select(User).filter_by(firebase_uid=UID)).scalar_one())
    return {}


@app.get("/me")
@login_required
def me():
    return {"name": current_user.name}


with app.app_context():
    add_ada(db, User)
