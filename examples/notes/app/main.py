"""Notes, the app: `python main.py` opens a window, `python main.py --web --port 8550` serves it to browsers.

Its people, settings and notes are the site's. Its session is kept on the device, so that it survives a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import Any

import flet as ft
import httpx
import screens
from backend import Backend, Settings

from flask_firebase_login_client import ClientError, FletStore, NotSignedInAtFirebase, SessionState

TEXTS = json.loads((Path(__file__).parent.parent / "texts.json").read_text(encoding="utf-8"))
POLL_SECONDS = float(os.environ.get("NOTES_POLL_SECONDS", "3"))


class NotesApp:
    """One person's app on one page.

    Args:
        page: Flet's.
        backend: The site and Firebase.
    """

    def __init__(self, page: ft.Page, backend: Backend) -> None:
        self.page = page
        self.backend = backend
        self.screen = "notes"
        self.is_seen = asyncio.Event()
        self.is_seen.set()
        self.devices: list[dict[str, Any]] = []
        self.fields = screens.Fields.make()
        self.back = ft.IconButton(ft.Icons.ARROW_BACK, on_click=lambda _: self.go("notes"))
        self.ways = {
            "settings": ft.IconButton(ft.Icons.SETTINGS, on_click=lambda _: self.go("settings")),
            "devices": ft.IconButton(ft.Icons.DEVICES, on_click=lambda _: self.go("devices")),
            "sign_out": ft.IconButton(ft.Icons.LOGOUT, on_click=lambda _: self.on_sign_out()),
        }
        self.page.appbar = ft.AppBar()
        self.body = ft.Column(expand=True, scroll=ft.ScrollMode.AUTO, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
        self.notice = ft.Container(ft.Text(), visible=False, padding=12, bgcolor=ft.Colors.ERROR_CONTAINER)

    async def run(self) -> None:
        """Show the first frame by what is kept, without a call; then look again and again."""
        await self.backend.start()
        self.page.theme = self.page.dark_theme = ft.Theme(color_scheme_seed="#6b4eff")
        self.page.add(self.notice, self.body)
        self.backend.subscribe(lambda _: self.show())
        self.show()
        while True:
            await self.is_seen.wait()
            await self.look()
            await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> None:
        """Show what has changed at the site, whoever changed it."""
        if self.backend.state is SessionState.SIGNED_OUT:
            return
        try:
            if await self.backend.look():
                self.show()
        except (NotSignedInAtFirebase, httpx.HTTPError):
            return  # the state tells, and has been shown
        except ClientError as error:
            self.tell(str(error))

    def show(self) -> None:
        """Show the screen that the state, the settings and the person's choice ask for."""
        state = self.backend.state
        self.page.title = self.word("notes")
        self.page.theme_mode = ft.ThemeMode.DARK if self.backend.settings.get("theme") == "dark" else ft.ThemeMode.LIGHT
        self.notice.visible = state is SessionState.OFFLINE
        self.notice.content.value = self.word("offline")
        is_signed_in = state is not SessionState.SIGNED_OUT
        self.show_bar(is_signed_in=is_signed_in)
        self.body.controls = self.make_screen() if is_signed_in else self.make_sign_in_screen()
        self.page.update()

    def make_sign_in_screen(self) -> list[ft.Control]:
        """Return the controls for somebody who is signed out."""
        on_google = self.on_google if self.backend.has_emulator else None
        return screens.sign_in_screen(
            self.word, self.fields, on_password=self.on_password, on_sign_up=self.on_sign_up, on_google=on_google
        )

    def make_screen(self) -> list[ft.Control]:
        """Return the controls of the screen at hand."""
        if self.screen == "settings":
            return screens.settings_screen(self.word, self.fields, self.backend.settings, on_choose=self.on_choose_setting)
        if self.screen == "devices":
            return screens.devices_screen(self.word, self.devices, on_sign_out=self.on_sign_device_out)
        return screens.notes_screen(
            self.word, self.fields, self.backend.notes, on_add=self.on_add, on_edit=self.on_edit, on_delete=self.on_delete
        )

    def show_bar(self, *, is_signed_in: bool) -> None:
        """Bring the bar up to date; its buttons are kept, so that no press is lost."""
        is_home = self.screen == "notes" or not is_signed_in
        name = (self.backend.auth.account or {}).get("name")
        self.back.tooltip = self.word("back")
        for key, button in self.ways.items():
            button.tooltip = self.word(key)
        bar = self.page.appbar
        bar.title = self.word("notes") + (f" · {name}" if name else "") if is_home else self.word(self.screen)
        bar.leading = None if is_home else self.back
        bar.actions = [*self.ways.values()] if is_signed_in else []

    def word(self, key: str) -> str:
        """Return a text in the person's language."""
        return TEXTS[self.backend.settings.get("language", "en")][key]

    def go(self, screen: str) -> None:
        """Go to another screen."""
        self.screen = screen
        self.show()
        if screen == "devices":
            self.do(self.load_devices())

    def tell(self, sentence: str) -> None:
        """Tell the person something that went wrong."""
        self.page.show_dialog(ft.SnackBar(sentence))

    def do(self, work: Any) -> None:
        """Do something that asks the site or Firebase, and tell what went wrong."""

        async def attempt() -> None:
            try:
                await work
            except httpx.HTTPStatusError as error:
                self.tell(error.response.text[:200])
            except (ClientError, httpx.HTTPError, ValueError) as error:
                self.tell(str(error) or type(error).__name__)

        self.page.run_task(attempt)

    # What happens at a press

    def on_password(self) -> None:
        self.do(self.enter(self.backend.firebase.sign_in_with_password(self.fields.email.value, self.fields.password.value)))

    def on_sign_up(self) -> None:
        self.do(self.enter(self.backend.firebase.sign_up(self.fields.email.value, self.fields.password.value)))

    def on_google(self) -> None:
        self.do(self.choose_google_person())

    def on_sign_out(self) -> None:
        self.do(self.leave())

    def on_add(self) -> None:
        text = self.fields.note.value.strip()
        if text:
            self.do(self.add(text))

    def on_edit(self, note: dict[str, Any]) -> None:
        dialog = screens.note_dialog(self.word, note, on_save=self.on_save, on_cancel=self.page.pop_dialog)
        self.page.show_dialog(dialog)

    def on_save(self, note_id: int, text: str) -> None:
        self.page.pop_dialog()
        self.do(self.then_look(self.backend.change_note(note_id, text)))

    def on_delete(self, note: dict[str, Any]) -> None:
        self.do(self.then_look(self.backend.delete_note(note["id"])))

    def on_choose_setting(self, name: str, value: str) -> None:
        self.do(self.then_look(self.backend.write_setting(name, value)))

    def on_sign_device_out(self, session_id: int) -> None:
        self.do(self.sign_device_out(session_id))

    async def enter(self, at_firebase: Any) -> None:
        await at_firebase
        await self.backend.sign_in()
        self.fields.email.value = self.fields.password.value = ""  # not before it has worked: nothing typed is lost
        await self.look()

    async def add(self, text: str) -> None:
        await self.backend.add_note(text)
        self.fields.note.value = ""  # not before the site has it: nothing typed is lost
        await self.look()

    async def choose_google_person(self) -> None:
        def choose(email: str, name: str, sub: str | None = None) -> None:
            self.page.pop_dialog()
            self.do(self.enter(self.backend.sign_in_as_google_person(email, name, sub)))

        people = await self.backend.list_google_people()
        self.page.show_dialog(screens.google_dialog(self.word, people, on_choose=choose, on_cancel=self.page.pop_dialog))

    async def leave(self) -> None:
        await self.backend.sign_out()
        self.screen = "notes"
        self.show()

    async def load_devices(self) -> None:
        self.devices = await self.backend.list_devices()
        self.show()

    async def sign_device_out(self, session_id: int) -> None:
        await self.backend.sign_device_out(session_id)
        await self.load_devices()

    async def then_look(self, work: Any) -> None:
        await work
        await self.look()


async def main(page: ft.Page) -> None:
    """Run the app on a page, until the page is closed."""
    preferences = ft.SharedPreferences()
    device = f"Notes · {page.platform.value}" if page.platform else "Notes"
    stores = [FletStore(preferences, f"notes.{name}") for name in ("session", "firebase", "cache")]
    backend = Backend(Settings.from_environment(), *stores, device)
    app, running = NotesApp(page, backend), asyncio.current_task()
    page.on_disconnect = lambda _: app.is_seen.clear()  # nobody looks: nothing is asked
    page.on_connect = lambda _: app.is_seen.set()
    page.on_close = lambda _: running.cancel() if running else None
    try:
        await app.run()
    finally:
        await backend.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Notes, the app.")
    arguments.add_argument("--web", action="store_true", help="serve it to browsers instead of opening a window")
    arguments.add_argument("--port", type=int, default=8550, help="where to serve it")
    chosen = arguments.parse_args()
    if chosen.web:
        ft.run(main, view=None, host="127.0.0.1", port=chosen.port, no_cdn=True)
    else:
        ft.run(main)
