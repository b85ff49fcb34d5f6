"""One run of `sync`: accounts are read, Firebase is asked, and what differs is written, a hundred accounts at a time.

Reading and writing are short transactions, with nobody's answer awaited in between. A few calls are under way at once, and no more accounts are in
memory than those that they ask about.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..accounts import Accounts
from ..accounts.firebase_side import SyncReport
from ..accounts.rows import AccountRows
from ..clock import Clock
from ..database.changes import DbSession
from ..database.transactions import in_transaction, release
from ..errors import FirebaseDenied
from ..sessions import Sessions
from .calls import Patience
from .deletions import Deletions
from .differences import Difference, Seen, compare, with_new_stamp
from .identity_toolkit import IdentityToolkit
from .users import FirebaseUser
from .walk import Walk

PARALLEL_CALLS = 8
PATIENCE_SECONDS = 300.0
ATTEMPTS = 3
SUSPICIOUS = 10
"""So many accounts of which Firebase knows none are no chance: the project or the tenant is another."""

Answer = dict[str, FirebaseUser]
Announcement = Callable[[], object]


class Run:
    """One run of `sync`; `Accounts.sync` says what it does.

    Args:
        db_session: Such as Flask-SQLAlchemy's `db.session`, with nothing of its owner's in it.
        accounts: Who users are.
        sessions: On which devices.
        walk: Which accounts there are.
        deletions: Who is still to be deleted.
        toolkit: How Firebase is reached.
        keeps_new_address: Whether the site has hooks for a verified address that is new; they are called at a sign-in.
        clock: The time, aware and in UTC.
        report: What is known before it begins.
        on_progress: Called after each hundred with the report so far.
    """

    def __init__(
        self,
        db_session: DbSession,
        accounts: Accounts[Any],
        sessions: Sessions[Any],
        walk: Walk,
        deletions: Deletions,
        toolkit: IdentityToolkit,
        *,
        keeps_new_address: bool,
        clock: Clock,
        report: SyncReport,
        on_progress: Callable[[SyncReport], object],
    ) -> None:
        self._db_session = db_session
        self._accounts = accounts
        self._sessions = sessions
        self._rows: AccountRows[Any] = AccountRows(db_session, accounts.model)
        self._walk = walk
        self._deletions = deletions
        self._toolkit = toolkit
        self._keeps_new_address = keeps_new_address
        self._clock = clock
        self._report = report
        self._on_progress = on_progress
        self._stopping = threading.Event()
        self._patience = Patience(PATIENCE_SECONDS, self._stopping.wait)
        self._has_met = False

    def over_everybody(self, since: datetime | None) -> SyncReport:
        """Check all accounts, or those who have been here since; then delete at Firebase who is left to be."""
        remembers = since is None and not self._report.is_dry_run
        cursor = self._walk.begin() if remembers else None
        self._report = replace(self._report, total=self._walk.count(since, cursor), is_resumed=cursor is not None)
        self._check(self._walk.read_all(since, cursor), remembers=remembers)
        if remembers:
            self._walk.end()
        if self._report.is_dry_run:
            left = self._deletions.count()
            release(self._db_session)
        else:
            left = self._deletions.retry(self._toolkit, self._patience, self._count_deletions)
        self._report = replace(self._report, deletions_left=left)
        return self._report

    def over_some(self, uids: Sequence[str]) -> SyncReport:
        """Check the accounts of some Firebase users, whether or not a run over everybody is under way."""
        self._has_met = True  # to ask about ten whom Firebase has deleted is no mistake
        self._report = replace(self._report, total=len({*uids}))
        self._check(self._walk.read_some(uids), remembers=False)
        self._report = replace(self._report, unknown=self._report.total - self._report.checked)
        return self._report

    def _check(self, pages: Iterator[list[Seen]], *, remembers: bool) -> None:
        """Settle one page after the other, while Firebase is asked about the next ones."""
        under_way: deque[tuple[list[Seen], Future[Answer]]] = deque()
        with ThreadPoolExecutor(PARALLEL_CALLS, "firebase-sync") as pool:
            try:
                for page in pages:
                    under_way.append((page, pool.submit(self._ask, page)))
                    if len(under_way) == PARALLEL_CALLS:
                        self._settle(*under_way.popleft(), remembers=remembers)
                while under_way:
                    self._settle(*under_way.popleft(), remembers=remembers)
            except BaseException:
                self._stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _ask(self, page: list[Seen]) -> Answer:
        return self._toolkit.look_up([seen.uid for seen in page], self._patience)

    def _settle(self, page: list[Seen], asked: Future[Answer], *, remembers: bool) -> None:
        """Do what an answer asks for; who has changed here meanwhile is asked about again."""
        answer, checked = asked.result(), len(page)
        self._check_plausible(page, answer)
        cursor = page[-1].uid if remembers else None
        for _ in range(ATTEMPTS):
            differences = self._compare(page, answer)
            again = [] if self._report.is_dry_run else self._apply(page, differences, cursor)
            page = [seen for some in self._walk.read_some(again) for seen in some]
            if not page:
                break
            answer = self._ask(page)
        self._report = replace(self._report, checked=self._report.checked + checked, skipped=self._report.skipped + len(page))
        self._on_progress(self._report)

    def _compare(self, page: list[Seen], answer: Answer) -> dict[str, Difference]:
        now = self._clock()
        compared = {
            seen.uid: compare(seen, answer.get(seen.uid), now, keeps_new_address=self._keeps_new_address) for seen in page
        }
        differences = {uid: difference for uid, difference in compared.items() if difference is not None}
        if self._report.is_dry_run:
            self._count([*differences.values()])
        return differences

    def _apply(self, page: list[Seen], differences: dict[str, Difference], cursor: str | None) -> list[str]:
        """Write what differs in one transaction, and how far the run has come where nobody has changed here meanwhile; return who has."""
        read = {seen.uid: (seen.version, seen.stamp) for seen in page}

        def write() -> tuple[list[str], list[Difference], list[Announcement]]:
            again: list[str] = []
            done: list[Difference] = []
            announcements: list[Announcement] = []
            for uid, difference in differences.items():
                account = self._rows.find(uid, afresh=True)
                if account is not None and (account.version, account.security_stamp) == read[uid]:
                    announcements += self._write(account, difference)
                    done.append(difference)
                elif account is not None:
                    again.append(uid)
            if cursor is not None and not again:
                self._walk.note(cursor)
            return again, done, announcements

        if not differences and cursor is None:
            return []
        again, done, announcements = in_transaction(self._db_session, write)
        self._count(done)
        for announce in announcements:
            announce()
        return again

    def _write(self, account: Any, difference: Difference) -> list[Announcement]:
        announcements: list[Announcement] = []
        former_email = account.provider_email if account.email_verified else None
        if difference.ends_all:
            announcements += [dependant.forget(account) for dependant in self._accounts.dependants]
        elif difference.ends_before is not None:
            announcements.append(self._sessions.forget_before(account, difference.ends_before))
        changed = self._rows.write(account, with_new_stamp(difference))
        former_email = former_email if "provider_email" in changed else None
        return [*announcements, lambda: self._accounts.announce_update(account, changed, former_email)]

    def _check_plausible(self, page: list[Seen], answer: Answer) -> None:
        """Nobody is signed out because the site asks another project than its users are in.

        Raises:
            FirebaseDenied: Firebase knows none of the first accounts.
        """
        self._has_met = self._has_met or bool(answer)
        if not self._has_met and len(page) >= SUSPICIOUS:
            raise FirebaseDenied(
                f"Firebase knows none of the first {len(page)} accounts, so nothing was changed. Are FIREBASE_LOGIN_CONFIG, TENANT_ID and the "
                "emulator those that your users are in? Check users who really are deleted by their uids: accounts.sync(uids=[…])."
            )

    def _count(self, differences: Sequence[Difference]) -> None:
        found = [finding for difference in differences for finding in difference.findings]
        self._report = replace(self._report, **{name: getattr(self._report, name) + found.count(name) for name in {*found}})

    def _count_deletions(self, count: int) -> None:
        self._report = replace(self._report, deletions=self._report.deletions + count)
        self._on_progress(self._report)
