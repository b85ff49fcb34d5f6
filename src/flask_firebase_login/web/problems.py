"""Errors as problem details (RFC 9457), or as a page for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, got_request_exception, json, request
from flask_login import current_user
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException

from ..database.diagnosis import conceal, explain_missing
from ..database.transactions import raise_unavailable
from ..errors import DatabaseUnavailable, InvalidRequest, NotFound, NotSignedIn, RateLimited, Rejected, TooLarge, Unavailable
from .negotiation import is_browser

MEDIA_TYPE = "application/problem+json"
PAGE = "firebase_login_problem_page"
"""Where the app keeps how an error becomes a page: a function that takes the `Rejected` and returns the answer."""
PAGE_ALONE = "firebase_login_problem_page_alone"
"""Where the app keeps how it becomes one that needs nothing of the site's own, such as a layout that asks a database which is away."""
TYPE_PREFIX = "tag:flask-firebase-login,2026:"


class InternalError(Rejected):
    """Something went wrong that is no fault of the client's; the site's log tells what."""

    code = "internal_error"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = "Something went wrong here"


def register(app: Flask, blueprint: Blueprint, url_prefix: str, tables: Sequence[Table]) -> None:
    """Answer our own errors everywhere, and every error under our prefix, as problem details.

    Args:
        app: The site.
        blueprint: Our endpoints.
        url_prefix: Where they are.
        tables: Ours; where one is missing, the log says what to run.
    """
    app.register_error_handler(Rejected, answer_rejection)
    blueprint.register_error_handler(HTTPException, _answer_http_exception)
    answer_database_error = partial(_answer_database_error, tables)
    blueprint.register_error_handler(DBAPIError, answer_database_error)
    blueprint.register_error_handler(PoolTimeout, answer_database_error)
    blueprint.register_error_handler(ObjectDeletedError, _answer_account_gone)

    def explain_in_log(_: Flask, exception: BaseException, **__: Any) -> None:
        """Before Flask logs what a view of the site's raised: each looks the session up, so each may be the first without tables."""
        if not isinstance(exception, DBAPIError):
            return
        if any(table.name in (exception.statement or "") for table in tables):
            conceal(exception)
        if explanation := explain_missing(exception, tables):
            app.logger.error(explanation)

    got_request_exception.connect(explain_in_log, app, weak=False)

    def replace_routing_error(response: Response) -> Response:
        """Where no endpoint of ours matched, Flask answers for the whole app; under our prefix that is our answer."""
        error = request.routing_exception
        if (
            not isinstance(error, HTTPException)
            or not request.path.startswith(f"{url_prefix}/")
            or error.code not in (404, 405)
        ):
            return response
        problem = answer_rejection(_rejection_for(error))
        if "Allow" in response.headers:
            problem.headers["Allow"] = response.headers["Allow"]
        return problem

    app.after_request(replace_routing_error)


def answer_rejection(rejection: Rejected) -> Response:
    """Answer an error of ours: as a page where a browser asks, else as problem details."""
    if is_browser(request):
        rejection = _look_for_user(rejection)
        response = _make_page(rejection)
    else:
        response = Response(json.dumps(describe_problem(rejection)), rejection.status, content_type=MEDIA_TYPE)
    response.headers.update(rejection.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def describe_problem(rejection: Rejected) -> dict[str, str | int]:
    """Return the members of problem details; `type` is a name, not an address (RFC 9457, section 3.1.1)."""
    return {
        "type": f"{TYPE_PREFIX}{rejection.code}",
        "title": rejection.title,
        "status": int(rejection.status),
        "detail": rejection.detail,
        "code": rejection.code,
    }


def _look_for_user(rejection: Rejected) -> Rejected:
    """Return what to answer to a browser: its user is part of the page, so that a database that is away is what counts."""
    with suppress(SQLAlchemyError, Unavailable):
        bool(current_user)
    failure = g.get("firebase_login_failure")
    return failure if isinstance(failure, DatabaseUnavailable) and not isinstance(rejection, Unavailable) else rejection


def _make_page(rejection: Rejected) -> Response:
    """Return the page, in the site's layout where that needs no database that is away."""
    try:
        page: Response = current_app.extensions[PAGE](rejection)
    except (SQLAlchemyError, Unavailable):
        page = current_app.extensions[PAGE_ALONE](rejection)
    return page


def _answer_http_exception(error: HTTPException) -> Response:
    if error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    return answer_rejection(_rejection_for(error))


def _answer_database_error(tables: Sequence[Table], error: Exception) -> Response:
    try:
        raise_unavailable(error)
    except Rejected as rejection:
        return answer_rejection(rejection)
    except Exception:
        if isinstance(error, DBAPIError):
            conceal(error)
        current_app.logger.exception(explain_missing(error, tables) or "The database rejected what was asked of it.")
        return answer_rejection(InternalError())


def _answer_account_gone(error: Exception) -> Response:
    """The site's own code has committed, and the account was deleted before it was read again."""
    return answer_rejection(NotSignedIn("The account is gone."))


def _rejection_for(error: HTTPException) -> Rejected:
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    known: dict[int, type[Rejected]] = {404: NotFound, 413: TooLarge, 429: RateLimited}
    if code in known:
        return known[code]()
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return InternalError()
    rejection = InvalidRequest(error.description)
    rejection.status = HTTPStatus(code)
    return rejection
