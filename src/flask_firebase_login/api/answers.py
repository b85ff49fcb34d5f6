"""Answers in JSON, as the app's own provider writes it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app


def as_json(body: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response:
    """Return an answer whose body is an object of JSON."""
    return Response(current_app.json.dumps(body), status, content_type="application/json")
