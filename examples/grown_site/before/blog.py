"""What users write and read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user, login_required
from forms import PostForm
from sqlalchemy import or_, select

from models import Post, User, db, now

bp = Blueprint("blog", __name__)


@bp.before_app_request
def note_visit():
    if current_user.is_authenticated:
        current_user.last_seen = now()
        db.session.commit()


@bp.route("/", methods=["GET", "POST"])
def home():
    if not current_user.is_authenticated:
        return render_template("welcome.html")
    form = PostForm()
    if form.validate_on_submit():
        db.session.add(Post(body=form.body.data, author=current_user))
        db.session.commit()
        return redirect(url_for("blog.home"))
    followed = [user.id for user in current_user.following]
    wanted = select(Post).where(or_(Post.user_id == current_user.id, Post.user_id.in_(followed)))
    return render_template("home.html", form=form, posts=db.session.scalars(wanted.order_by(Post.id.desc())).all())


@bp.get("/user/<username>")
@login_required
def show_user(username):
    user = db.first_or_404(select(User).where(User.username == username))
    return render_template("user.html", user=user, posts=db.session.scalars(user.posts.select()).all())


@bp.post("/user/<username>/follow")
@login_required
def follow(username):
    user = db.first_or_404(select(User).where(User.username == username))
    current_user.following.symmetric_difference_update({user} - {current_user})
    db.session.commit()
    return redirect(url_for("blog.show_user", username=username))
