"""Flask-JWT-Extended, with the user loaded and a blocklist in the database, so that a token can be revoked."""

import os
from datetime import datetime

from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token, current_user, jwt_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from accounts import UID, UserColumns, add_ada

app = Flask(__name__)
app.config.update(SECRET_KEY="s" * 32, JWT_SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"])
db = SQLAlchemy(app)
jwt = JWTManager(app)


class User(UserColumns, db.Model):
    pass


class TokenBlocklist(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(db.String(36), index=True)
    created_at: Mapped[datetime]


@jwt.token_in_blocklist_loader
def check_if_token_revoked(jwt_header, jwt_payload):
    token = db.session.query(TokenBlocklist.id).filter_by(jti=jwt_payload["jti"]).scalar()
    return token is not None


@jwt.user_identity_loader
def user_identity_lookup(user):
    return str(user.id)


@jwt.user_lookup_loader
def user_lookup_callback(jwt_header, jwt_payload):
    return User.query.filter_by(id=int(jwt_payload["sub"])).one_or_none()


@app.post("/enter")
def enter():
    user = db.session.execute(db.select(User).filter_by(firebase_uid=UID)).scalar_one()
    return {"bearer": create_access_token(identity=user)}


@app.get("/me")
@jwt_required()
def me():
    return {"name": current_user.name}


with app.app_context():
    add_ada(db, User)
