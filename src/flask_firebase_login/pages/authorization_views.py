"""The authorization endpoint: an app asks to be signed in, and the user says yes or no.

Source: RFC 6749, section 4.1; RFC 8252, section 8.6; OpenID Connect Core 1.0, section 3.1.2.1, for `prompt`.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from ..errors import InvalidRequest, UserChanged
from ..handoff.values import Answer
from ..native_clients import NativeClient
from ..web.bodies import MAX_FORM_BYTES, list_values, read_form
from ..web.oauth_requests import make_server
from ..web.redirects import MAX_NEXT_CHARACTERS, safe_next
from ..web.services import Services
from ..web.signed_in import SignedIn
from .between import (
    explain_another_user,
    find_cookie_sign_in,
    is_still_the_user,
    lead_to_sign_in,
    read_answer,
    render_between,
    with_referrer,
)
from .context import Message
from .naming import identify_account, name_account
from .texts import find_texts


class AuthorizationPages:
    """The page by which an app is let in.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.config

    def register(self, blueprint: Blueprint) -> None:
        """Add the page, and what its buttons send."""
        show, answer = self._services.committed(self.show), self._services.committed(self.answer)
        blueprint.add_url_rule("/authorize", "authorize_page", show, methods=["GET"])
        blueprint.add_url_rule("/authorize", "answer_authorization", answer, methods=["POST"])

    def show(self) -> ResponseReturnValue:
        """An app asks for a session: the user is asked, never answered for."""
        _check_length()
        server = make_server(self._services)
        client, considered = server.find_client(), server.consider()
        if isinstance(considered, Answer):
            return _lead(considered)
        prompts, signed_in = request.args.get("prompt", "").split(), find_cookie_sign_in()
        if "none" in prompts:
            return _lead(server.refuse(*_explain_none(prompts, signed_in)))
        if signed_in is None or "login" in prompts:
            return lead_to_sign_in(_this_page_without_login(), is_switch=signed_in is not None)
        return self._render(client, signed_in)

    def answer(self) -> ResponseReturnValue:
        """The user has answered; everything that the address says is checked anew."""
        _check_length()
        form = read_form(request, MAX_FORM_BYTES)
        server = make_server(self._services)
        client, considered = server.find_client(), server.consider()
        if isinstance(considered, Answer):
            return _lead(considered)
        answer, signed_in = read_answer(form), find_cookie_sign_in()
        if answer == "deny":
            return _lead(server.refuse("access_denied", "The user has refused."))
        if answer == "switch" or signed_in is None:
            return lead_to_sign_in(_this_page_without_login(), is_switch=signed_in is not None)
        if not is_still_the_user(form, signed_in):
            return self._render(client, signed_in, explain_another_user(signed_in))
        return _lead(server.allow(considered, signed_in.session_id or ""))

    def _render(self, client: NativeClient, signed_in: SignedIn, message: Message | None = None) -> Response:
        _ = find_texts().gettext
        return render_between(
            self._config,
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


def _check_length() -> None:
    """Who is not signed in comes back here by the address: it is a `next` of the sign-in page's."""
    address = _address_of("firebase_login.authorize_page", list_values(request.args))
    if safe_next(address, "") != address:
        raise InvalidRequest(
            f"The address of this page is too long: {len(address)} characters, where {MAX_NEXT_CHARACTERS} may be."
        )


def _lead(answer: Answer) -> ResponseReturnValue:
    """Lead back to the app: a form was sent, perhaps, and 303 makes a GET of it (RFC 9110, section 15.4.4). No body repeats the code."""
    return with_referrer(Response(status=303, headers={"Location": answer.location or ""}), "no-referrer")


def _explain_none(prompts: list[str], signed_in: SignedIn | None) -> tuple[str, str]:
    """Source: OpenID Connect Core 1.0, sections 3.1.2.1 and 3.1.2.6."""
    if len(prompts) > 1:
        return "invalid_request", "The prompt none stands alone."
    if signed_in is None:
        return "login_required", "Nobody is signed in."
    return "interaction_required", "The user is always asked."


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
