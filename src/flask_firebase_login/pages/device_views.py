"""The page where a user types what a device shows, and lets it sign in.

Source: RFC 8628, sections 3.3 and 5.4.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from ..errors import UserChanged
from ..handoff.values import Device
from ..web.bodies import MAX_FORM_BYTES, read_form
from ..web.services import Services
from ..web.signed_in import SignedIn
from .between import (
    explain_another_user,
    find_cookie_sign_in,
    is_still_the_user,
    lead_to_sign_in,
    read_answer,
    render_between,
)
from .context import Message
from .devices import name_user_agent
from .naming import identify_account
from .texts import find_texts

MAX_TYPED_CHARACTERS = 64


class DevicePages:
    """The page by which a device is let in.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.config
        self._devices = services.handoffs.devices

    def register(self, blueprint: Blueprint) -> None:
        """Add the page, and what its buttons send; `POST /device` is the devices' own."""
        show, answer = self._services.committed(self.show), self._services.committed(self.answer)
        blueprint.add_url_rule("/device", "device_page", show, methods=["GET"])
        blueprint.add_url_rule("/device/answer", "answer_device", answer, methods=["POST"])

    def show(self) -> ResponseReturnValue:
        """The user types what a device shows, and then sees which app asks, and from where."""
        typed, signed_in = request.args.get("user_code", ""), find_cookie_sign_in()
        if not typed or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return self._render(typed=typed)  # another site's link asks and counts nothing: the user presses the button
        if signed_in is None:
            return lead_to_sign_in(url_for("firebase_login.device_page", user_code=typed[:MAX_TYPED_CHARACTERS]))
        device = self._find(typed, signed_in)
        return self._answer_unknown_code() if device is None else self._render_device(device, signed_in)

    def answer(self) -> ResponseReturnValue:
        """The user lets the device in, or not."""
        form, signed_in = read_form(request, MAX_FORM_BYTES), find_cookie_sign_in()
        answer, typed = read_answer(form), form.get("user_code", [""])[0]
        page = url_for("firebase_login.device_page", user_code=typed[:MAX_TYPED_CHARACTERS] or None)
        if signed_in is None or answer == "switch":
            return lead_to_sign_in(page, is_switch=signed_in is not None)
        device = self._find(typed, signed_in)
        if device is None:
            return self._answer_unknown_code()
        if not is_still_the_user(form, signed_in):
            return self._render_device(device, signed_in, explain_another_user(signed_in))
        allows = answer == "allow"
        if not self._devices.answer(device.user_code, signed_in.session_id or "", allows=allows):
            return self._answer_unknown_code()
        _ = find_texts().gettext
        done = _("Allowed. The device goes on by itself in a moment. You can close this page.")
        return self._render(done=done if allows else _("The device is not signed in. You can close this page."))

    def _find(self, typed: str, signed_in: SignedIn) -> Device | None:
        """A client that is registered no more has no devices."""
        stamp = signed_in.account.security_stamp or ""
        device = self._devices.find_by_user_code(typed, account_stamp=stamp, address=request.remote_addr)
        return device if device is not None and device.client_id in self._config.native_clients else None

    def _render_device(self, device: Device, signed_in: SignedIn, message: Message | None = None) -> Response:
        _ = find_texts().gettext
        where = [device.address, name_user_agent(device.user_agent)]
        return self._render(
            device=device,
            message=message,
            status=200 if message is None else int(UserChanged.status),
            app_name=self._config.native_clients[device.client_id].name,
            where=" · ".join(part for part in where if part) or _("Unknown device"),
            who=identify_account(signed_in.account),
            account=signed_in.account,
        )

    def _answer_unknown_code(self) -> Response:
        _ = find_texts().gettext
        text = _("There is no such code, or it is too old. Type it as the device shows it now.")
        return self._render(message=Message(text, "error"), status=404)

    def _render(
        self,
        *,
        device: Device | None = None,
        message: Message | None = None,
        status: int = 200,
        done: str | None = None,
        typed: str = "",
        **more: Any,
    ) -> Response:
        return render_between(
            self._config,
            "firebase_login/device.html",
            status,
            device=device,
            done=done,
            message=message or Message(),
            typed=typed[:MAX_TYPED_CHARACTERS],
            **more,
        )
