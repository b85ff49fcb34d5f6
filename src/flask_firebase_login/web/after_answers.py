"""What can wait until the answer is out.

A request holds its database connection until its app context ends, which is before the WSGI server takes the answer's body and
closes it. What is done at that close waits for nothing that the request holds, and costs the answer no time.

Where no server answers, as with an event of Flask-SocketIO, which brings the environment of a handshake that was answered long ago,
it is done when the app context has ended, and the connection is back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, appcontext_popped, has_app_context
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

Works = dict[Hashable, Callable[[], object]]

_of_answer: ContextVar[Works | None] = ContextVar("flask_firebase_login_of_answer", default=None)
_of_app_context: ContextVar[Works | None] = ContextVar("flask_firebase_login_of_app_context", default=None)


def register(app: Flask) -> None:
    """Put the middleware around an app, and look to the end of its app contexts."""
    app.wsgi_app = AfterAnswers(app.wsgi_app)  # type: ignore[method-assign]
    appcontext_popped.connect(_do_after_app_context)  # of any app: another one's may be the outermost


def after_answer(key: Hashable, work: Callable[[], object]) -> None:
    """Do a piece of work when the answer to the current request is out.

    Args:
        key: What it is about; of several pieces of work about the same, the last is done.
        work: Uses a connection of its own, and no app context. Where the database is away, that is logged.
    """
    works = _of_answer.get()
    if works is None:
        works = _of_app_context.get()
    if works is None:
        works = {}
        _of_app_context.set(works)
    works[key] = work


class AfterAnswers:
    """WSGI middleware that does what `after_answer` was given, when the server closes the answer (PEP 3333).

    Args:
        app: The WSGI app.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        works: Works = {}
        _of_answer.set(works)
        try:
            answer = self._app(environ, start_response)
        except Exception:
            _do_after_answer(works)
            raise
        except BaseException:  # such as SystemExit: the worker is to stop at once
            _of_answer.set(None)
            raise
        if works or isinstance(answer, ClosingIterator):  # a body that is yet to be made may ask who is signed in
            return ClosingIterator(answer, partial(_do_after_answer, works))
        _of_answer.set(None)
        return answer  # a file, which the server may send in its own way


def _do_after_answer(works: Works) -> None:
    _of_answer.set(None)
    _do(works)


def _do_after_app_context(_: Flask, **__: object) -> None:
    works = _of_app_context.get()
    if works and not has_app_context():  # the outermost
        _of_app_context.set(None)
        _do(works)


def _do(works: Works) -> None:
    for work in works.values():
        try:
            work()
        except SQLAlchemyError as error:
            log.warning("The times of a session could not be written, the next request will try: %s", type(error).__name__)
