"""Doubles of what the Notes app's own logic meets: Flet's page, which only a browser has, and the site with Firebase."""

from __future__ import annotations

import asyncio

from flask_firebase_login_client import SessionState


class PageDouble:
    """Flet's page, without a client."""

    def __init__(self):
        self.route, self.width, self.tasks, self.dialogs, self.routes = "/", 400, [], [], []

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

    def __init__(self):
        self.state, self.settings, self.notes, self.devices, self.name = SessionState.SIGNED_IN, {}, [], [], None
        self.calls, self.error, self.is_reachable, self.has_emulator = [], None, True, True
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.firebase = self

    def __getattr__(self, name):
        async def call(*arguments, **options):
            self.calls.append((name, *arguments))
            await self.is_open.wait()
            if self.error:
                raise self.error

        return call

    async def look(self, *, at_devices=False):
        return True

    async def reaches(self, url):
        return self.is_reachable
