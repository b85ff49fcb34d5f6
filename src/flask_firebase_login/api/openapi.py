"""The description of the endpoints, OpenAPI 3.1. A test keeps it equal to the routes."""

from __future__ import annotations

from ..signals import SECURITY_EVENTS
from .handoff_openapi import HANDOFF_SCHEMAS, describe_handoffs
from .openapi_parts import (
    APP_CHECK,
    FLAG,
    NOTHING,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TRANSPORT,
    Json,
    make_answer,
    make_object,
    make_operation,
    make_parameter,
    make_ref,
)

CODES = (
    "invalid_request",
    "id_token_malformed",
    "id_token_expired",
    "id_token_not_yet_valid",
    "id_token_wrong_project",
    "id_token_untrusted",
    "id_token_wrong_tenant",
    "id_token_revoked",
    "account_disabled",
    "sign_in_denied",
    "email_not_verified",
    "anonymous_rejected",
    "app_check_required",
    "app_check_invalid",
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


def describe_api(url_prefix: str, *, account_deletion: bool = True, native_clients: bool = False) -> Json:
    """Return the OpenAPI 3.1 description of every JSON endpoint.

    Args:
        url_prefix: Where the endpoints are.
        account_deletion: Whether users may delete their account.
        native_clients: Whether apps sign in through the site's own page.

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
            "/sign-out": {"post": make_operation("sign_out", "End this session", {204: NOTHING}, 403, 503, public=True)},
            "/account": {"get": _read_account(), "patch": _update_account()}
            | ({"delete": _delete_account()} if account_deletion else {}),
            "/account/export": {"get": _export_account()},
            "/sessions": {"get": _list_sessions(), "delete": _revoke_sessions()},
            "/sessions/{session_id}": {"delete": _revoke_session(), "patch": _update_session()},
            "/security-events": {"post": _tell_security_event()},
            "/openapi.json": {
                "get": make_operation("describe", "This description", {200: make_answer({"type": "object"})}, public=True)
            },
            **describe_handoffs(native_clients=native_clients),
        },
        "components": {"schemas": _SCHEMAS | HANDOFF_SCHEMAS, "securitySchemes": _SECURITY_SCHEMES},
    }


def _sign_in() -> Json:
    ok = make_answer(make_ref("SignedIn"), "The user is signed in; for the cookie transport, the answer sets it")
    operation = make_operation(
        "sign_in", "Sign in with an ID token", {200: ok}, 400, 401, 403, 409, 413, 415, 429, 503, public=True
    )
    operation["parameters"] = [
        make_parameter("query", "next", {"type": "string"}, "A path on this host to go to after the sign-in"),
        make_parameter(
            "query", "account", {"type": "string"}, "The firebase_uid of the one user who may sign in: 409 for another"
        ),
        APP_CHECK,
    ]
    operation["requestBody"] = {
        "required": True,
        "content": {"application/jwt": {"schema": {"type": "string"}}, "application/json": {"schema": make_ref("SignIn")}},
    }
    return operation


def _read_account() -> Json:
    answers = {
        200: make_answer(make_ref("Account"), "The account", etag=True),
        304: {"description": "Not changed since If-None-Match"},
    }
    operation = make_operation("read_account", "Read the account", answers, 401, 503)
    operation["parameters"] = [make_parameter("header", "If-None-Match", {"type": "string"}, "An ETag seen before")]
    return operation


def _update_account() -> Json:
    answers = {200: make_answer(make_ref("Account"), "The account as it is now", etag=True)}
    operation = make_operation(
        "update_account", "Change name, photo_url or settings", answers, 400, 401, 403, 409, 412, 413, 415, 422, 503
    )
    operation["parameters"] = [
        make_parameter("header", "If-Match", {"type": "string"}, "The ETag of the one version to change")
    ]
    patch = {"schema": make_ref("AccountPatch")}
    operation["requestBody"] = {
        "required": True,
        "content": {"application/merge-patch+json": patch, "application/json": patch},
    }
    return operation


def _delete_account() -> Json:
    queued = make_object({"firebase_user": {"const": "queued"}})
    answers = {
        202: make_answer(queued, "The account is deleted; its Firebase user will be, once Firebase answers"),
        204: NOTHING,
    }
    return make_operation("delete_account", "Delete the account; the sign-in must be recent", answers, 401, 403, 503)


_WHOSE_PAGE = make_parameter("query", "account", {"type": "string"}, "Whose page asks: 409 for another user's")


def _export_account() -> Json:
    answers = {200: make_answer({"type": "object"}, "All that is kept of the user, as a download")}
    operation = make_operation("export_account", "Download all that is kept", answers, 401, 409, 503)
    operation["parameters"] = [_WHOSE_PAGE]
    return operation


def _list_sessions() -> Json:
    schema = make_object({"sessions": {"type": "array", "items": make_ref("Session")}})
    return make_operation("list_sessions", "List the user's devices", {200: make_answer(schema, "The devices")}, 401, 503)


def _revoke_sessions() -> Json:
    operation = make_operation("revoke_sessions", "Sign all other devices out", {204: NOTHING}, 400, 401, 403, 409, 503)
    operation["parameters"] = [
        make_parameter("query", "including", {"const": "current"}, "Sign this device out as well"),
        _WHOSE_PAGE,
    ]
    return operation


def _revoke_session() -> Json:
    operation = make_operation("revoke_session", "Sign one device out", {204: NOTHING}, 401, 403, 404, 503)
    operation["parameters"] = [make_parameter("path", "session_id", {"type": "string"}, "Which device")]
    return operation


def _update_session() -> Json:
    answers = {200: make_answer(make_ref("Session"), "The device as it is now")}
    operation = make_operation("update_session", "Name one device", answers, 400, 401, 403, 404, 413, 415, 422, 503)
    operation["parameters"] = [make_parameter("path", "session_id", {"type": "string"}, "Which device")]
    patch = {"schema": make_ref("SessionPatch")}
    operation["requestBody"] = {
        "required": True,
        "content": {"application/merge-patch+json": patch, "application/json": patch},
    }
    return operation


def _tell_security_event() -> Json:
    summary = "Tell the site what Firebase has changed for the user; the sign-in must be recent"
    operation = make_operation("tell_security_event", summary, {204: NOTHING}, 400, 401, 403, 409, 413, 415, 429, 503)
    operation["parameters"] = [_WHOSE_PAGE]
    operation["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": make_ref("SecurityEvent")}},
    }
    return operation


_SCHEMAS: Json = {
    "SignIn": make_object(
        {
            "id_token": TEXT,
            "transport": TRANSPORT | {"default": "cookie"},
            "client_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 80},
        },
        optional=("transport", "client_name"),
    ),
    "SignedIn": make_object(
        {"account": make_ref("Account"), "session": make_ref("Session"), "created": FLAG, "next": TEXT, "session_secret": TEXT},
        optional=("session_secret",),
    ),
    "Account": make_object(
        {
            "id": {"type": ["integer", "string"]},
            "firebase_uid": TEXT,
            "email": TEXT_OR_NULL,
            "email_verified": FLAG,
            "name": TEXT_OR_NULL,
            "photo_url": TEXT_OR_NULL,
            "providers": {"type": "array", "items": TEXT},
            "settings": {"type": "object"},
            "roles": {"type": "array", "items": TEXT},
            "created_at": TIME | {"type": ["string", "null"], "description": "null where the site keeps none"},
        }
    ),
    "AccountPatch": make_object(
        {
            "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
            "photo_url": {"type": ["string", "null"], "format": "uri", "maxLength": 2048},
            "settings": {"type": ["object", "null"], "description": "Merged (RFC 7396): null removes a member"},
        },
        optional=("name", "photo_url", "settings"),
    ),
    "Session": make_object(
        {
            "id": TEXT,
            "transport": TRANSPORT,
            "client_name": TEXT_OR_NULL,
            "user_agent": TEXT_OR_NULL,
            "created_at": TIME,
            "last_seen_at": TIME,
            "expires_at": TIME,
            "current": FLAG,
        }
    ),
    "SessionPatch": make_object(
        {
            "client_name": {
                "type": ["string", "null"],
                "maxLength": 80,
                "description": "What the user calls the device; null or empty for what the client calls itself",
            }
        },
        optional=("client_name",),
    ),
    "SecurityEvent": make_object({"event": {"enum": [*SECURITY_EVENTS]}}),
    "Problem": {
        "type": "object",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": {"enum": list(CODES)},
        },
        "required": ["type", "title", "status", "detail", "code"],
    },
}

_SECURITY_SCHEMES: Json = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
