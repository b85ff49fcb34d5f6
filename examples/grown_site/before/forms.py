"""What is typed in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, EqualTo, Length, ValidationError

from models import User, db


class LoginForm(FlaskForm):
    username = StringField(_l("Username"), validators=[DataRequired()])
    password = PasswordField(_l("Password"), validators=[DataRequired()])
    remember = BooleanField(_l("Remember me"))
    submit = SubmitField(_l("Sign in"))


class RegistrationForm(FlaskForm):
    username = StringField(_l("Username"), validators=[DataRequired(), Length(max=64)])
    email = EmailField(_l("E-mail"), validators=[DataRequired(), Length(max=120)])
    password = PasswordField(_l("Password"), validators=[DataRequired(), Length(min=8)])
    again = PasswordField(_l("Password again"), validators=[EqualTo("password")])
    submit = SubmitField(_l("Register"))

    def validate_username(self, field) -> None:
        if db.session.scalar(select(User).where(User.username == field.data)):
            raise ValidationError(_l("Somebody has that name."))

    def validate_email(self, field) -> None:
        if db.session.scalar(select(User).where(User.email == field.data)):
            raise ValidationError(_l("Somebody has that address."))


class PostForm(FlaskForm):
    body = TextAreaField(_l("Say something"), validators=[DataRequired(), Length(max=280)])
    submit = SubmitField(_l("Post"))
