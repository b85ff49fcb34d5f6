"""Drives the Python client through the conformance cases: `python conformance_driver.py sync`, `… async` or `… trio`.

The format is that of `clients/conformance/README.md`: a JSON object a line, answered by one.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx

from flask_firebase_login_client import (
    BrowserSignIn,
    ClientError,
    DeviceCode,
    DeviceSignIn,
    FileStore,
    FirebaseLoginAuth,
    MemoryStore,
    StoreFailed,
)
from flask_firebase_login_client.cookies import CookieJar
from flask_firebase_login_client.dates import parse_http_date

TLS = httpx.create_ssl_context()
"""For all clients: each would read the certificates anew."""
WITHOUT_LIMITS = httpx.Limits(max_connections=None)


class WatchedStore:
    """A store that counts, and fails where the case says so."""

    def __init__(self, inner: Any, fails: list[str]) -> None:
        self.inner = inner
        self.lock = inner.lock
        self.fails = fails
        self.saves = 0

    def load(self) -> str | None:
        if "load" in self.fails:
            raise OSError("the store cannot be read")
        return self.inner.load()

    def save(self, text: str) -> None:
        if "save" in self.fails:
            raise OSError(28, "No space left on device")
        self.saves += 1
        self.inner.save(text)

    def clear(self) -> None:
        if "save" in self.fails:
            raise OSError(28, "No space left on device")
        self.saves += 1
        self.inner.clear()


class Subject:
    """What a case looks at around its clients: the store, Firebase and the clock, which they share as windows of one browser do."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.now = datetime.now(UTC) if told["now"] == "real" else datetime.fromisoformat(told["now"])
        self.id_tokens = told["id_tokens"]
        self.told_identity = told.get("identity")
        self.asked: list[bool] = []
        self.app_check_tokens = told.get("app_check")
        self.asked_app_check: list[bool] = []
        self.waits: list[float] = []
        self.progress: list[list[Any]] = []
        self.store_failures: list[StoreFailed] = []
        self.shown: list[DeviceCode] = []
        inner = FileStore(told["file"]) if "file" in told else MemoryStore(told.get("store"))
        self.store = WatchedStore(inner, told.get("store_fails", []))
        self.windows: dict[str, Window] = {}

    def make_auth(self) -> FirebaseLoginAuth:
        options = dict(self.told.get("options", {}))
        if "max_wait_seconds" in options:
            options["max_wait"] = timedelta(seconds=options.pop("max_wait_seconds"))
        options.pop("browser_owns_cookies", None)
        if self.told["now"] != "real":
            options |= {"clock": lambda: self.now, "sleep": self.sleep}
        if {"identity", "firebase"} & {*self.told}:
            options["identity"] = self.identity
        return FirebaseLoginAuth(
            self.told["site"],
            self.make_way() if "sign_in_by" in self.told else self.id_token,
            app_check=None if self.app_check_tokens is None else self.app_check,
            store=self.store,
            on_progress=lambda step, seconds: self.progress.append([step, seconds]),
            on_store_failed=self.store_failures.append,
            **options,
        )

    def make_way(self) -> BrowserSignIn | DeviceSignIn:
        told = dict(self.told["sign_in_by"])
        if told.pop("way") == "device":
            return DeviceSignIn(**told, show=self.shown.append)
        if "timeout_seconds" in told:
            told["timeout"] = timedelta(seconds=told.pop("timeout_seconds"))
        return BrowserSignIn(**told, open_browser=self.open_browser)

    def open_browser(self, address: str) -> None:
        """The user's browser, which goes wherever the case says that it comes back to."""
        told = httpx.get(self.told["browser"], params={"address": address}, timeout=60, trust_env=False)
        for back in told.json()["comes_back"]:
            with contextlib.suppress(httpx.TransportError):  # the client listens no more
                httpx.get(back, trust_env=False)

    def change(self, what: str, told: dict[str, Any]) -> None:
        match what:
            case "advance":
                self.now += timedelta(seconds=told["seconds"])
            case "identity":
                self.told_identity = told["uid"]
            case "mend_store":
                self.store.fails = []

    def identity(self) -> str | None:
        if "firebase" in self.told:
            return self.told["uids"].get(self.firebase()["uid"])
        return self.told_identity

    def firebase(self) -> dict[str, Any]:
        """Who is signed in at Firebase, and their ID token, by a file that several apps share."""
        return json.loads(Path(self.told["firebase"]).read_text())

    def id_token(self, *, force_refresh: bool) -> str | None:
        self.asked.append(force_refresh)
        if "firebase" in self.told:
            return self.firebase()["id_token"]
        return self.id_tokens.pop(0) if len(self.id_tokens) > 1 else self.id_tokens[0]

    def app_check(self, *, force_refresh: bool) -> str | None:
        self.asked_app_check.append(force_refresh)
        tokens = self.app_check_tokens
        token = tokens.pop(0) if len(tokens) > 1 else tokens[0]
        match token:
            case {"throws": why}:
                raise RuntimeError(why)
        return token

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


