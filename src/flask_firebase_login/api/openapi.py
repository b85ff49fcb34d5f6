"""The description of the endpoints, OpenAPI 3.1. A test keeps it equal to the routes."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CODES = (
    "invalid_request",
    "id_token_malformed",
    "id_token_expired",
    "id_token_not_yet_valid",
    "id_token_wrong_project",
    "id_token_untrusted",
    "id_token_wrong_tenant",
    "account_disabled",
    "sign_in_denied",
    "email_not_verified",
    "anonymous_rejected",
    "not_signed_in",
    "role_required",
    "recent_sign_in_required",
    "cross_origin_rejected",
    "account_conflict",
    "user_changed",
    "version_conflict",
    "settings_invalid",
    "too_large",
    "rate_limited",
    "not_found",
    "keys_unavailable",
    "firebase_unavailable",
    "database_unavailable",
    "internal_error",
)

_PROBLEMS = {
    400: "The request cannot be read",
    401: "Nobody is signed in, or the ID token is rejected",
    403: "The user or the page may not do this",
    404: "There is nothing here, or none of this user's",
    409: "Another user is signed in, another account stands in the way, or the account kept changing meanwhile",
    412: "The account is not at the version that If-Match names",
    413: "The body is too large",
    415: "The content type is not supported",
    422: "The account cannot hold this value",
    429: "Too many sign-ins from this address",
    503: "Google's keys or the database do not answer; see Retry-After",
}


def describe_api(url_prefix: str, *, account_deletion: bool = True) -> Json:
    """Return the OpenAPI 3.1 description of every JSON endpoint.

    Args:
        url_prefix: Where the endpoints are.
        account_deletion: Whether users may delete their account.

    Source: spec.openapis.org/oas/v3.1.1.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Flask-Firebase-Login",
            "version": "1",
            "description": "Sign in with a Firebase ID token; then send the session, as cookie or as bearer.",
        },
        "servers": [{"url": url_prefix}],
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": {
            "/sign-in": {"post": _sign_in()},
            "/sign-out": {"post": _operation("sign_out", "End this session", {204: _NOTHING}, 403, 503, public=True)},
            "/account": {"get": _read_account(), "patch": _update_account()}
            | ({"delete": _delete_account()} if account_deletion else {}),
            "/account/export": {"get": _export_account()},
            "/sessions": {"get": _list_sessions(), "delete": _revoke_sessions()},
            "/sessions/{session_id}": {"delete": _revoke_session()},
            "/openapi.json": {
                "get": _operation("describe", "This description", {200: _answer({"type": "object"})}, public=True)
            },
        },
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY_SCHEMES},
    }


def _sign_in() -> Json:
    ok = _answer(_ref("SignedIn"), "The user is signed in; for the cookie transport, the answer sets it")
    operation = _operation(
        "sign_in", "Sign in with an ID token", {200: ok}, 400, 401, 403, 409, 413, 415, 429, 503, public=True
    )
    operation["parameters"] = [
        _parameter("query", "next", {"type": "string"}, "A path on this host to go to after the sign-in"),
        _parameter("query", "account", {"type": "string"}, "The firebase_uid of the one user who may sign in: 409 for another"),
    ]
    operation["requestBody"] = {
        "required": True,
        "content": {"application/jwt": {"schema": {"type": "string"}}, "application/json": {"schema": _ref("SignIn")}},
    }
    return operation


def _read_account() -> Json:
    answers = {200: _answer(_ref("Account"), "The account", etag=True), 304: {"description": "Not changed since If-None-Match"}}
    operation = _operation("read_account", "Read the account", answers, 401, 503)
    operation["parameters"] = [_parameter("header", "If-None-Match", {"type": "string"}, "An ETag seen before")]
    return operation


def _update_account() -> Json:
    answers = {200: _answer(_ref("Account"), "The account as it is now", etag=True)}
    operation = _operation(
        "update_account", "Change name, photo_url or settings", answers, 400, 401, 403, 409, 412, 413, 415, 422, 503
    )
    operation["parameters"] = [_parameter("header", "If-Match", {"type": "string"}, "The ETag of the one version to change")]
    patch = {"schema": _ref("AccountPatch")}
    operation["requestBody"] = {
        "required": True,
        "content": {"application/merge-patch+json": patch, "application/json": patch},
    }
    return operation


