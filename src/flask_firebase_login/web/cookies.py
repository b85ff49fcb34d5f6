"""The cookies of a request and of an answer, as far as they are not Flask's or Flask-Login's own business."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, request_started
from werkzeug.datastructures import ImmutableMultiDict

from .negotiation import remember_cookie_name


def register(app: Flask) -> None:
    """See to the cookies of every request of an app, before any code of the site looks at them."""
    request_started.connect(_drop_foreign_remember_cookie, app)


def _drop_foreign_remember_cookie(_: Flask, **__: Any) -> None:
    """Take a remember cookie that is not ASCII out of the request: Flask-Login never made it, and fails at comparing its digest."""
    name = remember_cookie_name()
    if not request.cookies.get(name, "").isascii():
        request.cookies = ImmutableMultiDict([item for item in request.cookies.items(multi=True) if item[0] != name])