class Window:
    """A client under test, with an httpx client of its own: httpx keeps cookies too."""

    def __init__(self, subject: Subject, client: Any) -> None:
        self.subject = subject
        self.client = client
        self.auth = subject.make_auth()
        self.states = [str(self.auth.state)]
        self.auth.subscribe(lambda state: self.states.append(str(state)))

    def look(self) -> dict[str, Any]:
        subject = self.subject
        return {
            "state": str(self.auth.state),
            "states": self.states,
            "account": self.auth.account,
            "stored": subject.store.inner.load(),
            "saves": subject.store.saves,
            "asked": subject.asked,
            "asked_app_check": subject.asked_app_check,
            "waits": subject.waits,
            "progress": subject.progress,
            "store_failures": len(subject.store_failures),
            "shown": [asdict(one) | {"expires_at": one.expires_at.isoformat()[:19] + "Z"} for one in subject.shown],
        }


def receive_cookies(told: dict[str, Any]) -> dict[str, Any]:
    """What a jar sends, after what it received."""
    site, now = httpx.URL(told["site"]), datetime.fromisoformat(told["now"])
    jar = CookieJar(site.host, is_secure=site.scheme == "https")
    for one in told["received"]:
        date = parse_http_date(one.get("date", ""))
        jar.receive(one["headers"], path=one.get("path", "/"), now=now, server_now=date)
    return {"header": jar.header_for(told.get("path", "/"), now + timedelta(seconds=told.get("after", 0)))}


def describe_error(error: Exception) -> dict[str, Any]:
    if isinstance(error, httpx.TransportError):
        return {"error": {"kind": "unreachable", "message": str(error)}}
    if isinstance(error, httpx.TooManyRedirects):
        return {"error": {"kind": "too_many_redirects", "message": str(error)}}
    if not isinstance(error, ClientError):
        return {"error": {"kind": type(error).__name__, "message": str(error)}}
    kind = "".join(f"_{one.lower()}" if one.isupper() else one for one in type(error).__name__.replace("AtF", "_at_f")).strip(
        "_"
    )
    extra = {name: getattr(error, name) for name in ("status", "detail", "retry_after_seconds") if hasattr(error, name)} | {
        name: getattr(error, name).isoformat()[:19] + "Z"
        for name in ("device_time", "server_time")
        if getattr(error, name, None)
    }
    return {"error": {"kind": kind, "code": error.code, "message": str(error)} | extra}


class BrokenBody(Exception):
    """What a body that breaks raises."""


def chunks(body: str, streamed: bool | str) -> Iterator[bytes]:
    yield body.encode()
    if streamed == "broken":
        raise BrokenBody


async def achunks(body: str, streamed: bool | str) -> AsyncIterator[bytes]:
    for chunk in chunks(body, streamed):
        yield chunk


def describe(response: httpx.Response) -> dict[str, Any]:
    return {"status": response.status_code, "body": response.text, "url": str(response.url)}


