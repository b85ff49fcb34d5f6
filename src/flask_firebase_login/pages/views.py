"""The HTML pages: the sign-in page, and the account page, whose forms work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..accounts.documents import describe_account
from ..accounts.models import AccountMixin
from ..database.transactions import commit_joined
from ..errors import DatabaseUnavailable, InvalidPatch, InvalidRequest, Rejected, UserChanged
from ..sessions import SessionMixin
from ..web.bodies import MAX_PATCH_BYTES
from ..web.redirects import find_landing, safe_next
from ..web.services import Services
from ..web.signed_in import SignedIn, find_signed_in
from ..web.unauthorized import answer_needs_refresh, answer_unauthorized
from .compression import compress
from .context import make_context, name_provider, render
from .devices import name_device
from .texts import find_texts

MAX_HINT_CHARACTERS = 320


@dataclass(frozen=True)
class Message:
    """What the account page says after something was done.

    Attributes:
        text: One sentence, empty for none.
        category: `info` or `error`, as for Flask's `flash`.
    """

    text: str = ""
    category: str = "info"


class Pages:
    """The pages of one app.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._config = services.config
        self._accounts = services.accounts
        self._sessions = services.sessions
        self._transports = services.transports
        self._db_session = services.db_session

    def register(self, blueprint: Blueprint) -> None:
        """Add every page to a blueprint."""
        blueprint.add_url_rule("/sign-in", "sign_in_page", self.show_sign_in, methods=["GET"])
        blueprint.add_url_rule("/", "account_page", self.show_account, methods=["GET"])
        blueprint.add_url_rule("/", "change_account", self.change_account, methods=["POST"])

    def show_sign_in(self) -> ResponseReturnValue:
        """The sign-in page; who is signed in already is led on, unless `again` asks them to prove who they are, or `switch` who else they are.

        Nor is anybody led on who comes by the link in an e-mail: it signs in as the user whom it was sent to. The page needs no database.
        """
        next_path = safe_next(request.args.get("next"), find_landing(self._config.sign_in_next))
        try:
            signed_in = _find_sign_in()
        except DatabaseUnavailable:
            signed_in = None
        is_link = request.args.get("mode") == "signIn" and "oobCode" in request.args
        if signed_in is not None and not is_link and not {"again", "switch"} & {*request.args}:
            return redirect(next_path, 303)
        is_anybodys = "switch" in request.args or (is_link and "again" not in request.args)
        expected_uid = None if signed_in is None or is_anybodys else signed_in.account.firebase_uid
        context = make_context(self._config, next_path, expected_uid)
        page = render(
            "firebase_login/sign-in.html",
            context,
            login_hint=request.args.get("login_hint", "")[:MAX_HINT_CHARACTERS],
            is_sign_up=context.takes_passwords and request.args.get("mode") == "signUp",
        )
        return page if signed_in is not None else compress(page)  # nobody's data is in it

    def show_account(self) -> ResponseReturnValue:
        """The account page: profile, ways to sign in, devices, data and deletion."""
        signed_in = _find_sign_in()
        if signed_in is None:
            return answer_unauthorized()
        return self._render_account(signed_in, Message(_message_texts().get(request.args.get("message", ""), "")))

    def show_problem(self, problem: Rejected) -> Response:
        """An error, as a page."""
        context = make_context(self._config, find_landing(self._config.sign_in_next))
        return render("firebase_login/problem.html", context, int(problem.status), problem=problem)

    def change_account(self) -> ResponseReturnValue:
        """What the forms of the account page send; cross-origin protection stands before it, as before every unsafe request."""
        signed_in = _find_sign_in()
        if signed_in is None:
            return answer_unauthorized()
        request.max_content_length = MAX_PATCH_BYTES
        whose = request.form.get("account")
        if whose is None:
            raise InvalidRequest(
                'The form does not say whose page it is: add its hidden field "account", as in our account.html.'
            )
        if whose != signed_in.account.security_stamp:
            return self._answer_another_user(signed_in)
        actions = {
            "save": self._save,
            "use-provider": self._use_provider,
            "sign-out": self._sign_out,
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
            typed = {member: request.form.get(member, "") for member in ("name", "photo_url")}
            return self._render_account(signed_in, Message(text, "error"), status=int(rejection.status), typed=typed)
        return answer

    def _save(self, signed_in: SignedIn) -> ResponseReturnValue:
        shown = describe_account(signed_in.account)
        patch: dict[str, Any] = {}
        for member in ("name", "photo_url"):
            wanted = request.form.get(member, "").strip() or None
            if wanted != shown[member]:
                patch[member] = wanted
        self._accounts.update(signed_in.account, patch)
        return _done("saved")

    def _use_provider(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._accounts.update(signed_in.account, {"name": None, "photo_url": None})
        return _done("saved")

    def _sign_out(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._transports.sign_out(signed_in)
        return redirect(find_landing(self._config.sign_out_next), 303)

    def _sign_out_device(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._sessions.revoke(signed_in.account, request.form.get("session_id", ""))
        return _done("device")

    def _sign_out_others(self, signed_in: SignedIn) -> ResponseReturnValue:
        self._sessions.revoke_all(signed_in.account, but=signed_in.session_id)
        return _done("others")

    def _delete(self, signed_in: SignedIn) -> ResponseReturnValue:
        if not self._transports.is_recent(signed_in):
            return answer_needs_refresh(
                next_path=url_for("firebase_login.account_page", delete=signed_in.account.security_stamp, _anchor="data")
            )
        self._accounts.delete(signed_in.account)
        self._transports.stop()
        return redirect(find_landing(self._config.sign_out_next), 303)

    def _answer_another_user(self, signed_in: SignedIn) -> Response:
        """A tab that another user has opened asks for something: nothing happens, and the page says who is signed in now."""
        _ = find_texts().gettext
        text = _("This page was opened by another user. %s is signed in now, and nothing has changed.")
        text %= name_account(signed_in.account, _("Another user"))
        return self._render_account(signed_in, Message(text, "error"), status=int(UserChanged.status))

    def _render_account(
        self, signed_in: SignedIn, message: Message, status: int = 200, typed: Mapping[str, str] | None = None
    ) -> Response:
        profile = describe_account(signed_in.account)
        context = make_context(self._config, url_for("firebase_login.account_page"), signed_in.account.firebase_uid)
        return render(
            "firebase_login/account.html",
            context,
            status,
            account=signed_in.account,
            profile=profile,
            typed=typed or profile,
            initials=find_initials(profile["name"] or profile["email"] or ""),
            message=message,
            ways=_list_ways(self._config.providers, signed_in.account),
            devices=[_describe_device(row, signed_in.session_id) for row in self._sessions.list(signed_in.account)],
            asks_to_delete=request.args.get("delete") == signed_in.account.security_stamp,
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
    is_current: bool
    last_seen: str
    last_seen_text: str


def _find_sign_in() -> SignedIn | None:
    return find_signed_in() if current_user.is_authenticated else None


def _list_ways(offered: tuple[str, ...], account: AccountMixin) -> list[Way]:
    """The last way that is connected cannot be disconnected; a password is set at Firebase, and shown where there is one."""
    connected = set(account.providers or ())
    to_offer = [provider for provider in offered if provider not in ("password", "emailLink", "phone", "anonymous")]
    listed = list(dict.fromkeys([*to_offer, *sorted(connected)]))
    return [
        Way(provider, _name_way(provider, offered), provider in connected, provider in connected and len(connected) > 1)
        for provider in listed
    ]


def _name_way(provider: str, offered: tuple[str, ...]) -> str:
    """Firebase calls the e-mail address "password", also of users who sign in by links and never had one."""
    _ = find_texts().gettext
    if provider == "password":
        if "emailLink" not in offered:
            return _("Password")
        return _("E-mail") if "password" in offered else _("Link in an e-mail")
    return _("Telephone number") if provider == "phone" else name_provider(provider)


def find_initials(name: str) -> str:
    """Return up to two letters that stand for somebody who has no picture."""
    words = [word for word in name.partition("@")[0].split() if word[0].isalnum()]
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def _describe_device(session: SessionMixin, current_id: str | None) -> Device:
    seen = session.last_seen_at.astimezone(UTC)
    return Device(session.id, name_device(session), session.id == current_id, seen.isoformat(), f"{seen:%Y-%m-%d %H:%M} UTC")


def name_account(account: AccountMixin, otherwise: str) -> str:
    """Return what a page calls a user: by name, else by e-mail address."""
    shown = describe_account(account)
    return str(shown["name"] or shown["email"] or otherwise)


def identify_account(account: AccountMixin) -> str:
    """Return a user's name with what the provider says of them: a name is chosen freely, and may be somebody else's address."""
    _ = find_texts().gettext
    shown = describe_account(account)
    name, email, unconfirmed = shown["name"], shown["email"], _("not confirmed")
    if email is None:
        return f"{name} ({unconfirmed})" if name and "@" in name else name or _("Another user")
    address = email if shown["email_verified"] else f"{email} ({unconfirmed})"
    return address if name in (None, address) else f"{name} · {address}"


def _message_texts() -> dict[str, str]:
    _ = find_texts().gettext
    return {
        "saved": _("Saved."),
        "device": _("The device is signed out."),
        "others": _("All other devices are signed out."),
    }


def _done(message: str) -> ResponseReturnValue:
    return redirect(url_for("firebase_login.account_page", message=message), 303)
