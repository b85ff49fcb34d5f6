"""What `sync` has noted of a user decides at the next sign-in, where nobody asks Firebase."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flask_firebase_login.errors import AccountDisabled, IDTokenRevoked
from models import person


@pytest.fixture
def ada(accounts, db_session, clock):
    account, _ = accounts.sign_in(person(clock))
    db_session.commit()
    return account


def sign_in(accounts, db_session, id_token):
    try:
        account, _ = accounts.sign_in(id_token)
        db_session.commit()
    finally:
        db_session.rollback()
    return account


@pytest.fixture
def marked(ada, db_session, clock):
    """Found to be disabled at Firebase, now."""
    ada.firebase_disabled_at = clock()
    db_session.commit()
    return ada


@pytest.mark.parametrize("way", ["sign_in", "recognise"])
@pytest.mark.parametrize("seconds", [-3600, 0, 59])
def test_an_id_token_of_before_lets_nobody_in_whom_firebase_disabled(accounts, db_session, marked, clock, way, seconds):
    """As much after it, too, as clocks may differ."""
    id_token = replace(person(clock), issued_at=clock() + timedelta(seconds=seconds))
    with pytest.raises(AccountDisabled):
        sign_in(accounts, db_session, id_token) if way == "sign_in" else accounts.recognise(id_token)
    assert marked.is_disabled
    assert not marked.is_active


@pytest.mark.parametrize("way", ["sign_in", "recognise"])
def test_an_id_token_that_firebase_has_issued_since_lets_the_user_in(accounts, db_session, marked, clock, way):
    """It issues none to whom it has disabled or deleted."""
    clock.advance(seconds=61)
    account = sign_in(accounts, db_session, person(clock)) if way == "sign_in" else accounts.recognise(person(clock))
    assert account.firebase_disabled_at is None
    assert not account.is_disabled


def test_whom_the_site_has_disabled_stays_out(accounts, db_session, marked, clock):
    """Whatever Firebase says."""
    accounts.disable(marked)
    clock.advance(seconds=61)
    with pytest.raises(AccountDisabled):
        sign_in(accounts, db_session, replace(person(clock), looked_up_at=clock()))
    accounts.enable(marked)
    assert not sign_in(accounts, db_session, person(clock)).is_disabled


def test_the_site_disables_whom_firebase_has_disabled_already(accounts, marked):
    """Both marks stand."""
    accounts.disable(marked)
    assert marked.disabled_at is not None
    assert marked.firebase_disabled_at is not None


@pytest.mark.parametrize("way", ["sign_in", "recognise"])
def test_an_id_token_by_a_sign_in_that_is_revoked_is_rejected(accounts, db_session, ada, clock, way):
    """One by a later sign-in is not."""
    ada.firebase_valid_since = clock() + timedelta(minutes=1)
    db_session.commit()
    with pytest.raises(IDTokenRevoked):
        sign_in(accounts, db_session, person(clock)) if way == "sign_in" else accounts.recognise(person(clock))
    clock.advance(minutes=1)
    assert sign_in(accounts, db_session, person(clock)) is not None


def test_a_session_by_a_sign_in_that_is_revoked_is_out(accounts, sessions, db_session, ada, clock):
    """Also one that was opened beside the run that found it."""
    opened = sessions.open(ada, auth_time=clock(), transport="bearer")
    db_session.commit()
    assert sessions.find(opened.secret, "bearer") is not None
    ada.firebase_valid_since = clock() + timedelta(seconds=1)
    db_session.commit()
    assert sessions.find(opened.secret, "bearer") is None
    assert sessions.find_standing(opened.session.id) is None
