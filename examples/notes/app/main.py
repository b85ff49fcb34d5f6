"""Notes, the app: `python main.py` opens a window, `python main.py --web --port 8550` serves it to browsers.

Its users, settings and notes are the site's. Its session is kept on the device, so that it survives a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import locale
import os

import flet as ft
from backend import Backend, Settings
from names import name_this_device
from notes_app import NotesApp
from preferences import WindowPreferences
from words import Words, choose_language

from flask_firebase_login_client import AnswerPage, FletStore

POLL_SECONDS = float(os.environ.get("NOTES_POLL_SECONDS", "3"))


async def main(page: ft.Page) -> None:
    """Run the app on a page, until the page is closed."""
    language = choose_language(await find_languages(page))
    system = page.platform.value if page.platform else None
    device = name_this_device("Notes", page.client_user_agent if page.web else None, system)
    preferences = WindowPreferences(ft.SharedPreferences())
    stores = [FletStore(preferences, f"notes.{name}") for name in ("session", "firebase", "cache")]
    backend = Backend(Settings.from_environment(), *stores, device, make_answer_pages(Words(language)))
    open_address, running = ft.UrlLauncher().launch_url, asyncio.current_task()
    app = NotesApp(page, backend, language=language, poll_seconds=POLL_SECONDS, open_address=open_address)
    page.on_disconnect = lambda _: app.is_seen.clear()  # nobody looks: nothing is asked
    page.on_connect = lambda _: (preferences.ask_again(), page.run_task(app.come_back))
    page.on_close = lambda _: running.cancel() if running else None
    try:
        await app.run()
    finally:
        await backend.close()


async def find_languages(page: ft.Page) -> list[str | None]:
    """Return the languages of the device, the preferred one first: the browser's, else the system's."""
    info = await page.get_device_info() if page.web else None
    return [*(getattr(info, "languages", None) or []), getattr(info, "language", None), locale.getlocale()[0]]


def make_answer_pages(_: Words) -> tuple[AnswerPage, AnswerPage]:
    """Return what the browser shows after a sign-in there: where it worked, and where it did not."""
    done, failed = (AnswerPage(_("notes"), _(key), _.language) for key in ("browser_done", "browser_failed"))
    return done, failed


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Notes, the app.")
    arguments.add_argument("--web", action="store_true", help="serve it to browsers instead of opening a window")
    arguments.add_argument("--port", type=int, default=8550, help="where to serve it")
    chosen = arguments.parse_args()
    if chosen.web:
        ft.run(main, view=None, host="127.0.0.1", port=chosen.port, no_cdn=True)
    else:
        ft.run(main)
