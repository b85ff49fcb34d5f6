"""The account page: an account's life after the first sign-in. Its forms work without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from flask import Blueprint, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..accounts.documents import describe_account
from ..accounts.models import AccountMixin
from ..config import Config
from ..database.transactions import commit_joined
from ..errors import InvalidPatch, InvalidRequest, UserChanged
from ..sessions import SessionMixin
from ..web.bodies import MAX_PATCH_BYTES
from ..web.redirects import find_landing
from ..web.services import Services
from ..web.signed_in import SignedIn, find_signed_in, is_page_of
from ..web.unauthorized import answer_needs_refresh, answer_unauthorized
from .context import Message, make_context, render
from .devices import name_device
from .naming import address_account, find_initials, list_proving, name_account, name_way
from .texts import find_texts

TYPED = ("name", "photo_url")
"""What is typed into the profile."""
KEPT = "firebase_login_typed"
"""Where the Flask session keeps what was typed into a page whose session had ended."""
KEPT_SECONDS = 3600
MAX_KEPT_BYTES = 1500
"""Of the 4,093 bytes that a cookie may have."""


class AccountPage:
    """The account page of one app.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._config = services.config
        self._accounts = services.accounts
        self._sessions = services.sessions
        self._transports = services.transports
        self._firebase = services.firebase
        self._db_session = services.db_session
        self._clock = services.clock

    def register(self, blueprint: Blueprint) -> None:
        """Add the page to a blueprint."""
        blueprint.add_url_rule("/", "account_page", self.show_account, methods=["GET"])
        blueprint.add_url_rule("/", "change_account", self.change_account, methods=["POST"])

    def show_account(self) -> ResponseReturnValue:
        """The account page: profile, ways to sign in, devices, data and deletion."""
        signed_in = _find_sign_in()
        if signed_in is None:
            return answer_unauthorized()
        typed = self._take_kept(signed_in.account)
        if typed is not None:
            _ = find_texts().gettext
            return self._render_account(signed_in, Message(_("What you typed is still here. Save it now.")), typed=typed)
        return self._render_account(signed_in, Message(_message_texts().get(request.args.get("message", ""), "")))

    def change_account(self) -> ResponseReturnValue:
        """What the forms of the account page send; cross-origin protection stands before it, as before every unsafe request."""
        signed_in = _find_sign_in()
        request.max_content_length = MAX_PATCH_BYTES
        if signed_in is None:
            return self._answer_ended()
        whose = request.form.get("account")
        if whose is None:
            raise InvalidRequest(
                'The form does not say whose page it is: add its hidden field "account", as in our account.html.'
            )
        if not is_page_of(signed_in.account, whose):
            return self._answer_another_user(signed_in)
        actions = {
            "save": self._save,
            "use-provider": self._use_provider,
            "sign-out": self._sign_out,
            "name-device": self._name_device,
            "sign-out-device": self._sign_out_device,
            "sign-out-others": self._sign_out_others,
        }
        if self._config.account_deletion:
            actions["delete"] = self._delete
        action = actions.get(request.form.get("action", ""))
        if action is None:
            raise InvalidRequest("The form asks for nothing that this page does.")
        try:
            answer = action(signed_in)
            commit_joined(self._db_session)
        except InvalidPatch as rejection:
            _ = find_texts().gettext
            text = _("A name has at most 200 characters, and the address of a picture begins with https://.")
            return self._render_account(signed_in, Message(text, "error"), status=int(rejection.status), typed=_read_typed())
        return answer

    def _save(self, signed_in: SignedIn) -> ResponseReturnValue:
        shown = describe_account(signed_in.account)
        patch: dict[str, Any] = {}
        for member in ("name", "photo_url"):
            wanted = request.form.get(member, "").strip() or None
            if wanted != shown[member] and request.form.get(f"former_{member}") != (wanted or ""):
                patch[member] = wanted
        self._accounts.update(signed_in.account, patch)
        return _done("saved")

    def _use_provider(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._accounts.update(signed_in.account, {"name": None, "photo_url": None})
        return _done("saved")

    def _sign_out(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._transports.sign_out(signed_in)
        return redirect(find_landing(self._config.sign_out_next), 303)

    def _name_device(self, signed_in: SignedIn) -> ResponseReturnValue:
        """A device that has ended meanwhile gets no name; the page says that it is signed out."""
        session_id, name = request.form.get("session_id", ""), request.form.get("device_name", "")
        return _done("device" if self._sessions.rename(signed_in.account, session_id, name) is None else "named")

    def _sign_out_device(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._sessions.revoke(signed_in.account, request.form.get("session_id", ""))
        return _done("device")

    def _sign_out_others(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._sessions.revoke_all(signed_in.account, but=signed_in.session_id)
        return _done("others")

    def _delete(self, signed_in: SignedIn) -> ResponseReturnValue:
        """The word first: it is typed on purpose, and it is not asked for again once the user has proven who they are."""
        _ = find_texts().gettext
        word = _deletion_word()
        if request.form.get("word", "").strip().casefold() != word.casefold():
            text = _("Nothing is deleted. Type “%s” to delete your account.") % word
            return self._render_account(signed_in, Message(text, "error"), status=400, asks_to_delete=True)
        if not self._transports.may_delete(signed_in):
            back = url_for("firebase_login.account_page", delete=signed_in.account.security_stamp, _anchor="data")
            return answer_needs_refresh("delete", next_path=back)
        is_gone = request.form.get("firebase") == "deleted"  # the page's script has done it
        fate = self._transports.delete(signed_in)
        told = fate if fate == "queued" or (fate == "kept" and not is_gone) else None
        return redirect(url_for("firebase_login.deleted_page", firebase=told), 303)

    def _answer_ended(self) -> ResponseReturnValue:
        """The session has ended while the page was open: the user signs in again, and finds what they had typed."""
        page = url_for("firebase_login.account_page")
        if request.form.get("action") != "save" or "account" not in request.form:
            return answer_unauthorized(has_ended=True, next_path=page)
        for members in (TYPED, ("name",)):  # the address of a picture may be too long for a cookie
            kept = [request.form["account"], self._clock().timestamp() + KEPT_SECONDS, _read_typed(members)]
            if len(json.dumps(kept)) <= MAX_KEPT_BYTES:
                session[KEPT] = kept
                break
        return answer_unauthorized(has_ended=True, next_path=page)

    def _take_kept(self, account: AccountMixin) -> Mapping[str, str] | None:
        """Return what this user had typed when their session ended, once; what another user had typed is forgotten."""
        if KEPT not in session:
            return None
        whose, expires, typed = session.pop(KEPT)
        if self._clock().timestamp() >= expires or not is_page_of(account, whose):
            return None
        shown = describe_account(account)
        return {member: typed.get(member, shown[member]) for member in TYPED}

    def _answer_another_user(self, signed_in: SignedIn) -> Response:
        """A tab that another user has opened asks for something: nothing happens, and the page says who is signed in now."""
        _ = find_texts().gettext
        text = _("This page was opened by another user. %s is signed in now, and nothing has changed.")
        text %= name_account(signed_in.account, _("Another user"))
        return self._render_account(signed_in, Message(text, "error"), status=int(UserChanged.status))

    def _render_account(
        self,
        signed_in: SignedIn,
        message: Message,
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        *,
        asks_to_delete: bool = False,
    ) -> Response:
        account, config = signed_in.account, self._config
        profile = describe_account(account)
        context = make_context(config, url_for("firebase_login.account_page"), account.firebase_uid)
        context = replace(context, proving=list_proving(config, account))
        return render(
            "firebase_login/account.html",
            context,
            status,
            account=account,
            who=address_account(account),
            profile=profile,
            typed=typed or profile,
            initials=find_initials(profile["name"] or profile["email"] or ""),
            message=message,
            ways=_list_ways(config, account),
            security=_list_security(config, account) if context.can_sign_in else (),
            devices=[_describe_device(row, signed_in.session_id) for row in self._sessions.list(account)],
            asks_to_delete=asks_to_delete or request.args.get("delete") == account.security_stamp,
            deletion_word=_deletion_word(),
            is_recent=self._transports.is_recent(signed_in),
            deletes_firebase_user=self._firebase.deletes_users,
        )


@dataclass(frozen=True)
class Way:
    """One way to sign in, on the account page."""

    provider: str
    name: str
    is_connected: bool
    can_disconnect: bool


@dataclass(frozen=True)
class Device:
    """One device, on the account page."""

    id: str
    name: str | None
    chosen_name: str | None
    is_current: bool
    last_seen: str
    last_seen_text: str


def _find_sign_in() -> SignedIn | None:
    return find_signed_in() if current_user.is_authenticated else None


def _list_ways(config: Config, account: AccountMixin) -> list[Way]:
    """The last way that is connected cannot be disconnected; a password and a telephone number are set below."""
    connected = set(account.providers or ())
    to_offer = [provider for provider in config.providers if provider not in ("password", "emailLink", "phone", "anonymous")]
    listed = list(dict.fromkeys([*to_offer, *sorted(connected)]))
    return [
        Way(provider, name_way(config, provider), provider in connected, provider in connected and len(connected) > 1)
        for provider in listed
    ]


def _list_security(config: Config, account: AccountMixin) -> tuple[str, ...]:
    """Return what a user may change at Firebase: `email`, `password`, `phone`, as far as the site signs in by it, and `factors`."""
    connected = account.providers or ()
    if account.is_anonymous_user:
        return ()
    has_email = describe_account(account)["email"] is not None
    may = {
        "email": has_email and "password" in connected and bool({"password", "emailLink"} & {*config.providers}),
        "password": has_email and "password" in config.providers,
        "phone": "phone" in config.providers,
        "factors": bool(config.second_factors),
    }
    return tuple(what for what, is_possible in may.items() if is_possible)


def _describe_device(session: SessionMixin, current_id: str | None) -> Device:
    seen = session.last_seen_at.astimezone(UTC)
    return Device(
        session.id,
        name_device(session),
        session.chosen_name,
        session.id == current_id,
        seen.isoformat(),
        f"{seen:%Y-%m-%d %H:%M} UTC",
    )


def _read_typed(members: tuple[str, ...] = TYPED) -> dict[str, str]:
    return {member: request.form.get(member, "") for member in members}


def _deletion_word() -> str:
    _ = find_texts().gettext
    return _("delete")


def _message_texts() -> dict[str, str]:
    _ = find_texts().gettext
    return {
        "saved": _("Saved."),
        "device": _("The device is signed out."),
        "named": _("The device has a new name."),
        "others": _("All other devices are signed out."),
        "ways": _("Saved."),
        "password": _("Your password is changed."),
        "phone": _("Your telephone number is changed."),
        "verified": _("Your address is confirmed."),
    }


def _done(message: str) -> ResponseReturnValue:
    return redirect(url_for("firebase_login.account_page", message=message), 303)
