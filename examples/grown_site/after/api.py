"""What the app asks for."""

from __future__ import annotations

from flask import Blueprint, request
from flask_login import current_user, login_required

from models import Post, db

bp = Blueprint("api", __name__, url_prefix="/api")


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
