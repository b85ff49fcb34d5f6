"""The JSON endpoints."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request
from flask_login import current_user

from .. import signals
from ..accounts.documents import describe_account
from ..accounts.models import AccountMixin
from ..database.transactions import in_transaction
from ..errors import InvalidRequest, NotFound, Rejected, UserChanged, VersionConflict
from ..idtokens import IDToken
from ..sessions import Opened
from ..sessions.documents import describe_session
from ..sessions.patches import check_session_patch
from ..web import rate_limits
from ..web.bodies import MAX_PATCH_BYTES, check_media_type, read_object
from ..web.current import this_app
from ..web.negotiation import read_bearer
from ..web.redirects import find_landing, safe_next
from ..web.services import Services
from ..web.signed_in import SignedIn, find_rejection, find_signed_in, is_page_of
from .answers import as_json
from .openapi import describe_api
from .security_events import read_security_event
from .sign_in_requests import SignInRequest

STATIC_ENDPOINT = "firebase_login.static"
"""Flask's own, of our blueprint's static files."""


class Api:
    """The endpoints of one app.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._committed = services.committed
        self._config = services.config
        self._db_session = services.db_session
        self._verifier = services.verifier
        self._app_check = services.app_check
        self._accounts = services.accounts
        self._sessions = services.sessions
        self._firebase = services.firebase
        self._transports = services.transports

    def register(self, blueprint: Blueprint) -> None:
        """Add every endpoint to a blueprint: the table of contents of this module."""
        routes: list[tuple[str, str, Callable[..., Response]]] = [
            ("POST", "/sign-in", self.sign_in),
            ("POST", "/sign-out", self.sign_out),
            ("GET", "/account", self.read_account),
            ("PATCH", "/account", self.update_account),
            *([("DELETE", "/account", self.delete_account)] if self._config.account_deletion else []),
            ("GET", "/account/export", self.export_account),
            ("GET", "/sessions", self.list_sessions),
            ("DELETE", "/sessions", self.revoke_sessions),
            ("DELETE", "/sessions/<session_id>", self.revoke_session),
            ("PATCH", "/sessions/<session_id>", self.update_session),
            ("POST", "/security-events", self.tell_security_event),
            ("GET", "/openapi.json", self.describe),
        ]
        for method, rule, view in routes:
            blueprint.add_url_rule(rule, view.__name__, self._committed(view), methods=[method])
        blueprint.after_request(forbid_storing)

    def sign_in(self) -> Response:
        """Body -> app_check.check -> verifier.verify -> firebase.check -> accounts.sign_in -> sessions.open -> transports.start -> answer."""
        rate_limits.count(self._config.rate_limit)
        asked = SignInRequest.read(request)
        id_token: IDToken | None = None
        try:
            self._app_check.check()
            id_token = self._verifier.verify(asked.id_token)
            id_token = self._firebase.check(asked.id_token, id_token)
            _check_expected_user(id_token)
            account, created, opened = in_transaction(self._db_session, self._opening(id_token, asked))
        except Rejected as rejection:
            firebase_uid = id_token.uid if id_token else None
            signals.sign_in_rejected.send(this_app(), code=rejection.code, firebase_uid=firebase_uid)
            raise
        self._accounts.announce(account, created)
        if asked.transport == "cookie":
            self._transports.start(account, opened)
        elif self._transports.cookie_secrets():
            self._transports.stop()
        self._transports.announce(account, opened, created=created, provider=id_token.provider)
        answer = {
            "account": describe_account(account),
            "session": describe_session(opened.session, current_id=opened.session.id),
            "created": created,
            "next": safe_next(request.args.get("next"), find_landing(self._config.sign_in_next)),
        }
        return as_json(answer | ({"session_secret": opened.secret} if asked.transport == "bearer" else {}))

    def sign_out(self) -> Response:
        """End this session; nobody being signed in is as good."""
        self._transports.sign_out(find_signed_in() if current_user.is_authenticated else None)
        return _nothing()

    def read_account(self) -> Response:
        """The account, with an `ETag` to ask or to patch by."""
        response = _json_of_account(_require_sign_in().account)
        response.make_conditional(request)
        return response

    def update_account(self) -> Response:
        """Apply a merge patch."""
        account = _require_sign_in().account
        check_media_type(request, "application/merge-patch+json", "application/json")
        patch = read_object(request, MAX_PATCH_BYTES)
        return _json_of_account(self._accounts.update(account, patch, expected_version=_read_if_match(account)))

    def delete_account(self) -> Response:
        """Delete the account; the sign-in must be recent, but for an anonymous user."""
        signed_in = _require_sign_in()
        if not self._transports.may_delete(signed_in):
            self._transports.require_recent(signed_in)
        fate = self._transports.delete(signed_in)
        return as_json({"firebase_user": fate}, HTTPStatus.ACCEPTED) if fate == "queued" else _nothing()

    def export_account(self) -> Response:
        """All that is kept of the user, as a download."""
        response = as_json(self._accounts.export(_require_sign_in(of_page=True).account))
        response.headers["Content-Disposition"] = 'attachment; filename="account.json"'
        return response

    def list_sessions(self) -> Response:
        """The user's devices, the one last seen first."""
        signed_in = _require_sign_in()
        listed = self._sessions.list(signed_in.account)
        return as_json({"sessions": [describe_session(session, current_id=signed_in.session_id) for session in listed]})

    def revoke_sessions(self) -> Response:
        """Sign all other devices out; this one as well where `including=current`."""
        signed_in = _require_sign_in(of_page=True)
        including = request.args.get("including")
        if including not in (None, "current"):
            raise InvalidRequest("The parameter 'including' is 'current', or left out.")
        self._sessions.revoke_all(signed_in.account, but=None if including else signed_in.session_id)
        if including:
            self._transports.stop()
        return _nothing()

    def revoke_session(self, session_id: str) -> Response:
        """Sign one device out."""
        signed_in = _require_sign_in()
        if not self._sessions.revoke(signed_in.account, session_id):
            raise NotFound("You have no such session; it may have ended already.")
        if session_id == signed_in.session_id:
            self._transports.stop()
        return _nothing()

    def update_session(self, session_id: str) -> Response:
        """Apply a merge patch to one device: the name that the user recognises it by."""
        signed_in = _require_sign_in()
        check_media_type(request, "application/merge-patch+json", "application/json")
        patch = read_object(request, MAX_PATCH_BYTES)
        check_session_patch(patch)
        if "client_name" in patch:
            session = self._sessions.rename(signed_in.account, session_id, patch["client_name"])
        else:
            listed = self._sessions.list(signed_in.account)
            session = next((one for one in listed if one.id == session_id), None)
        if session is None:
            raise NotFound("You have no such session; it may have ended already.")
        return as_json(describe_session(session, current_id=signed_in.session_id))

    def tell_security_event(self) -> Response:
        """Tell the site what Firebase has changed for the user, as their page or app says; the sign-in must be recent."""
        rate_limits.count(self._config.rate_limit)
        signed_in = _require_sign_in(of_page=True)
        self._transports.require_recent(signed_in)
        signals.security_changed.send(this_app(), account=signed_in.account, event=read_security_event(request))
        return _nothing()

    def describe(self) -> Response:
        """OpenAPI 3.1."""
        config = self._config
        return as_json(
            describe_api(
                config.url_prefix, account_deletion=config.account_deletion, native_clients=bool(config.native_clients)
            )
        )

    def _opening(self, id_token: IDToken, asked: SignInRequest) -> Callable[[], tuple[AccountMixin, bool, Opened]]:
        """Return the one transaction of a sign-in."""
        bearer, user_agent = read_bearer(request), request.headers.get("User-Agent")
        replaced = [*self._transports.cookie_secrets(), *([bearer] if bearer else [])]

        def sign_in_and_open() -> tuple[AccountMixin, bool, Opened]:
            account, created = self._accounts.sign_in(id_token)
            opened = self._sessions.open(
                account,
                auth_time=id_token.auth_time,
                transport=asked.transport,
                client_name=asked.client_name,
                user_agent=user_agent,
                replacing=replaced,
            )
            return account, created, opened

        return sign_in_and_open


