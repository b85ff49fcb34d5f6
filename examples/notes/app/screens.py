"""What the app shows, as functions that make controls; what happens at a press is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flet as ft
from names import is_phone, name_device
from words import LANGUAGES, Words

Press = Callable[..., Any]

CHOICES = {
    "theme": ("system", "light", "dark"),
    "language": tuple(LANGUAGES),
    "sort": ("newest", "oldest", "alphabet"),
}


def note_field(**options: Any) -> ft.TextField:
    """A field for a note, the same for a new one and for one that is changed: Enter ends it, Shift+Enter breaks the line."""
    return ft.TextField(multiline=True, shift_enter=True, min_lines=1, max_lines=8, **options)


@dataclass
class Fields:
    """What the user types and presses: kept while the screens around it are made anew, so that nothing of it is lost."""

    email: ft.TextField
    password: ft.TextField
    note: ft.TextField
    add: ft.FilledButton
    adding: ft.Row
    choices: dict[str, ft.RadioGroup]

    @classmethod
    def make(cls) -> Fields:
        """Return empty ones."""
        choices = {
            name: ft.RadioGroup(content=ft.Row([ft.Radio(value=value) for value in values], wrap=True))
            for name, values in CHOICES.items()
        }
        note, add = note_field(expand=True), ft.FilledButton()
        return cls(
            *make_sign_in_fields(), note, add, ft.Row([note, add], vertical_alignment=ft.CrossAxisAlignment.START), choices
        )

    def forget_sign_in(self) -> None:
        """Start the next sign-in with new fields: emptying the old ones could come after what is typed then."""
        self.email, self.password = make_sign_in_fields()

    def show_settings(self, settings: dict[str, str], defaults: dict[str, str], *, is_offline: bool) -> None:
        """Show what the site has accepted, whatever was pressed since."""
        for name, group in self.choices.items():
            group.value = settings.get(name, defaults[name])
            group.disabled = is_offline
        self.add.disabled = is_offline


def make_sign_in_fields() -> tuple[ft.TextField, ft.TextField]:
    """Return empty fields for e-mail address and password."""
    email = ft.TextField(keyboard_type=ft.KeyboardType.EMAIL, autofill_hints=ft.AutofillHint.EMAIL)
    return email, ft.TextField(password=True, can_reveal_password=True, autofill_hints=ft.AutofillHint.PASSWORD)


def sign_in_screen(
    _: Words,
    fields: Fields,
    *,
    on_password: Press,
    on_sign_up: Press,
    on_forgot: Press,
    on_google: Press | None,
    on_browser: Press | None,
    on_typed: Press,
) -> list[ft.Control]:
    """E-mail and password; Google, and the site's page in the browser, where they are offered."""
    fields.email.label, fields.password.label = _("email"), _("password")
    fields.email.on_submit = fields.password.on_submit = lambda _e: on_password()
    fields.email.on_change = fields.password.on_change = lambda _e: on_typed()
    elsewhere = [
        ft.OutlinedButton(_(key), icon=icon, on_click=lambda _e, press=press: press())
        for key, icon, press in (
            ("google", ft.Icons.ACCOUNT_CIRCLE, on_google),
            ("browser", ft.Icons.OPEN_IN_NEW, on_browser),
        )
        if press
    ]
    return [
        ft.Text(_("tagline")),
        *([*elsewhere, ft.Divider()] if elsewhere else []),
        ft.AutofillGroup(ft.Column([fields.email, fields.password], horizontal_alignment=ft.CrossAxisAlignment.STRETCH)),
        ft.FilledButton(_("sign_in"), on_click=lambda _e: on_password()),
        ft.TextButton(_("sign_up"), on_click=lambda _e: on_sign_up()),
        ft.TextButton(_("forgot"), on_click=lambda _e: on_forgot()),
    ]


def waiting_screen(_: Words, time: str, address: str, *, on_cancel: Press) -> list[ft.Control]:
    """What is waited for while the user is in the browser, and how to have the page again where it is not there."""
    return [
        ft.Text(_("waiting_for_browser", time=time)),
        ft.OutlinedButton(_("open_again"), icon=ft.Icons.OPEN_IN_NEW, url=address),
        ft.TextButton(_("cancel"), on_click=lambda _e: on_cancel()),
    ]


def notes_screen(
    _: Words,
    fields: Fields,
    notes: list[dict[str, Any]],
    *,
    is_offline: bool,
    on_add: Press,
    on_typed: Press,
    on_edit: Press,
    on_delete: Press,
) -> list[ft.Control]:
    """The notes, and a field for a new one."""
    fields.note.label, fields.note.on_submit = _("new_note"), lambda event: on_add(event.data)
    fields.note.on_change = lambda event: on_typed(event.control.value)
    fields.add.content, fields.add.on_click = _("add"), lambda _e: on_add()
    rows = [note_row(_, note, is_offline=is_offline, on_edit=on_edit, on_delete=on_delete) for note in notes]
    return [fields.adding, *(rows or [ft.Text(_("nothing"))])]


def note_row(_: Words, note: dict[str, Any], *, is_offline: bool, on_edit: Press, on_delete: Press) -> ft.Control:
    """One note, with what can be done with it."""
    text = note["text"]
    edit, delete = (
        ft.IconButton(icon, tooltip=f"{_(key)}: {text}", disabled=is_offline, on_click=lambda _e, press=press: press(note))
        for key, icon, press in (("edit", ft.Icons.EDIT, on_edit), ("delete", ft.Icons.DELETE, on_delete))
    )
    shown = ft.Container(ft.Text(text), expand=True, padding=12)
    return ft.Container(ft.Row([shown, edit, delete]), bgcolor=ft.Colors.SURFACE_CONTAINER, border_radius=12)


def settings_screen(_: Words, fields: Fields, *, on_choose: Press) -> list[ft.Control]:
    """Theme, language, sort order."""
    shown: list[ft.Control] = []
    for name, group in fields.choices.items():
        group.on_change = lambda event, name=name: on_choose(name, event.control.value)
        for radio in group.content.controls:
            radio.label = LANGUAGES.get(radio.value) or _(radio.value)
        shown += [ft.Text(_(name), weight=ft.FontWeight.BOLD), group]
    return shown


def devices_screen(
    _: Words, devices: list[dict[str, Any]], now: datetime, *, is_offline: bool, on_sign_out: Press
) -> list[ft.Control]:
    """Where the user is signed in."""
    if not devices:
        return [ft.Text(_("devices_later") if is_offline else _("working"))]
    return [device_row(_, device, now, is_offline=is_offline, on_sign_out=on_sign_out) for device in devices]


def device_row(_: Words, device: dict[str, Any], now: datetime, *, is_offline: bool, on_sign_out: Press) -> ft.Control:
    """One device, with how to sign it out where it is another."""
    name = name_device(device["client_name"], device["user_agent"])
    out = ft.TextButton(_("sign_out"), disabled=is_offline, on_click=lambda _e: on_sign_out(device["id"]))
    is_small = is_phone(f"{name} {device['user_agent']}")
    return ft.ListTile(
        leading=ft.Icons.SMARTPHONE if is_small else ft.Icons.COMPUTER,
        title=name or _("unknown_device"),
        subtitle=_("this_device") if device["current"] else _.say_ago(device["last_seen_at"], now),
        trailing=None if device["current"] else out,
    )
