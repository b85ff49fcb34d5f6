"""What the app shows, as functions that make controls; what happens at a press is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flet as ft

Words = Callable[[str], str]
Press = Callable[..., Any]

LANGUAGES = {"en": "English", "de": "Deutsch"}
CHOICES = {"theme": ("light", "dark"), "language": tuple(LANGUAGES), "sort": ("newest", "oldest", "alphabet")}
DEFAULTS = {name: values[0] for name, values in CHOICES.items()}


@dataclass
class Fields:
    """What the person types and presses: kept while the screens around it are made anew, so that nothing of it is lost."""

    email: ft.TextField
    password: ft.TextField
    note: ft.TextField
    adding: ft.Row
    choices: dict[str, ft.RadioGroup]

    @classmethod
    def make(cls) -> Fields:
        """Return empty ones."""
        email = ft.TextField(keyboard_type=ft.KeyboardType.EMAIL, autofill_hints=ft.AutofillHint.EMAIL)
        choices = {
            name: ft.RadioGroup(content=ft.Row([ft.Radio(value=value) for value in values], wrap=True))
            for name, values in CHOICES.items()
        }
        password, note = ft.TextField(password=True, can_reveal_password=True), ft.TextField(expand=True)
        return cls(email, password, note, ft.Row([note, ft.FilledButton()]), choices)


def sign_in_screen(
    _: Words, fields: Fields, *, on_password: Press, on_sign_up: Press, on_google: Press | None
) -> list[ft.Control]:
    """E-mail and password, or Google where that is offered."""
    fields.email.label, fields.password.label = _("email"), _("password")
    fields.password.on_submit = lambda _e: on_password()
    google = (
        []
        if on_google is None
        else [
            ft.OutlinedButton(_("google"), icon=ft.Icons.ACCOUNT_CIRCLE, on_click=lambda _e: on_google()),
            ft.Divider(),
        ]
    )
    return [
        ft.Text(_("tagline")),
        *google,
        fields.email,
        fields.password,
        ft.FilledButton(_("sign_in"), on_click=lambda _e: on_password()),
        ft.TextButton(_("sign_up"), on_click=lambda _e: on_sign_up()),
    ]


def google_dialog(_: Words, people: list[dict[str, str]], *, on_choose: Press, on_cancel: Press) -> ft.AlertDialog:
    """In place of Google's own window, where the emulator is in use: choose one of its people, or make one up."""
    email, name = ft.TextField(label=_("email")), ft.TextField(label=_("name"))
    known = [
        ft.TextButton(f"{person['name']} · {person['email']}", on_click=lambda _e, person=person: on_choose(**person))
        for person in people
    ]
    return ft.AlertDialog(
        modal=True,
        title=_("who"),
        content=ft.Column([*known, email, name], tight=True, scroll=ft.ScrollMode.AUTO),
        actions=[
            ft.TextButton(_("cancel"), on_click=lambda _e: on_cancel()),
            ft.FilledButton(_("continue"), on_click=lambda _e: on_choose(email=email.value, name=name.value)),
        ],
    )


def notes_screen(
    _: Words, fields: Fields, notes: list[dict[str, Any]], *, on_add: Press, on_edit: Press, on_delete: Press
) -> list[ft.Control]:
    """The notes, and a field for a new one."""
    note, button = fields.adding.controls
    note.label, note.on_submit = _("new_note"), lambda _e: on_add()
    button.content, button.on_click = _("add"), lambda _e: on_add()
    rows = [note_row(_, note, on_edit=on_edit, on_delete=on_delete) for note in notes]
    return [fields.adding, *(rows or [ft.Text(_("nothing"))])]


def note_row(_: Words, note: dict[str, Any], *, on_edit: Press, on_delete: Press) -> ft.Control:
    """One note, with what can be done with it."""
    text = note["text"]
    return ft.Container(
        ft.Row(
            [
                ft.Container(ft.Text(text), expand=True, padding=12),
                ft.IconButton(ft.Icons.EDIT, tooltip=f"{_('edit')}: {text}", on_click=lambda _e: on_edit(note)),
                ft.IconButton(ft.Icons.DELETE, tooltip=f"{_('delete')}: {text}", on_click=lambda _e: on_delete(note)),
            ]
        ),
        bgcolor=ft.Colors.SURFACE_CONTAINER,
        border_radius=12,
    )


def note_dialog(_: Words, note: dict[str, Any], *, on_save: Press, on_cancel: Press) -> ft.AlertDialog:
    """One note, to be changed."""
    text = ft.TextField(label=_("edit"), value=note["text"], autofocus=True, multiline=True)
    return ft.AlertDialog(
        title=_("edit"),
        content=text,
        actions=[
            ft.TextButton(_("cancel"), on_click=lambda _e: on_cancel()),
            ft.FilledButton(_("save"), on_click=lambda _e: on_save(note["id"], text.value)),
        ],
    )


def settings_screen(_: Words, fields: Fields, settings: dict[str, str], *, on_choose: Press) -> list[ft.Control]:
    """Theme, language, sort order."""
    shown: list[ft.Control] = []
    for name, group in fields.choices.items():
        group.value = settings.get(name, DEFAULTS[name])
        group.on_change = lambda event, name=name: on_choose(name, event.control.value)
        for radio in group.content.controls:
            radio.label = LANGUAGES.get(radio.value) or _(radio.value)
        shown += [ft.Text(_(name), weight=ft.FontWeight.BOLD), group]
    return shown


def devices_screen(_: Words, devices: list[dict[str, Any]], *, on_sign_out: Press) -> list[ft.Control]:
    """Where the person is signed in."""
    return [
        ft.ListTile(
            title=device["client_name"] or device["user_agent"] or "?",
            subtitle=_("this_device") if device["current"] else device["last_seen_at"][:16].replace("T", " "),
            trailing=None
            if device["current"]
            else ft.TextButton(_("sign_out"), on_click=lambda _e, device=device: on_sign_out(device["id"])),
        )
        for device in devices
    ]