def _delete_account() -> Json:
    return _operation("delete_account", "Delete the account; the sign-in must be recent", {204: _NOTHING}, 401, 403, 503)


def _export_account() -> Json:
    answers = {200: _answer({"type": "object"}, "All that is kept of the user, as a download")}
    operation = _operation("export_account", "Download all that is kept", answers, 401, 409, 503)
    operation["parameters"] = [_parameter("query", "account", {"type": "string"}, "Whose page asks: 409 for another user's")]
    return operation


def _list_sessions() -> Json:
    schema = _object({"sessions": {"type": "array", "items": _ref("Session")}})
    return _operation("list_sessions", "List the user's devices", {200: _answer(schema, "The devices")}, 401, 503)


def _revoke_sessions() -> Json:
    operation = _operation("revoke_sessions", "Sign all other devices out", {204: _NOTHING}, 400, 401, 403, 503)
    operation["parameters"] = [_parameter("query", "including", {"const": "current"}, "Sign this device out as well")]
    return operation


def _revoke_session() -> Json:
    operation = _operation("revoke_session", "Sign one device out", {204: _NOTHING}, 401, 403, 404, 503)
    operation["parameters"] = [_parameter("path", "session_id", {"type": "string"}, "Which device")]
    return operation


def _operation(name: str, summary: str, answers: dict[int, Json], *problems: int, public: bool = False) -> Json:
    responses = {str(status): answer for status, answer in answers.items()}
    responses |= {str(status): _problem(_PROBLEMS[status]) for status in problems}
    operation: Json = {"operationId": name, "summary": summary, "responses": responses}
    return operation | ({"security": []} if public else {})


def _parameter(place: str, name: str, schema: Json, description: str) -> Json:
    return {"in": place, "name": name, "required": place == "path", "schema": schema, "description": description}


def _answer(schema: Json, description: str = "The answer", *, etag: bool = False) -> Json:
    headers = {"headers": {"ETag": {"schema": {"type": "string"}}}} if etag else {}
    return {"description": description, "content": {"application/json": {"schema": schema}}} | headers


def _problem(description: str) -> Json:
    return {"description": description, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_NOTHING: Json = {"description": "Done"}
_TEXT: Json = {"type": "string"}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_TIME: Json = {"type": "string", "format": "date-time"}
_FLAG: Json = {"type": "boolean"}
_TRANSPORT: Json = {"enum": ["cookie", "bearer"]}

_SCHEMAS: Json = {
    "SignIn": _object(
        {
            "id_token": _TEXT,
            "transport": _TRANSPORT | {"default": "cookie"},
            "client_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 80},
        },
        optional=("transport", "client_name"),
    ),
    "SignedIn": _object(
        {"account": _ref("Account"), "session": _ref("Session"), "created": _FLAG, "next": _TEXT, "session_secret": _TEXT},
        optional=("session_secret",),
    ),
    "Account": _object(
        {
            "id": {"type": ["integer", "string"]},
            "firebase_uid": _TEXT,
            "email": _TEXT_OR_NULL,
            "email_verified": _FLAG,
            "name": _TEXT_OR_NULL,
            "photo_url": _TEXT_OR_NULL,
            "providers": {"type": "array", "items": _TEXT},
            "settings": {"type": "object"},
            "roles": {"type": "array", "items": _TEXT},
            "created_at": _TIME | {"type": ["string", "null"], "description": "null where the site keeps none"},
        }
    ),
    "AccountPatch": _object(
        {
            "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
            "photo_url": {"type": ["string", "null"], "format": "uri", "maxLength": 2048},
            "settings": {"type": ["object", "null"], "description": "Merged (RFC 7396): null removes a member"},
        },
        optional=("name", "photo_url", "settings"),
    ),
    "Session": _object(
        {
            "id": _TEXT,
            "transport": _TRANSPORT,
            "client_name": _TEXT_OR_NULL,
            "user_agent": _TEXT_OR_NULL,
            "created_at": _TIME,
            "last_seen_at": _TIME,
            "expires_at": _TIME,
            "current": _FLAG,
        }
    ),
    "Problem": {
        "type": "object",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": {"enum": list(CODES)},
        },
        "required": ["type", "title", "status", "detail", "code"],
    },
}

_SECURITY_SCHEMES: Json = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
