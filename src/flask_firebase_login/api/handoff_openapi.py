"""The second door and the way back, in the description of the endpoints."""

from __future__ import annotations

from ..handoff.metadata import DEVICE_GRANT
from .openapi_parts import APP_CHECK, TEXT, Json, make_answer, make_object, make_operation, make_ref


def describe_handoffs(*, native_clients: bool) -> Json:
    """Return the paths.

    Args:
        native_clients: Whether any app is registered.
    """
    paths: Json = {"/browser-links": {"post": _make_browser_link()}}
    if native_clients:
        metadata = {200: make_answer({"type": "object"}, "The metadata (RFC 8414)")}
        paths |= {
            "/token": {"post": _issue_token()},
            "/revoke": {"post": _revoke_token()},
            "/device": {"post": _start_device()},
            "/.well-known/openid-configuration": {
                "get": make_operation("describe_server", "The authorization server's metadata", metadata, public=True)
            },
        }
    return paths


def _make_browser_link() -> Json:
    answers = {200: make_answer(make_ref("BrowserLink"), "An address that is good once, for a minute")}
    operation = make_operation(
        "make_browser_link", "Open the site's pages in a browser, signed in", answers, 400, 401, 403, 413, 415, 429, 503
    )
    schema = make_object({"next": {"type": ["string", "null"]}}, optional=("next",))
    operation["requestBody"] = {"required": False, "content": {"application/json": {"schema": schema}}}
    return operation


def _issue_token() -> Json:
    answers = {200: make_answer(make_ref("Token"), "A session, as a bearer token (RFC 6749, section 5.1)")}
    fields = {
        "grant_type": {"enum": ["authorization_code", DEVICE_GRANT]},
        "client_id": TEXT,
        "code": TEXT,
        "redirect_uri": TEXT,
        "code_verifier": {"type": "string", "minLength": 43, "maxLength": 128},
        "device_code": TEXT,
    }
    required = ["grant_type", "client_id"]
    operation = make_operation("issue_token", "Sign in by a code", answers, 403, 413, 415, 429, 503, public=True)
    operation["parameters"] = [APP_CHECK]
    return _with_form(operation, fields, required)


def _revoke_token() -> Json:
    answers = {200: make_answer({"type": "object"}, "The token is not good any more, if it ever was (RFC 7009)")}
    fields = {"token": TEXT, "token_type_hint": TEXT, "client_id": TEXT}
    return _with_form(
        make_operation("revoke_token", "End a session", answers, 403, 413, 415, 503, public=True),
        fields,
        ["token", "client_id"],
    )


def _start_device() -> Json:
    answers = {200: make_answer(make_ref("DeviceCodes"), "What the device shows, and polls with (RFC 8628, section 3.2)")}
    operation = make_operation(
        "start_device", "Sign in on a device without a browser", answers, 403, 413, 415, 429, 503, public=True
    )
    operation["parameters"] = [APP_CHECK]
    return _with_form(operation, {"client_id": TEXT, "scope": {"const": "account"}}, ["client_id"])


def _with_form(operation: Json, fields: Json, required: list[str]) -> Json:
    """Errors are OAuth's own, but for those that every endpoint has."""
    rejected = make_answer(make_ref("OAuthError"), "The request or the code is rejected (RFC 6749, section 5.2)")
    operation["responses"] |= {"400": rejected, "401": rejected}
    schema = {"type": "object", "properties": fields, "required": required}
    operation["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    return operation


HANDOFF_SCHEMAS: Json = {
    "BrowserLink": make_object({"url": TEXT, "expires_in": {"type": "integer"}}),
    "Token": make_object(
        {"access_token": TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}, "scope": TEXT}
    ),
    "DeviceCodes": make_object(
        {
            "device_code": TEXT,
            "user_code": TEXT,
            "verification_uri": TEXT,
            "verification_uri_complete": TEXT,
            "expires_in": {"type": "integer"},
            "interval": {"type": "integer"},
        }
    ),
    "OAuthError": make_object(
        {"error": TEXT, "error_description": TEXT, "code": {"enum": ["app_check_required", "app_check_invalid"]}},
        optional=("error_description", "code"),
    ),
}
