"""How a machine drives the site: what each request must be answered by, and what the model makes of it."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from hypothesis.stateful import RuleBasedStateMachine, invariant

from driven_devices import Device, Tab, read_facts
from driven_servers import KEYS_TTL, DrivenSite
from driven_site import NO_USER
from expected import Account, Expected, Session

KEYS_COOL_DOWN = timedelta(seconds=31)
LONGEST_WAIT_SECONDS = 10


class Driving(RuleBasedStateMachine):
    """A site and three devices, and what must hold after each step; the rules are a subclass's."""

    site: DrivenSite

    def __init__(self) -> None:
        super().__init__()
        self.site.advance(KEYS_TTL)
        for url in self.site.urls:
            token = self.site.issuer.mint("first")
            self.site.http.post(f"{url}/auth/sign-in", json={"id_token": token}).raise_for_status()
            self.site.http.cookies.clear()
        self.site.administer("reset")
        self.expected = Expected(self.site.now)
        self.devices = [Device(self.site.make_client()) for _ in range(3)]
        self.tabs: dict[int, Tab] = {}
        self.notes: dict[str, int] = {}
        self.session_ids: dict[str, Session] = {}
        self.bodies_by_etag: dict[str, dict] = {}
        self.up_to_date = {0, 1}
        self.is_quiet = False

    # What holds after each step

    @invariant()
    def nobody_is_served_as_anybody_else(self):
        """By all that any device still holds; not while time passes, so that sessions can also end for want of use."""
        is_quiet, self.is_quiet = self.is_quiet, False
        for number, device in enumerate([] if is_quiet else self.devices):
            if device.http.cookies:
                self.check_who(device, "cookie", number % 2)
            if device.secret:
                self.check_who(device, "both", (number + 1) % 2)

    @invariant()
    def nothing_acknowledged_is_lost_and_nothing_ended_comes_back(self):
        """Accounts, notes, sessions and their times are in the database as the model has them; times may be written a moment later."""
        wanted = {uid: self._describe_row(account) for uid, account in self.expected.accounts.items()}
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        while (found := self.site.look("accounts")) != wanted:
            assert _without_times(found) == _without_times(wanted)
            assert time.monotonic() < until, f"Times were not written: {found}, not {wanted}"
            time.sleep(0.01)

    def _describe_row(self, account: Account) -> dict:
        sessions = sorted([session.transport, session.last_seen_at.timestamp()] for session in self.expected.of(account))
        more = {"is_disabled": account.is_disabled, "notes": self.notes.get(account.uid, 0), "sessions": sessions}
        return describe(account) | more

    # Requests

    def pick(self, number: int, by: str) -> tuple[Device, str]:
        """Return a device, and how it sends its session; what has no bearer's secret yet, sends its cookies."""
        device = self.devices[number]
        self.pass_time(timedelta(seconds=1))
        return device, by if device.secret is not None else "cookie"

    def pass_time(self, duration: timedelta) -> None:
        self.site.advance(duration)
        self.expected.now = self.site.now

    def send(self, device, method, path, by, worker, statuses, **options) -> tuple[Session | None, httpx.Response]:
        """Send a request; return the session that it should be served by, and the answer."""
        session = self.arrive(device, by)
        parts = urlsplit(path)
        url = self.site.urls[worker] + parts._replace(scheme="", netloc="").geturl()
        answer = device.send(method, url, by, **options)
        uid = session.account.uid if session else "nobody"
        detail = f"{method} {parts.path} by the {by} of {uid}: {answer.status_code}, not {statuses}: {answer.text[:300]}"
        assert answer.status_code in statuses, detail
        self.check_connections(answer)
        return session, answer

    def peek(self, device: Device, by: str) -> Session | None:
        """Return the session that a request should be served by."""
        return next((session for session in device.sent(by) if self.expected.is_good(session)), None)

    def arrive(self, device: Device, by: str) -> Session | None:
        session = self.peek(device, by)
        if session is not None:
            self.expected.use(session)
            if session is device.remember and by == "cookie":
                device.cookie = session
        return session

    def find(self, uid: str) -> Account | None:
        account = self.expected.accounts.get(uid)
        return account if account and not account.is_disabled else None

    def take_sign_in(
        self, device, worker, by, uid, transport="cookie", *, age=timedelta(0), withdrawn=False, path="/auth/sign-in"
    ):
        """Sign in with a genuine ID token, and see what becomes of it."""
        self.pass_time(timedelta(seconds=1))
        token = self.site.issuer.mint(uid, age=age, withdrawn=withdrawn)
        account = self.expected.accounts.get(uid)
        status = {403} if account and account.is_disabled else {200}
        if withdrawn:
            status = {401} if worker in self.up_to_date else {401} | status
        before, answer = self.send(device, "POST", path, by, worker, status, json={"id_token": token, "transport": transport})
        if not withdrawn or answer.status_code == 401:
            self.up_to_date.add(worker)
        if answer.status_code != 200:
            return
        body = answer.json()
        assert body["created"] == (account is None)
        if account is None:
            account = self.expected.accounts[uid] = Account(uid, body["account"]["id"], f"{uid} of Google")
        self.check_body(body["account"], account)
        self.check_told(answer, "signed_in", account, 1)
        if before is not None:
            self.check_told(answer, "session_revoked", before.account, 1)
        self.expected.end(*device.sent(by))
        session = self.expected.open(account, transport, self.site.now - age)
        self.learn_id(body["session"]["id"], session)
        if transport == "cookie":
            device.cookie = session
            return
        if by == "cookie":
            device.cookie = device.remember = None
        device.secret, device.bearer = body["session_secret"], session

    def leave(self, device: Device, by: str, session: Session | None) -> None:
        """A device was signed out; what it sent as bearer, it still has, to no avail."""
        self.expected.end(session)
        if by == "cookie":
            device.cookie = device.remember = None

    def take_login(self, device, worker, answer, account, by):
        """After a `login_user` of the site's: a session of its own for the cookie, since now, in the place of the old one."""
        self.check_told(answer, "signed_in", account, 1)
        self.expected.end(*(device.sent(by) if by == "cookie" else []))
        device.cookie = self.expected.open(account, "cookie", self.site.now)
        _, listed = self.send(device, "GET", "/auth/sessions", "cookie", worker, {200})
        sessions = listed.json()["sessions"]
        current = [session["id"] for session in sessions if session["current"]]
        assert len(current) == 1
        self.learn_id(current[0], device.cookie)
        assert {str(session["id"]) for session in sessions} == {session.id for session in self.expected.of(account)}

    def learn_id(self, session_id: object, session: Session) -> None:
        session.id = str(session_id)
        self.check_is_new(session.id)
        self.session_ids[session.id] = session

    def patch(self, number, worker, by, patch):
        device, by = self.pick(number, by)
        status = 200 if self.peek(device, by) else 401
        session, answer = self.send(device, "PATCH", "/auth/account", by, worker, {status}, json=patch)
        if session is None:
            return
        account = session.account
        if "name" in patch:
            account.name = patch["name"] or f"{account.uid} of Google"
        for key, value in patch.get("settings", {}).items():
            account.settings.pop(key, None)
            account.settings |= {} if value is None else {key: value}
        self.check_body(answer.json(), account)

    def follow_form(self, device, session, button, fields, answer):
        account = session.account
        if button == "save":
            account.name = fields["name"] or f"{account.uid} of Google"
        elif button == "use-provider":
            account.name = f"{account.uid} of Google"
        elif button == "sign-out":
            self.leave(device, "cookie", session)
        elif button == "sign-out-device":
            wanted = self.session_ids[fields["session_id"]]
            self.expected.end(wanted if wanted.account is account else None)
        elif button == "sign-out-others":
            self.expected.end_all(account, but=session)
        elif self.expected.is_recent(session):
            self.expected.delete(account)
            self.leave(device, "cookie", session)
        else:
            assert "again=delete" in answer.headers["Location"]

    def check_is_new(self, session_id: str) -> None:
        assert session_id not in self.session_ids, f"The id {session_id} was another session's."

    def check_who(self, device: Device, by: str, worker: int) -> None:
        needs_one = by == "both" or not self.expected.is_good(device.remember) or self.expected.is_good(device.cookie)
        session, answer = self.send(device, "GET", "/who", by, worker, {200})
        body, facts = answer.json(), read_facts(answer)
        cart = body.pop("cart")
        wanted = NO_USER if session is None else describe(session.account)
        assert body == wanted, f"By {by} a device is served as {body}, not as {wanted}"
        if session is None:
            return
        if needs_one:
            self.check_statements(facts)
        if by == "cookie":
            assert cart in (None, "nobody", session.account.uid), f"{session.account.uid} has the cart of {cart}"
        else:
            assert "Set-Cookie" not in answer.headers, "A bearer's answer set a cookie"

    def check_statements(self, facts: dict) -> None:
        assert facts["statements"] == 1, f"An authenticated request took {facts}"

    def check_connections(self, answer: httpx.Response) -> None:
        facts = read_facts(answer)
        assert max(facts["connections"], facts["late_connections"]) <= 1, f"{answer.url} took {facts}"

    def check_body(self, body: dict, account: Account) -> None:
        assert body["firebase_uid"] == account.uid
        assert body["name"] == account.name
        assert body["settings"] == account.settings
        assert set(body["roles"]) == account.roles

    def check_told(self, answer: httpx.Response, name: str, account: Account, count: int) -> None:
        told = sum(
            told for signal, account_id, told in read_facts(answer)["signals"] if (signal, account_id) == (name, account.id)
        )
        assert told >= count, f"{name} was told of {told}, not of {count}, for {account.uid}"


def describe(account: Account) -> dict:
    """What `/who` and `/-/accounts` show of an account."""
    return {"uid": account.uid, "name": account.name, "settings": account.settings, "roles": sorted(account.roles)}


def _without_times(rows: dict) -> dict:
    return {uid: row | {"sessions": sorted(transport for transport, _ in row["sessions"])} for uid, row in rows.items()}
