"""Flask-Login with Flask-Session, which keeps the session on the server: in the database, or in Redis."""

import os

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy

from accounts import UID, UserColumns, add_ada

app = Flask(__name__)
app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"])
db = SQLAlchemy(app)
if "REDIS_URL" in os.environ:
    from redis import Redis

    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis.from_url(os.environ["REDIS_URL"]))
else:
    app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=db)
Session(app)
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
