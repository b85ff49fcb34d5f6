"""What is typed in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length


class PostForm(FlaskForm):
    body = TextAreaField(_l("Say something"), validators=[DataRequired(), Length(max=280)])
    submit = SubmitField(_l("Post"))
