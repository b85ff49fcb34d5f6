"""Flask-Firebase 1.7, as its README says: its loader signs the user in by Flask-Login."""

import os

from flask import Flask
from flask_firebase import FirebaseAuth
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy

from accounts import UserColumns, add_ada

app = Flask(__name__)
app.config.update(
    SECRET_KEY="s" * 32,
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
    FIREBASE_API_KEY="benchmark",
    FIREBASE_PROJECT_ID=os.environ["PROJECT_ID"],
    FIREBASE_AUTH_SIGN_IN_OPTIONS="email,google",
)
db = SQLAlchemy(app)
auth = FirebaseAuth(app)
auth.KEYCHAIN_URL = os.environ["CERTIFICATES_URL"]
login_manager = LoginManager(app)
app.register_blueprint(auth.blueprint, url_prefix="/auth")


class User(UserColumns, UserMixin, db.Model):
    pass


@auth.production_loader
def production_sign_in(token):
    user = db.session.execute(db.select(User).filter_by(firebase_uid=token["sub"])).scalar_one_or_none()
    if user is None:
        user = User(firebase_uid=token["sub"])
        db.session.add(user)
    user.email = token.get("email")
    user.name = token.get("name")
    user.photo_url = token.get("picture")
    db.session.commit()  # writes nothing where nothing has changed
    login_user(user)


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@app.get("/me")
@login_required
def me():
    return {"name": current_user.name}


with app.app_context():
    add_ada(db, User)