def forbid_storing(response: Response) -> Response:
    """Nothing under our prefix is kept by a cache (RFC 9111, section 5.2.2.5), but for scripts whose name holds their hash."""
    is_build = request.endpoint == STATIC_ENDPOINT and (request.view_args or {}).get("filename", "").startswith("build/")
    is_kept = is_build and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_kept else "no-store"
    return response


def _require_sign_in(*, of_page: bool = False) -> SignedIn:
    if not current_user.is_authenticated or (signed_in := find_signed_in()) is None:
        raise find_rejection()
    whose = request.args.get("account")
    if of_page and whose is not None and not is_page_of(signed_in.account, whose):
        raise UserChanged("This page was opened by another user than the one who is signed in now.")
    return signed_in


def _check_expected_user(id_token: IDToken) -> None:
    """A page that asks a user to prove who they are names them: nobody else goes on from there.

    Raises:
        UserChanged: The ID token is another user's, or another user has signed in meanwhile.
    """
    expected_uid = request.args.get("account")
    if expected_uid is None:
        return
    signed_in = find_signed_in() if current_user.is_authenticated else None
    if id_token.uid != expected_uid or (signed_in is not None and signed_in.account.firebase_uid != expected_uid):
        raise UserChanged("This page asks another user to prove who they are.")


def _json_of_account(account: AccountMixin) -> Response:
    response = as_json(describe_account(account))
    response.set_etag(_etag_of(account))
    return response


def _etag_of(account: AccountMixin) -> str:
    return f"{account.security_stamp}-{account.version}"


def _read_if_match(account: AccountMixin) -> int | None:
    """Return the version that the client asks to change (RFC 9110, section 13.1.1); None where it asks for none, or for any."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    if _etag_of(account) not in request.if_match:
        raise VersionConflict("The account is not at the version that If-Match names.", precondition=True)
    return account.version


def _nothing() -> Response:
    return Response(status=HTTPStatus.NO_CONTENT)
