"""Doubles of what the Notes app's own logic meets: Flet's page, which only a browser has, and the site with Firebase."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from flask_firebase_login_client import Cancelled, SessionState


class PageDouble:
    """Flet's page, without a client."""

    def __init__(self):
        self.route, self.width, self.tasks, self.dialogs, self.routes = "/", 400, [], [], []
        self.web, self.url, self.client_ip = False, None, None

    def add(self, *controls):
        self.controls = controls

    def update(self):
        pass

    def run_task(self, work, *arguments):
        self.tasks.append(asyncio.ensure_future(work(*arguments)))

    def show_dialog(self, dialog):
        dialog.open = True
        self.dialogs.append(dialog)

    def pop_dialog(self):
        return self.dialogs.pop() if self.dialogs else None

    def navigate(self, route):
        self.routes.append(route)

    async def push_route(self, route):
        self.routes.append(route)

    async def get_device_info(self):
        return None

    async def settle(self):
        """Wait until all that was begun is done."""
        while self.tasks:
            await self.tasks.pop()


class BackendDouble:
    """The site and Firebase; each call waits for `is_open`, then fails with `error` where there is one."""

    ACCOUNT_PAGE = "https://notes.example/auth/continue?link=…"

    def __init__(self):
        self.state, self.settings, self.notes, self.devices, self.name = SessionState.SIGNED_IN, {}, [], [], None
        self.calls, self.error, self.is_reachable, self.has_emulator = [], None, True, True
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.firebase = self
        self.sign_in_time = timedelta(minutes=5)

    def __getattr__(self, name):
        async def call(*arguments, **options):
            self.calls.append((name, *arguments))
            await self.is_open.wait()
            if self.error:
                raise self.error

        return call

    async def sign_in_by_browser(self, open_address):
        """The user is at the site's page while `is_open` is not set."""
        await open_address("https://notes.example/auth/authorize")
        self.calls.append(("sign_in_by_browser",))
        await self.is_open.wait()
        if self.error:
            raise self.error
        self.state = SessionState.SIGNED_IN

    def cancel_browser(self):
        """End that."""
        self.error = Cancelled()
        self.is_open.set()

    async def find_account_page(self):
        if self.error:
            raise self.error
        return self.ACCOUNT_PAGE

    async def look(self, *, at_devices=False):
        return True

    async def reaches(self, url):
        return self.is_reachable
