"""What becomes of a session that two windows, or two processes, have changed in one store."""

from __future__ import annotations

from dataclasses import replace

from .cookies import Cookie
from .state import PendingSignOut, StoredSession

_Cookies = dict[tuple[str, str], Cookie]


def merge(base: StoredSession, ours: StoredSession, theirs: StoredSession) -> StoredSession:
    """Put two changes of one stored session together.

    A sign-in or sign-out of theirs is obeyed. Ours stands where they did neither. Cookies of one and the same session are put
    together one by one, and so are the sign-outs that the site has still to be told of.

    Args:
        base: What the store kept when we last read or wrote it.
        ours: What we have made of it.
        theirs: What the store keeps now.
    """
    pending = _merge_pending(base, ours, theirs)
    if theirs.sign_in_id != base.sign_in_id:
        return replace(theirs, pending=pending)
    if ours.sign_in_id != base.sign_in_id:
        return replace(ours, pending=pending)
    return replace(ours, cookies=_merge_cookies(base, ours, theirs), pending=pending)


def _merge_cookies(base: StoredSession, ours: StoredSession, theirs: StoredSession) -> tuple[Cookie, ...]:
    before, here, merged = _by_key(base), _by_key(ours), _by_key(theirs)
    for key in before.keys() | here.keys():
        if here.get(key) != before.get(key):
            merged.pop(key, None)
    return tuple((merged | {key: cookie for key, cookie in here.items() if cookie != before.get(key)}).values())


def _by_key(stored: StoredSession) -> _Cookies:
    return {(cookie.name, cookie.path): cookie for cookie in stored.cookies}


def _merge_pending(base: StoredSession, ours: StoredSession, theirs: StoredSession) -> tuple[PendingSignOut, ...]:
    """Theirs, without those that we have ended, and with those that we have added."""
    known = {one.key for one in base.pending}
    here = {one.key: one for one in ours.pending}
    merged = {one.key: one for one in theirs.pending if one.key in here or one.key not in known}
    return tuple((merged | {key: one for key, one in here.items() if key not in known}).values())
