"""What happens at each press."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import dialogs
import flet as ft
import httpx

if TYPE_CHECKING:
    from notes_app import NotesApp

ROUTES = {"notes": "/", "settings": "/settings", "devices": "/devices"}
MAX_NOTE_CHARACTERS = 2000
LATE_SECONDS = 2
"""How long what was typed before a field was emptied may take to come."""
QUIET_SECONDS = 0.3
"""How long nothing is typed before what came late is put into the field: it would overwrite what is being typed."""


class Presses:
    """The presses of one app.

    Args:
        app: The app.
    """

    def __init__(self, app: NotesApp) -> None:
        self._app = app
        self._added, self._added_at = "", 0.0
        self._late, self._since, self._typings = "", "", 0
        self._undo: ft.SnackBar | None = None

    def go(self, screen: str) -> None:
        """Go to another screen, so that the browser's Back leads here again."""
        self._app.page.navigate(ROUTES[screen])

    # Signing in and out

    def sign_in(self) -> None:
        """Sign in with what is in the fields."""
        self._enter_with_password(self._app.backend.firebase.sign_in_with_password)

    def sign_up(self) -> None:
        """Make an account of what is in the fields."""
        self._enter_with_password(self._app.backend.firebase.sign_up)

    def forgot(self) -> None:
        """Send a link for a new password to the address in the field."""
        email = self._app.fields.email.value.strip()

        async def send() -> None:
            await self._app.backend.send_password_reset(email)
            self._app.say("reset_sent", email=email)

        if dialogs.is_email(email):
            self._app.do("forgot", send)
        else:
            self._app.object_to("invalid_email")

    def google(self) -> None:
        """Choose one of the emulator's users, or make one up."""
        app = self._app

        def choose(email: str, name: str, sub: str | None = None) -> None:
            app.page.pop_dialog()
            app.do("sign_in", lambda: self._enter(app.backend.sign_in_as_google_person(email, name, sub)))

        async def ask() -> None:
            people = await app.backend.list_google_people()
            dialog = dialogs.google_dialog(app.words, people, on_choose=choose, on_cancel=app.page.pop_dialog)
            app.page.show_dialog(dialog)

        app.do("google", ask)

    def browser(self) -> None:
        """Sign in at the site's page, in the user's browser, and wait until they have come back from there."""
        app = self._app

        async def enter() -> None:
            try:
                await app.backend.sign_in_by_browser(self._open_and_wait)
            finally:
                app.page_in_browser = None
            app.fields.forget_sign_in()
            await app.look()

        app.do("browser", enter)

    def cancel_browser(self) -> None:
        """Wait for the browser no longer."""
        self._app.backend.cancel_browser()

    def my_account(self) -> None:
        """Open the site's account page in the user's browser, signed in."""
        app = self._app

        async def open_page() -> None:
            try:
                address = await app.backend.find_account_page()
            except httpx.TransportError:
                app.tell_offline("account_later")
            else:
                await app.open_address(address)

        app.do("my_account", open_page)

    def sign_out(self) -> None:
        """Sign out, here and at the site."""

        async def leave() -> None:
            await self._app.backend.sign_out()
            if self._app.screen != "notes":
                await self._app.page.push_route(ROUTES["notes"])

        self._app.do("sign_out", leave)

    def _enter_with_password(self, at_firebase: Callable[[str, str], Awaitable[object]]) -> None:
        email, password = self._app.fields.email.value.strip(), self._app.fields.password.value
        if not dialogs.is_email(email):
            self._app.object_to("invalid_email")
        elif not password:
            self._app.object_to("no_password")
        else:
            self._app.do("sign_in", lambda: self._enter(at_firebase(email, password)))

    async def _open_and_wait(self, address: str) -> None:
        self._app.page_in_browser = address
        self._app.show()
        await self._app.open_address(address)

    async def _enter(self, at_firebase: Awaitable[object]) -> None:
        await at_firebase
        await self._app.backend.sign_in()
        self._app.fields.forget_sign_in()  # not before it has worked: nothing typed is lost
        await self._app.look()

    # Notes

    def type_note(self, text: str) -> None:
        """Keep what was typed after Enter and before the browser knew that the field is empty: it belongs to the next note.

        It comes with the added note before it. What is typed then comes without; both are joined once the user pauses.
        """
        if not self._late and time.monotonic() - self._added_at > LATE_SECONDS:
            return
        if len(text) > len(self._added) and text.startswith(self._added):
            self._late = text.removeprefix(self._added).lstrip("\n")
        else:
            self._since = text
        self._typings += 1
        if self._late:
            self._app.page.run_task(self._join, self._typings)

    async def _join(self, typings: int) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        if self._late and typings == self._typings:
            self._app.fields.note.value = self._take_typed()
            self._app.page.update()

    def _take_typed(self) -> str:
        typed = self._late + self._since if self._late else self._app.fields.note.value
        self._late, self._since, self._added_at = "", "", 0.0
        return typed

    def add(self, at_enter: str | None = None) -> None:
        """Keep a new note. The field is empty at once, so that a second press adds nothing and the next note can be typed.

        Args:
            at_enter: What the field held when Enter was pressed; by now it may hold the beginning of the next note, too.
        """
        app, shown, has_late = self._app, self._app.fields.note.value, bool(self._late)
        typed = self._take_typed()
        is_ahead = not has_late and bool(at_enter) and typed != at_enter and typed.startswith(at_enter or "")
        if is_ahead and at_enter:
            typed = at_enter
        text = typed.strip()
        if not text:
            return
        if len(text) > MAX_NOTE_CHARACTERS:
            app.object_to("note_length")
            return
        self._added, self._added_at = typed, time.monotonic()
        app.fields.note.value = ""
        if is_ahead:
            self.type_note(shown)

        async def add() -> None:
            try:
                await app.backend.add_note(text)
            except BaseException:
                since = app.fields.note.value
                app.fields.note.value = f"{text}\n{since}" if since else text  # nothing typed is lost
                raise
            await app.look()

        app.do(f"add {self._added_at}", add)

    def edit(self, note: dict[str, Any]) -> None:
        """Open a note, to be changed."""
        app = self._app

        def save(typed: str) -> None:
            text = typed.strip()
            if 0 < len(text) <= MAX_NOTE_CHARACTERS:
                app.do("save", lambda: self._save(note["id"], text), on_error=tell)
            else:
                tell(app.words("note_length"))

        def tell(sentence: str) -> None:
            field.error = sentence
            app.page.update()

        dialog, field = dialogs.note_dialog(app.words, note, on_save=save, on_cancel=app.page.pop_dialog)
        app.page.show_dialog(dialog)

    def delete(self, note: dict[str, Any]) -> None:
        """Delete a note, and offer to have it back."""
        app = self._app

        async def delete() -> None:
            await app.backend.delete_note(note["id"])
            await app.look()
            if self._undo and self._undo.open:
                self._undo.open = False
                self._undo.update()
            self._undo = dialogs.undo_bar(app.words, app.page.width or dialogs.WIDTH, on_undo=lambda: app.do("undo", restore))
            app.page.show_dialog(self._undo)

        async def restore() -> None:
            await app.backend.restore_note(note["id"])
            await app.look()

        app.do(f"delete {note['id']}", delete)

    async def _save(self, note_id: int, text: str) -> None:
        await self._app.backend.change_note(note_id, text)
        self._app.page.pop_dialog()  # not before the site has it: nothing typed is lost
        await self._app.look()

    # Settings and devices

    def choose_setting(self, name: str, value: str) -> None:
        """Change a setting."""

        async def write() -> None:
            await self._app.backend.write_setting(name, value)
            await self._app.look()

        self._app.do(f"choose {name}", write)

    def sign_device_out(self, session_id: str) -> None:
        """Sign another device out."""

        async def sign_out() -> None:
            await self._app.backend.sign_device_out(session_id)
            await self._app.look()

        self._app.do(f"sign out {session_id}", sign_out)
