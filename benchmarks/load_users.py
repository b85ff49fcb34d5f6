"""Users under load: what each asks for, and what its answers mean for the ledger."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask_firebase_login.testing import LocalIssuer
from ledger import Device, Ledger, User
from load_site import Answer, ask

PAUSE_SECONDS = 1.0
SETTINGS = 5
DEVICES = 8
KEPT_DEVICES = 40


class Client:
    """Asks on behalf of users, and enters each answer.

    Args:
        port: Where the site listens.
        issuer: Who mints the ID tokens.
        ledger: Where answers are entered.
    """

    def __init__(self, port: int, issuer: LocalIssuer, ledger: Ledger) -> None:
        self._port = port
        self._issuer = issuer
        self._paused_until = 0.0
        self.ledger = ledger
        self.seconds: list[float] = []

    def ask(self, method: str, path: str, device: Device | None = None, body: Mapping[str, Any] | None = None) -> Answer:
        """Ask, measure and count; after a 503 that waits a second first, as a client that obeys `Retry-After` waits five."""
        time.sleep(max(0.0, self._paused_until - time.monotonic()))
        began_at = time.monotonic()
        answer = ask(self._port, method, path, device.credential if device else None, body)
        self.seconds.append(time.monotonic() - began_at)
        self._paused_until = time.monotonic() + PAUSE_SECONDS if answer.status == 503 else 0.0
        self.ledger.count("no answer" if answer.status == 0 else f"{answer.status} {answer.body.get('code', '')}".strip())
        if answer.status >= 500 and answer.status != 503:
            self.ledger.violate(f"{answer.status} for {method} {path}")
        return answer

    def sign_in(self, user: User) -> Device | None:
        """Sign a new device of a user in, by cookie or by bearer."""
        transport = random.choice(("cookie", "bearer"))
        id_token = self._issuer.mint(uid=user.uid, name=user.uid)
        answer = self.ask("POST", "/auth/sign-in", body={"id_token": id_token, "transport": transport})
        if answer.status != 200:
            self._expect_unknown(answer, f"a sign-in of {user.uid}")
            user.is_there = user.is_there or None
            if not user.is_there and not user.is_crowd:
                user.may_be_anew()
            return None
        user.created += answer.body["created"]
        if not user.is_crowd:
            self._enter_created(user, answer.body["created"])
        user.is_there = True
        secret = answer.body.get("session_secret")
        credential = {"Authorization": f"Bearer {secret}"} if secret else {"Cookie": answer.cookie or ""}
        device = Device(answer.body["session"]["id"], credential)
        user.devices.append(device)
        return device

    def patch(self, user: User, device: Device, name: str, value: str) -> None:
        """Change one setting."""
        answer = self.ask("PATCH", "/auth/account", device, {"settings": {name: value}})
        if answer.status == 200:
            user.settings[name] = {value}
        else:
            self._expect_unknown(answer, f"a patch of {user.uid}")
            user.settings.setdefault(name, {None}).add(value)

    def read(self, user: User, device: Device) -> None:
        """Read as a device that may be signed in or not."""
        answer = self.ask("GET", "/api/hello", device)
        if answer.status == 200:
            if device.state == "ended":
                self.ledger.violate(f"a session that had ended was accepted: {device.session_id} of {user.uid}")
            if answer.body["uid"] != user.uid:
                self.ledger.violate(f"{user.uid} was served as {answer.body['uid']}")
            if device.state == "alive":
                self.ledger.check_settings(user, answer.body["settings"], "when read")
        elif answer.status == 401:
            if device.state == "alive":
                self.ledger.violate(f"lost write: session {device.session_id} of {user.uid} is gone")
            device.state = "ended"
        else:
            self._expect_unknown(answer, "a read")

    def end(self, answer: Answer, *devices: Device) -> None:
        """Enter what a revocation or a sign-out was answered with."""
        if answer.status != 204:
            self._expect_unknown(answer, "a revocation")
        for device in devices:
            device.state = "ended" if answer.status == 204 or device.state == "ended" else "unknown"

    def delete(self, user: User, device: Device) -> None:
        """Delete the account."""
        answer = self.ask("DELETE", "/auth/account", device)
        if answer.status == 204:
            user.forget("ended")
            user.is_there, user.created = False, 0
        else:
            self._expect_unknown(answer, "a deletion")
            user.forget("unknown")
            user.is_there = None

    def _enter_created(self, user: User, created: bool) -> None:
        if created:
            user.is_anew()
        if user.is_there is created:
            self.ledger.violate(f"{user.uid} was {'' if user.is_there else 'not '}there, and created is {created}")

    def _expect_unknown(self, answer: Answer, what: str) -> None:
        if not answer.is_unknown:
            self.ledger.violate(f"{what} was answered with {answer.status} {answer.body}")


WHAT_USERS_DO = {"read": 30, "patch": 25, "sign_in": 20, "revoke": 10, "revoke_others": 3, "sign_out": 5, "delete": 3}


class LoneUser:
    """One user with several devices, who does one thing after the other, so that what must be is known.

    Args:
        client: Who asks for the user.
        user: What is known of the user.
    """

    def __init__(self, client: Client, user: User) -> None:
        self._client = client
        self._user = user
        self._choose = random.Random(user.uid)
        self._counter = 0

    def run(self, is_over: threading.Event) -> None:
        """Go on until it is over."""
        while not is_over.is_set():
            alive = self._user.alive()
            what = self._choose.choices([*WHAT_USERS_DO], [*WHAT_USERS_DO.values()])[0] if alive else "sign_in"
            getattr(self, what)(alive)

    def read(self, alive: list[Device]) -> None:
        """As any device, ended ones included."""
        self._client.read(self._user, self._choose.choice(self._user.devices[-KEPT_DEVICES:]))

    def patch(self, alive: list[Device]) -> None:
        """One setting, to a value that it never had."""
        self._counter += 1
        name = f"setting-{self._choose.randrange(SETTINGS)}"
        self._client.patch(self._user, self._choose.choice(alive), name, f"value-{self._counter}")

    def sign_in(self, alive: list[Device]) -> None:
        """On a new device, unless there are enough."""
        if len(alive) < DEVICES:
            self._client.sign_in(self._user)

    def revoke(self, alive: list[Device]) -> None:
        """One device, by another or by itself."""
        revoked = self._choose.choice(alive)
        path = f"/auth/sessions/{revoked.session_id}"
        self._client.end(self._client.ask("DELETE", path, self._choose.choice(alive)), revoked)

    def revoke_others(self, alive: list[Device]) -> None:
        """All devices but one."""
        device = self._choose.choice(alive)
        others = [one for one in self._user.devices if one is not device]
        self._client.end(self._client.ask("DELETE", "/auth/sessions", device), *others)

    def sign_out(self, alive: list[Device]) -> None:
        """One device."""
        device = self._choose.choice(alive)
        self._client.end(self._client.ask("POST", "/auth/sign-out", device), device)

    def delete(self, alive: list[Device]) -> None:
        """The account."""
        self._client.delete(self._user, self._choose.choice(alive))


def run_crowd(clients: list[Client], users: list[User], is_over: threading.Event) -> list[threading.Thread]:
    """Several clients that are one new user at the same moment, round after round, and each change a setting of its own."""
    crowd: list[User] = []

    def begin_round() -> None:
        crowd.append(User(f"crowd-{secrets.token_hex(6)}", is_there=None, is_crowd=True))
        users.append(crowd[-1])

    begins, ends = threading.Barrier(len(clients), action=begin_round), threading.Barrier(len(clients))

    def run(number: int, client: Client) -> None:
        while not is_over.is_set():
            try:
                begins.wait()
                user = crowd[-1]
                if (device := client.sign_in(user)) is not None:
                    client.patch(user, device, f"setting-{number}", f"by {number}")
                ends.wait()
            except threading.BrokenBarrierError:
                return
            if user.created > 1:
                client.ledger.violate(f"duplicate account: {user.uid} was created {user.created} times")
        begins.abort()

    threads = [threading.Thread(target=run, args=(number, client)) for number, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    return threads
