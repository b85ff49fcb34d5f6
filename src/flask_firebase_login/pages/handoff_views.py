"""The pages in between: an app asks to be signed in, a device does, or an app leads into this browser. None of them answers by itself.

Source: RFC 6749, section 10; RFC 8252, section 8.6; RFC 8628, sections 3.3 and 5.4.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from .. import signals
from ..database.transactions import commit_joined
from ..errors import InvalidRequest, UserChanged
from ..handoff.values import Device
from ..native_clients import NativeClient
from ..web.bodies import MAX_FORM_BYTES, list_values, read_form
from ..web.negotiation import read_bearer
from ..web.neighbours import keep_headers
from ..web.oauth_requests import make_server
from ..web.redirects import MAX_NEXT_CHARACTERS, find_landing, safe_next
from ..web.services import Services
from ..web.signed_in import SignedIn, find_signed_in
from .context import make_context, render
from .devices import name_user_agent
from .texts import find_texts
from .views import Message, identify_account, name_account

if TYPE_CHECKING:
    from ..handoff.oauth import Answer

MAX_TYPED_CHARACTERS = 64


class HandoffPages:
    """The pages in between of one app.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.config
        self._handoffs = services.handoffs

    def register(self, blueprint: Blueprint) -> None:
        """Add every page to a blueprint; those for apps only where one is registered."""
        pages = [
            ("GET", "/continue", "continue_page", self.show_link),
            ("POST", "/continue", "follow_link", self.follow_link),
        ]
        if self._config.native_clients:
            pages += [
                ("GET", "/authorize", "authorize_page", self.show_authorization),
                ("POST", "/authorize", "answer_authorization", self.answer_authorization),
                ("GET", "/device", "device_page", self.show_device),
                ("POST", "/device/answer", "answer_device", self.answer_device),
            ]
        for method, rule, endpoint, view in pages:
            blueprint.add_url_rule(rule, endpoint, self._committed(view), methods=[method])

    def show_authorization(self) -> ResponseReturnValue:
        """An app asks for a session: the user is asked, never answered for."""
        _check_length()
        server = make_server(self._services)
        client, considered = server.find_client(), server.consider()
        if _is_answer(considered):
            return _lead(considered)
        prompts, signed_in = request.args.get("prompt", "").split(), _find_cookie_sign_in()
        if "none" in prompts:
            return _lead(server.refuse(*_explain_none(prompts, signed_in)))
        if signed_in is None or "login" in prompts:
            return self._lead_to_sign_in(_this_page_without_login(), is_switch=signed_in is not None)
        return self._render_authorization(client, signed_in)

    def answer_authorization(self) -> ResponseReturnValue:
        """The user has answered; everything that the address says is checked anew."""
        _check_length()
        form = read_form(request, MAX_FORM_BYTES)
        server = make_server(self._services)
        client, considered = server.find_client(), server.consider()
        if _is_answer(considered):
            return _lead(considered)
        answer, signed_in = _read_answer(form), _find_cookie_sign_in()
        if answer == "deny":
            return _lead(server.answer_authorization(considered, None))
        if answer == "switch" or signed_in is None:
            return self._lead_to_sign_in(_this_page_without_login(), is_switch=signed_in is not None)
        if form.get("account") != [signed_in.account.security_stamp]:
            return self._render_authorization(client, signed_in, _explain_another_user(signed_in))
        return _lead(server.answer_authorization(considered, signed_in.session_id))

    def show_device(self) -> ResponseReturnValue:
        """The user types what a device shows, and then sees which app asks, and from where."""
        typed, signed_in = request.args.get("user_code", ""), _find_cookie_sign_in()
        if not typed or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return self._render_device(typed=typed)  # another site's link asks and counts nothing: the user presses the button
        if signed_in is None:
            return self._lead_to_sign_in(url_for("firebase_login.device_page", user_code=typed[:MAX_TYPED_CHARACTERS]))
        device = self._find_device(typed, signed_in)
        return self._answer_unknown_code() if device is None else self._render_device(device, signed_in)

    def answer_device(self) -> ResponseReturnValue:
        """The user lets the device in, or not."""
        form, signed_in = read_form(request, MAX_FORM_BYTES), _find_cookie_sign_in()
        answer, typed = _read_answer(form), form.get("user_code", [""])[0]
        page = url_for("firebase_login.device_page", user_code=typed[:MAX_TYPED_CHARACTERS] or None)
        if signed_in is None or answer == "switch":
            return self._lead_to_sign_in(page, is_switch=signed_in is not None)
        device = self._find_device(typed, signed_in)
        if device is None:
            return self._answer_unknown_code()
        if form.get("account") != [signed_in.account.security_stamp]:
            return self._render_device(device, signed_in, _explain_another_user(signed_in))
        allows = answer == "allow"
        if not self._handoffs.answer_device(device.user_code, signed_in.session_id or "", allows=allows):
            return self._answer_unknown_code()
        _ = find_texts().gettext
        done = _("Allowed. The device goes on by itself in a moment. You can close this page.")
        return self._render_device(done=done if allows else _("The device is not signed in. You can close this page."))

    def show_link(self) -> ResponseReturnValue:
        """An app leads into this browser: whose account it is, and who is signed in here. Looking uses nothing."""
        return self._answer_link(request.args.get("link", ""))

    def follow_link(self) -> ResponseReturnValue:
        """The user goes on in this browser, by a session of its own; another user of it is signed out."""
        link = read_form(request, MAX_FORM_BYTES).get("link", [""])[0]
        signed_in, transports = _find_cookie_sign_in(), self._services.transports
        if (followed := self._find_followed(link, signed_in)) is not None:
            return redirect(followed, 303)
        redeemed = self._handoffs.redeem(
            "link",
            link,
            transport="cookie",
            user_agent=request.headers.get("User-Agent"),
            replacing=transports.cookie_secrets(),
        )
        if redeemed is None:
            return self._answer_link("")
        account, opened = redeemed.account, redeemed.opened
        transports.start(account, opened, is_fresh=transports.is_recent_time(opened.session.auth_time))
        self._services.sessions.announce(opened.revoked)
        this_app = current_app._get_current_object()  # type: ignore[attr-defined]
        signals.signed_in.send(this_app, account=account, session=opened.session, created=False)
        return _without_referrer(redirect(redeemed.next_path or "/", 303))

    def _answer_link(self, link: str) -> ResponseReturnValue:
        signed_in = _find_cookie_sign_in()
        if (followed := self._find_followed(link, signed_in)) is not None:
            return redirect(followed, 303)
        found = self._handoffs.find_link(link) if link else None
        other = None if found is None or signed_in is None or signed_in.account is found.account else signed_in.account
        _ = find_texts().gettext
        page = self._render(
            "firebase_login/continue.html",
            410 if found is None else 200,
            link=link,
            who=None if found is None else name_account(found.account, _("Another user")),
            identity=None if found is None else identify_account(found.account),
            other=None if other is None else identify_account(other),
            landing=find_landing(self._config.sign_in_next),
        )
        return _with_referrer(page, "strict-origin")  # with no-referrer, a browser would send the form with "Origin: null"

    def _render_authorization(self, client: NativeClient, signed_in: SignedIn, message: Message | None = None) -> Response:
        _ = find_texts().gettext
        return self._render(
            "firebase_login/authorize.html",
            200 if message is None else int(UserChanged.status),
            leads_to=_as_csp_source(request.args["redirect_uri"]),
            action=_address_of("firebase_login.answer_authorization", list_values(request.args)),
            app_name=client.name,
            who=name_account(signed_in.account, _("Another user")),
            identity=identify_account(signed_in.account),
            account=signed_in.account,
            message=message or Message(),
        )

    def _render_device(
        self,
        device: Device | None = None,
        signed_in: SignedIn | None = None,
        message: Message | None = None,
        *,
        status: int = 200,
        done: str | None = None,
        typed: str = "",
    ) -> Response:
        _ = find_texts().gettext
        shown: dict[str, Any] = {
            "device": device,
            "done": done,
            "message": message or Message(),
            "typed": typed[:MAX_TYPED_CHARACTERS],
        }
        if device is not None and signed_in is not None:
            where = [device.address, name_user_agent(device.user_agent)]
            shown |= {
                "app_name": self._config.native_clients[device.client_id].name,
                "where": " · ".join(part for part in where if part) or _("Unknown device"),
                "who": identify_account(signed_in.account),
                "account": signed_in.account,
            }
            status = status if message is None else int(UserChanged.status)
        return self._render("firebase_login/device.html", status, **shown)

    def _answer_unknown_code(self) -> Response:
        _ = find_texts().gettext
        text = _("There is no such code, or it is too old. Type it as the device shows it now.")
        return self._render_device(message=Message(text, "error"), status=404)

    def _committed(self, view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
        """The site's hooks may have changed something before our view: what it did is stored with that, before the answer says so."""

        @wraps(view)
        def run() -> ResponseReturnValue:
            answer = view()
            commit_joined(self._services.db_session)
            return answer

        return run

    def _find_followed(self, link: str, signed_in: SignedIn | None) -> str | None:
        """Return where a link leads that this browser has come by already."""
        return None if signed_in is None else self._handoffs.find_followed(link, signed_in.session_id)

    def _find_device(self, typed: str, signed_in: SignedIn) -> Device | None:
        """A client that is registered no more has no devices."""
        device = self._handoffs.find_device_by_user_code(
            typed, account_stamp=signed_in.account.security_stamp or "", address=request.remote_addr
        )
        return device if device is not None and device.client_id in self._config.native_clients else None

    def _lead_to_sign_in(self, next_path: str, *, is_switch: bool = False) -> ResponseReturnValue:
        hint = request.args.get("login_hint")
        return redirect(
            url_for("firebase_login.sign_in_page", next=next_path, switch=1 if is_switch else None, login_hint=hint), 303
        )

    def _render(self, template: str, status: int = 200, **more: Any) -> Response:
        context = make_context(self._config, find_landing(self._config.sign_in_next))
        return render(template, context, status, **more)


def _find_cookie_sign_in() -> SignedIn | None:
    """Return by whose cookie a browser asks: a program's bearer answers no page."""
    if read_bearer(request) is not None:
        raise InvalidRequest("This page is for a browser: send no Authorization header with it.")
    return find_signed_in() if current_user.is_authenticated else None


def _check_length() -> None:
    """Who is not signed in comes back here by the address: it is a `next` of the sign-in page's."""
    address = _address_of("firebase_login.authorize_page", list_values(request.args))
    if safe_next(address, "") != address:
        raise InvalidRequest(
            f"The address of this page is too long: {len(address)} characters, where {MAX_NEXT_CHARACTERS} may be."
        )


def _is_answer(considered: Any) -> bool:
    return hasattr(considered, "location")


def _lead(answer: Answer) -> ResponseReturnValue:
    """Lead back to the app: a form was sent, perhaps, and 303 makes a GET of it (RFC 9110, section 15.4.4). No body repeats the code."""
    return _without_referrer(Response(status=303, headers={"Location": answer.location or ""}))


def _without_referrer(response: Any) -> Response:
    """What is in the address that this answer leads to is nobody else's to know."""
    return _with_referrer(response, "no-referrer")


def _with_referrer(response: Any, policy: str) -> Response:
    response.headers["Referrer-Policy"] = policy
    kept = [name for name in ("Content-Security-Policy", "Cross-Origin-Opener-Policy") if name in response.headers]
    return keep_headers(response, *kept, "Referrer-Policy")


def _explain_none(prompts: list[str], signed_in: SignedIn | None) -> tuple[str, str]:
    """Source: OpenID Connect Core 1.0, sections 3.1.2.1 and 3.1.2.6."""
    if len(prompts) > 1:
        return "invalid_request", "The prompt none stands alone."
    if signed_in is None:
        return "login_required", "Nobody is signed in."
    return "interaction_required", "The user is always asked."


def _explain_another_user(signed_in: SignedIn) -> Message:
    _ = find_texts().gettext
    text = _("This page was opened by another user. %s is signed in now, and nothing has changed.")
    return Message(text % name_account(signed_in.account, _("Another user")), "error")


def _read_answer(form: dict[str, list[str]]) -> str:
    answer = form.get("answer", [""])[0]
    if answer not in ("allow", "deny", "switch"):
        raise InvalidRequest("The form gives no answer that this page takes.")
    return answer


def _this_page_without_login() -> str:
    """Return the address of this authorization request, for when the user has signed in anew."""
    parameters = list_values(request.args)
    kept = [prompt for prompt in parameters.pop("prompt", [""])[0].split() if prompt != "login"]
    return _address_of("firebase_login.authorize_page", parameters | ({"prompt": [" ".join(kept)]} if kept else {}))


def _address_of(endpoint: str, parameters: dict[str, list[str]]) -> str:
    return f"{url_for(endpoint)}?{urlencode(parameters, doseq=True)}"


def _as_csp_source(redirect_uri: str) -> str:
    """Return a redirect URI as what `form-action` takes: browsers hold a form to it through every redirect.

    Source: W3C Content Security Policy Level 3, sections 2.3.1 and 6.4.2; an IPv6 address is no host-source.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https") and not parts.netloc.startswith("["):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
