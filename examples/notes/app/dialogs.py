"""What opens above a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flet as ft
from screens import Press, note_field
from words import Words

WIDTH = 440
UNDO_SECONDS = 8


def is_email(text: str) -> bool:
    """Whether a text may be an e-mail address; whether somebody has it, Firebase knows."""
    name, at, domain = text.strip().partition("@")
    return bool(name and at and domain) and " " not in text.strip()


def note_dialog(_: Words, note: dict[str, Any], *, on_save: Press, on_cancel: Press) -> tuple[ft.AlertDialog, ft.TextField]:
    """One note, to be changed; returns its field too."""
    text = note_field(label=_("edit"), value=note["text"], autofocus=True)
    text.on_submit = lambda _e: on_save(text.value)
    dialog = make_dialog(_("edit"), [text], cancel=_("cancel"), act=_("save"), on_act=text.on_submit, on_cancel=on_cancel)
    return dialog, text


def google_dialog(_: Words, people: list[dict[str, str]], *, on_choose: Press, on_cancel: Press) -> ft.AlertDialog:
    """In place of Google's own window, where the emulator is in use: choose one of its users, or make one up."""
    email, name = ft.TextField(label=_("email")), ft.TextField(label=_("name"))

    def make_up(_e: Any) -> None:
        email.error = None if is_email(email.value) else _("invalid_email")
        name.error = None if name.value.strip() else _("no_name")
        if email.error or name.error:
            email.page.update()
        else:
            on_choose(email=email.value.strip(), name=name.value.strip())

    name.on_submit = make_up
    known = [
        ft.TextButton(f"{person['name']} · {person['email']}", on_click=lambda _e, person=person: on_choose(**person))
        for person in people
    ]
    fields = [*known, email, name]
    return make_dialog(_("who"), fields, cancel=_("cancel"), act=_("continue"), on_act=make_up, on_cancel=on_cancel)


def make_dialog(
    title: str, controls: list[ft.Control], *, cancel: str, act: str, on_act: Callable[[Any], None], on_cancel: Press
) -> ft.AlertDialog:
    """A dialog as wide as is good to read, on a narrow window as wide as that."""
    return ft.AlertDialog(
        modal=True,
        title=title,
        content=ft.Column(controls, tight=True, width=WIDTH, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        scrollable=True,
        actions=[ft.TextButton(cancel, on_click=lambda _e: on_cancel()), ft.FilledButton(act, on_click=on_act)],
    )


def undo_bar(_: Words, page_width: float, *, on_undo: Press) -> ft.SnackBar:
    """Tells that a note is deleted, and how to have it back."""
    return ft.SnackBar(
        _("deleted"),
        behavior=ft.SnackBarBehavior.FLOATING,
        width=min(page_width - 24, WIDTH),
        action=ft.SnackBarAction(_("undo"), on_click=lambda _e: on_undo()),
        duration=ft.Duration(seconds=UNDO_SECONDS),
        persist=False,
    )
