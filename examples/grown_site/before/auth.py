"""Signing in, out and up."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from forms import LoginForm, RegistrationForm
from sqlalchemy import select

from models import User, db

bp = Blueprint("site_auth", __name__)


@bp.route("/login", methods=["GET", "POST"])
def log_in():
    if current_user.is_authenticated:
        return redirect(url_for("blog.home"))
    form = LoginForm()
    if form.validate_on_submit():
        user = db.session.scalar(select(User).where(User.username == form.username.data))
        if user is None or not user.check_password(form.password.data):
            flash(_("Wrong username or password."))
            return redirect(url_for("site_auth.log_in"))
        login_user(user, remember=form.remember.data)
        wanted = request.args.get("next", "")
        if not wanted.startswith("/") or urlsplit(wanted).netloc:
            wanted = url_for("blog.home")
        return redirect(wanted)
    return render_template("form.html", form=form, title=_("Sign in"))


@bp.post("/logout")
def log_out():
    logout_user()
    return redirect(url_for("blog.home"))


@bp.route("/register", methods=["GET", "POST"])
def register():
    if current_user.is_authenticated:
        return redirect(url_for("blog.home"))
    form = RegistrationForm()
    if form.validate_on_submit():
        user = User(username=form.username.data, email=form.email.data)
        user.set_password(form.password.data)
        db.session.add(user)
        db.session.commit()
        flash(_("Welcome!"))
        return redirect(url_for("site_auth.log_in"))
    return render_template("form.html", form=form, title=_("Register"))
