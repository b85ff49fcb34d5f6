"""Everything that users, devices, tabs and a site's staff do, in any order, against the real server and beside the model.

A rule does one thing over HTTP, says what the answer must be, and tells the model. After each step the machine asks the
server, by every cookie and secret that any device still has, who it is served as.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from driven_devices import SESSION_COOKIE, Page, Tab
from driving import KEYS_COOL_DOWN, Driving

DEVICES = st.integers(0, 2)
UIDS = st.sampled_from(["ada", "bob", "eve"])
WORKERS = st.integers(0, 1)
TRANSPORTS = BY = st.sampled_from(["cookie", "bearer"])
AGES = st.sampled_from([timedelta(0), timedelta(minutes=10)])
SLOTS = st.integers(0, 1)
BUTTONS = st.sampled_from(["save", "use-provider", "sign-out", "sign-out-device", "sign-out-others", "delete"])
NAMES = st.sampled_from(["Countess", "Doctor", ""])
JUMPS = st.sampled_from([timedelta(minutes=minutes) for minutes in (1, 6, 56, 8 * 24 * 60, 15 * 24 * 60)])


class Machine(Driving):
    """Drives a site; a subclass says which: `type("SomeMachine", (Machine,), {"site": site})`."""

    # Signing in and out

    @rule(number=DEVICES, worker=WORKERS, by=BY, uid=UIDS, transport=TRANSPORTS, age=AGES)
    def sign_in(self, number, worker, by, uid, transport, age):
        device, by = self.pick(number, by)
        self.take_sign_in(device, worker, by, uid, transport, age=age)

    @rule(number=DEVICES, worker=WORKERS, uid=UIDS)
    def sign_in_with_a_withdrawn_key(self, number, worker, uid):
        """Good until this worker has seen the new keys, and never after."""
        self.take_sign_in(self.devices[number], worker, "cookie", uid, withdrawn=True)

    @rule(number=DEVICES, worker=WORKERS, by=BY)
    def sign_out(self, number, worker, by):
        device, by = self.pick(number, by)
        before, _ = self.send(device, "POST", "/auth/sign-out", by, worker, {204})
        self.leave(device, by, before)

    @rule(number=DEVICES, worker=WORKERS, by=BY)
    def site_logs_out(self, number, worker, by):
        device, by = self.pick(number, by)
        before, _ = self.send(device, "POST", "/site/logout", by, worker, {200})
        self.leave(device, by, before)

    @rule(number=DEVICES, worker=WORKERS, by=BY, uid=UIDS, remember=st.booleans())
    def site_logs_in(self, number, worker, by, uid, remember):
        (device, by), account = self.pick(number, by), self.find(uid)
        path = f"/site/login/{uid}{'?remember' if remember else ''}"
        _, answer = self.send(device, "POST", path, by, worker, {200 if account else 404})
        if account:
            self.take_login(device, worker, answer, account, by)
            device.remember = device.cookie if remember else device.remember

    @rule(number=DEVICES, worker=WORKERS, by=BY, how=st.sampled_from(["proved-anew", "out-and-in", "only-here"]))
    def site_logs_in_again(self, number, worker, by, how):
        device, by = self.pick(number, by)
        is_signed_in = self.peek(device, by) is not None
        before, answer = self.send(device, "POST", f"/site/{how}", by, worker, {200 if is_signed_in else 401})
        if before is None:
            return
        if how == "only-here":
            self.expected.end_all(before.account)
        if how == "out-and-in":
            self.expected.end(before)
            device.remember = device.remember if by == "bearer" else None
        self.take_login(device, worker, answer, before.account, by)

    @rule(number=DEVICES, worker=WORKERS, by=BY, uid=UIDS)
    def site_impersonates_and_comes_back(self, number, worker, by, uid):
        (device, by), account = self.pick(number, by), self.find(uid)
        wanted = 401 if self.peek(device, by) is None else 200 if account else 404
        before, answer = self.send(device, "POST", f"/site/there-and-back/{uid}", by, worker, {wanted})
        if wanted == 200:
            self.expected.end(*(device.sent(by) if by == "cookie" else []))
            self.expected.end(self.expected.open(account, "cookie", self.site.now))
            self.take_login(device, worker, answer, before.account, by)

    # What users change

    @rule(number=DEVICES, worker=WORKERS, by=BY, name=NAMES)
    def patch_name(self, number, worker, by, name):
        self.patch(number, worker, by, {"name": name or None})

    @rule(number=DEVICES, worker=WORKERS, by=BY, theme=st.sampled_from(["dark", "light", None]))
    def patch_settings(self, number, worker, by, theme):
        self.patch(number, worker, by, {"settings": {"theme": theme}})

    @rule(number=DEVICES, worker=WORKERS, by=BY)
    def read_account(self, number, worker, by):
        """Two accounts, or two states of one, never share an ETag."""
        device, by = self.pick(number, by)
        status = 200 if self.peek(device, by) else 401
        session, answer = self.send(device, "GET", "/auth/account", by, worker, {status})
        if session is not None:
            self.check_body(answer.json(), session.account)
            etag, body = answer.headers["ETag"], answer.json()
            assert self.bodies_by_etag.setdefault(etag, body) == body, (
                f"{etag} stood for {self.bodies_by_etag[etag]}, now for {body}"
            )

    @rule(number=DEVICES, worker=WORKERS, by=BY, index=st.integers(0, 3))
    def patch_what_was_read_before(self, number, worker, by, index):
        """With the `If-Match` of another state, or of another account, nothing happens."""
        device, by = self.pick(number, by)
        if not self.bodies_by_etag or self.peek(device, by) is None:
            return
        etag, body = [*self.bodies_by_etag.items()][-1 - index % len(self.bodies_by_etag)]
        account = self.peek(device, by).account
        _, read = self.send(device, "GET", "/auth/account", by, worker, {200})
        wanted = 200 if read.headers["ETag"] == etag else 412
        patch = {"settings": {"theme": "patched"}}
        self.send(device, "PATCH", "/auth/account", by, worker, {wanted}, json=patch, headers={"If-Match": etag})
        if wanted == 200:
            assert body["firebase_uid"] == account.uid
            account.settings["theme"] = "patched"

    @rule(number=DEVICES, worker=WORKERS, by=BY, role=st.sampled_from(["admin", "editor"]))
    def write_a_note_and_get_a_role(self, number, worker, by, role):
        """A row of the site's own and `accounts.grant` in one view: both are kept."""
        device, by = self.pick(number, by)
        status = 200 if self.peek(device, by) else 401
        session, _ = self.send(device, "POST", f"/note/{role}", by, worker, {status})
        if session is not None:
            session.account.roles.add(role)
            self.notes[session.account.uid] = self.notes.get(session.account.uid, 0) + 1

    @rule(number=DEVICES, worker=WORKERS)
    def fill_the_cart(self, number, worker):
        self.send(self.devices[number], "POST", "/cart", "cookie", worker, {200})

    # Tabs

    @rule(number=DEVICES, worker=WORKERS, slot=SLOTS)
    def open_the_account_page(self, number, worker, slot):
        device = self.devices[number]
        status = 200 if self.peek(device, "cookie") else 303
        session, answer = self.send(device, "GET", "/auth/", "cookie", worker, {status}, page=True)
        if session is not None:
            assert f'data-uid="{session.account.uid}"' in answer.text
            self.tabs[slot] = Tab(device, Page(answer), session.account, session.account.times_disabled)

    @precondition(lambda self: self.tabs)
    @rule(worker=WORKERS, slot=SLOTS, button=BUTTONS, name=NAMES, index=st.integers(0, 2))
    def send_a_form(self, worker, slot, button, name, index):
        """A form acts for whose page it is, or not at all."""
        tab = self.tabs.get(slot)
        forms = tab.page.find(button) if tab else []
        if not forms:
            return
        form = forms[index % len(forms)]
        typed = {"save": {"name": name}, "delete": {"word": "delete"}}
        fields = form.fields | {"action": button} | typed.get(button, {})
        session = self.peek(tab.device, "cookie")
        is_another_user = session is not None and session.account.uid != tab.account.uid
        is_anew = session is not None and not is_another_user and tab.is_outdated(session.account)
        status = {409} if is_another_user else {303, 409} if is_anew else {303}
        session, answer = self.send(tab.device, "POST", form.action, "cookie", worker, status, page=True, data=fields)
        if session is not None and answer.status_code == 303:
            self.follow_form(tab.device, session, button, fields, answer)

    @rule(number=DEVICES, worker=WORKERS, slot=SLOTS)
    def open_the_page_to_sign_in_again(self, number, worker, slot):
        device = self.devices[number]
        session, answer = self.send(device, "GET", "/auth/sign-in?again=1&next=/auth/", "cookie", worker, {200}, page=True)
        self.tabs[slot] = Tab(device, Page(answer), session.account if session else None)

    @precondition(lambda self: self.tabs)
    @rule(worker=WORKERS, slot=SLOTS, uid=UIDS)
    def prove_who_one_is_there(self, worker, slot, uid):
        """Whoever proves to be somebody else does not stand on the first user's page."""
        tab = self.tabs.get(slot)
        if tab is None or tab.page.find("delete"):
            return
        path, session = tab.page.sign_in_url, self.peek(tab.device, "cookie")
        uids = {uid} | ({session.account.uid} if session else set())
        if tab.account is None or uids == {tab.account.uid}:
            self.take_sign_in(tab.device, worker, "cookie", uid, path=path)
            return
        token = self.site.issuer.mint(uid)
        _, answer = self.send(tab.device, "POST", path, "cookie", worker, {409}, json={"id_token": token})
        assert answer.json()["code"] == "user_changed"

    # What ends

    @rule(number=DEVICES, worker=WORKERS, by=BY)
    def delete_the_account(self, number, worker, by):
        device, by = self.pick(number, by)
        session = self.peek(device, by)
        status = 401 if session is None else 204 if self.expected.is_recent(session) else 403
        self.send(device, "DELETE", "/auth/account", by, worker, {status})
        if status == 204:
            self.expected.delete(session.account)
            self.leave(device, by, session)

    @rule(uid=UIDS, how=st.sampled_from(["delete-by-orm", "delete-in-bulk"]))
    def site_deletes_the_account(self, uid, how):
        if account := self.expected.accounts.get(uid):
            self.site.administer(f"{how}/{uid}")
            self.expected.delete(account)

    @rule(uid=UIDS)
    def site_disables(self, uid):
        if account := self.expected.accounts.get(uid):
            count = len(self.expected.of(account))
            answer = self.site.http.post(f"/-/disable/{uid}").raise_for_status()
            self.check_told(answer, "session_revoked", account, count)
            self.expected.disable(account)

    @rule(uid=UIDS)
    def site_enables(self, uid):
        if account := self.expected.accounts.get(uid):
            self.site.administer(f"enable/{uid}")
            account.is_disabled = False

    @rule(uid=UIDS)
    def site_revokes_all(self, uid):
        if account := self.expected.accounts.get(uid):
            count = len(self.expected.of(account))
            answer = self.site.http.post(f"/-/revoke-all/{uid}").raise_for_status()
            self.check_told(answer, "session_revoked", account, count)
            self.expected.end_all(account)

    @rule()
    def site_prunes(self):
        self.site.administer("prune")

    @rule(number=DEVICES, worker=WORKERS, by=BY, including=st.booleans())
    def sign_devices_out(self, number, worker, by, including):
        device, by = self.pick(number, by)
        session = self.peek(device, by)
        path = f"/auth/sessions{'?including=current' if including else ''}"
        self.send(device, "DELETE", path, by, worker, {204 if session else 401})
        if session is not None:
            self.expected.end_all(session.account, but=None if including else session)
            if including:
                self.leave(device, by, session)

    @precondition(lambda self: self.session_ids)
    @rule(number=DEVICES, worker=WORKERS, by=BY, index=st.integers(0, 7))
    def sign_one_device_out(self, number, worker, by, index):
        """By an id of any list that was ever read: a stale one ends nothing else."""
        device, by = self.pick(number, by)
        session = self.peek(device, by)
        session_id, wanted = [*self.session_ids.items()][-1 - index % len(self.session_ids)]
        is_mine = session is not None and wanted in self.expected.of(session.account)
        has_expired = (
            session is not None and wanted in self.expected.sessions and wanted.account is session.account and not is_mine
        )
        status = {401} if session is None else {204} if is_mine else {204, 404} if has_expired else {404}
        self.send(device, "DELETE", f"/auth/sessions/{session_id}", by, worker, status)
        if is_mine:
            self.expected.end(wanted)
            if wanted is session:
                self.leave(device, by, session)

    # The world

    @rule(duration=JUMPS)
    def time_passes(self, duration):
        self.pass_time(duration)
        self.is_quiet = True

    @rule()
    def keys_rotate(self):
        self.site.issuer.rotate()
        self.up_to_date.clear()
        self.time_passes(KEYS_COOL_DOWN)

    @rule(number=DEVICES, worker=WORKERS, by=BY)
    def visit(self, number, worker, by):
        """One device comes, while the others stay away."""
        device, by = self.pick(number, by)
        status = 200 if self.peek(device, by) else 401
        self.send(device, "GET", "/private", by, worker, {status})
        self.is_quiet = True

    @rule(number=DEVICES, other=DEVICES)
    def copy_a_device(self, number, other):
        if number != other:
            self.devices[number].copy(self.devices[other])

    @rule(number=DEVICES, other=DEVICES)
    def answers_overtake_each_other(self, number, other):
        """Two tabs signed in at the same moment: the session cookie of one answer, the remember cookie of the other."""
        self.devices[number].take_remember_cookie(self.devices[other])

    @rule(number=DEVICES)
    def close_the_browser(self, number):
        self.devices[number].lose(SESSION_COOKIE)
        self.devices[number].cookie = None
