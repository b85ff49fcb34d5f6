"""What can wait until the answer is out.

A request holds its database connection until its app context ends, which is before the WSGI server takes the answer's body and
closes it. What is done at that close waits for nothing that the request holds, and costs the answer no time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_KEY = "flask_firebase_login.after_answer"


def register(app: Flask) -> None:
    """Put the middleware around an app."""
    app.wsgi_app = AfterAnswers(app.wsgi_app)  # type: ignore[method-assign]


def after_answer(work: Callable[[], object]) -> None:
    """Do a piece of work when the answer to the current request is out.

    Args:
        work: Uses a connection of its own, and no app context. Where the database is away, that is logged.
    """
    request.environ.setdefault(_KEY, []).append(work)


class AfterAnswers:
    """WSGI middleware that does what `after_answer` was given, when the server closes the answer (PEP 3333).

    Args:
        app: The WSGI app.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        works: list[Callable[[], object]] = []
        environ[_KEY] = works
        answer = self._app(environ, start_response)
        return ClosingIterator(answer, partial(_do, works)) if works else answer


def _do(works: list[Callable[[], object]]) -> None:
    for work in works:
        try:
            work()
        except SQLAlchemyError as error:
            log.warning("The times of a session could not be written, the next request will try: %s", type(error).__name__)
