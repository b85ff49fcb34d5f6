"""What accounts ask of Firebase itself; the room `firebase` answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from ..idtokens.claims import IDToken

FirebaseUserFate = Literal["deleted", "queued", "kept"]
"""What becomes of a Firebase user whose account is deleted here."""


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """What a run of `sync` has found, so far or in all. Each account is counted once in each line that it belongs to.

    Attributes:
        total: How many accounts there are to check in this run.
        checked: How many have been.
        disabled: Firebase has disabled them since: signed out and rejected.
        deleted: Firebase knows them no more: signed out and rejected; the account stays.
        enabled: Firebase lets them in again, and so does the site.
        revoked: Firebase has revoked what they had: signed out where they had signed in before that.
        updated: They have another address, verification or providers.
        skipped: They kept changing here meanwhile; the next run looks again.
        unknown: `uids` that have no account here.
        deletions: Firebase users that were deleted because their account here was.
        deletions_left: Such users that are still to be deleted.
        is_resumed: Whether this run goes on where another broke off.
        is_dry_run: Whether nothing was changed.
    """

    total: int = 0
    checked: int = 0
    disabled: int = 0
    deleted: int = 0
    enabled: int = 0
    revoked: int = 0
    updated: int = 0
    skipped: int = 0
    unknown: int = 0
    deletions: int = 0
    deletions_left: int = 0
    is_resumed: bool = False
    is_dry_run: bool = False


class FirebaseSide(Protocol):
    """What becomes of users at Firebase."""

    def forget(self, account: Any) -> Callable[[], FirebaseUserFate | None]:
        """Note within the transaction at hand that a user is to be deleted; return what does so after the commit."""

    def welcome(self, id_token: IDToken) -> None:
        """Within the transaction that gives a Firebase user an account: reject an ID token from before a deletion, take one from after it for a return."""

    def export(self, account: Any) -> dict[str, Any]:
        """Return what Firebase keeps of a user, by a name for the export."""

    def sync(
        self,
        *,
        uids: Sequence[str] | None,
        since: datetime | None,
        dry_run: bool,
        on_progress: Callable[[SyncReport], object],
    ) -> SyncReport:
        """Ask Firebase about users; `Accounts.sync` says how."""