class Driver:
    """What both ways share."""

    subject: Subject

    def make_client(self) -> Any:
        raise NotImplementedError

    def window(self, told: dict[str, Any]) -> Window:
        """The client that a step names; it starts where a step names it first."""
        name = told.get("by", "first")
        if name not in self.subject.windows:
            self.subject.windows[name] = Window(self.subject, self.make_client())
        return self.subject.windows[name]

    def quick(self, told: dict[str, Any]) -> dict[str, Any] | None:
        """What needs no request."""
        match told["do"]:
            case "start":
                self.subject = Subject(told)
            case "restart":
                self.subject.windows.pop(told.get("by", "first"), None)
            case "advance" | "identity" | "mend_store" as around:
                self.subject.change(around, told)
            case "cancel":
                self.window(told).auth.cancel()
            case "look":
                return self.window(told).look()
            case "cookies":
                return receive_cookies(told)
            case _:
                return None
        return {}


class SyncDriver(Driver):
    def make_client(self) -> httpx.Client:
        return httpx.Client(trust_env=False, timeout=30, verify=TLS, limits=WITHOUT_LIMITS)

    def run(self) -> None:
        lock = threading.Lock()

        def answer(told: dict[str, Any]) -> None:
            result = self.do(told)
            with lock:
                print(json.dumps({"id": told["id"]} | result), flush=True)

        for line in sys.stdin:
            told = json.loads(line)
            if told["do"] in ("call", "sign_in", "sign_out", "browser_url", "load"):
                self.window(told)
                threading.Thread(target=answer, args=(told,), daemon=True).start()
            else:
                answer(told)

    def do(self, told: dict[str, Any]) -> dict[str, Any]:
        try:
            if (quick := self.quick(told)) is not None:
                return quick
            window = self.window(told)
            auth = window.auth
            match told["do"]:
                case "load":
                    return {"state": str(auth.load())}
                case "sign_in":
                    return {"account": auth.sign_in(window.client)}
                case "sign_out":
                    return {"ended": auth.sign_out(window.client)}
                case "browser_url":
                    return {"url": auth.browser_url(window.client, told.get("next"))}
                case "headers_for":
                    return {"headers": auth.headers_for(told["url"])}
            body = told.get("body")
            content = chunks(body, told["streamed"]) if told.get("streamed") else body
            return describe(
                window.client.request(told["method"], told["url"], headers=told.get("headers"), content=content, auth=auth)
            )
        except Exception as error:
            return describe_error(error)


class AsyncDriver(Driver):
    def make_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=False, timeout=30, verify=TLS, limits=WITHOUT_LIMITS)

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            while line := await anyio.to_thread.run_sync(sys.stdin.readline):
                tasks.start_soon(self.answer, json.loads(line))

    async def answer(self, told: dict[str, Any]) -> None:
        print(json.dumps({"id": told["id"]} | await self.do(told)), flush=True)

    async def do(self, told: dict[str, Any]) -> dict[str, Any]:
        try:
            if (quick := self.quick(told)) is not None:
                return quick
            window = self.window(told)
            auth = window.auth
            match told["do"]:
                case "load":
                    return {"state": str(await auth.aload())}
                case "sign_in":
                    return {"account": await auth.asign_in(window.client)}
                case "sign_out":
                    return {"ended": await auth.asign_out(window.client)}
                case "browser_url":
                    return {"url": await auth.abrowser_url(window.client, told.get("next"))}
                case "headers_for":
                    return {"headers": await auth.aheaders_for(told["url"])}
            body = told.get("body")
            content = achunks(body, told["streamed"]) if told.get("streamed") else body
            return describe(
                await window.client.request(
                    told["method"], told["url"], headers=told.get("headers"), content=content, auth=auth
                )
            )
        except Exception as error:
            return describe_error(error)


if __name__ == "__main__":
    if sys.argv[1] == "sync":
        SyncDriver().run()
    else:
        anyio.run(AsyncDriver().run, backend="trio" if sys.argv[1] == "trio" else "asyncio")
