"""What the app asks for, with a token of its own."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask_login import current_user, login_required
from sqlalchemy import select

from models import Post, User, db

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.post("/tokens")
def give_token():
    given = request.authorization
    user = given and db.session.scalar(select(User).where(User.username == given.username))
    if not user or not user.check_password(given.password or ""):
        abort(401)
    token = user.give_token()
    db.session.commit()
    return {"token": token}


@bp.delete("/tokens")
@login_required
def take_token():
    current_user.token = None
    db.session.commit()
    return "", 204


@bp.get("/posts")
@login_required
def list_posts():
    return {"posts": [post.body for post in db.session.scalars(current_user.posts.select())]}


@bp.post("/posts")
@login_required
def add_post():
    db.session.add(Post(body=request.get_json()["body"][:280], author=current_user))
    db.session.commit()
    return {}, 201
