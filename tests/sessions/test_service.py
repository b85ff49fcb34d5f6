"""On which devices people are signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from flask_firebase_login import Sessions, signals
from flask_firebase_login.sessions.documents import describe_session
from flask_firebase_login.sessions.rows import hash_secret
from models import Account, Session, person


@pytest.fixture
def ada(accounts, db_session, clock):
    account, _ = accounts.sign_in(person(clock))
    db_session.commit()
    return account


@pytest.fixture
def open_session(sessions, ada, db_session, clock):
    def open_session(account=ada, **options):
        opened = sessions.open(account, **({"auth_time": clock(), "transport": "cookie"} | options))
        db_session.commit()
        return opened

    return open_session


@pytest.fixture
def revoked():
    told = []

    def receive(sender, **carried):
        told.append(carried)

    with signals.session_revoked.connected_to(receive):
        yield told


def test_an_open_session_is_found_by_its_secret(sessions, open_session, ada):
    """With the account that it belongs to."""
    opened = open_session()
    found = sessions.find(opened.secret, "cookie")
    assert (found.account.id, found.session_id) == (ada.id, opened.session.id)


def test_a_secret_has_256_bits_and_is_another_each_time(open_session):
    """43 characters of base64url."""
    secrets = {open_session().secret for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {43}


def test_the_secret_shows_in_no_repr(open_session):
    """What lands in a log by accident is no credential."""
    opened = open_session()
    assert opened.secret not in repr(opened)


def test_a_stolen_row_is_no_credential(sessions, open_session, db_session):
    """Nothing in the database, sent as a secret, finds a session."""
    opened = open_session()
    row = db_session.execute(select(Session.__table__)).one()
    assert opened.secret not in [str(value) for value in row]
    for value in row:
        assert sessions.find(str(value), "cookie") is None
        assert sessions.find(str(value), "bearer") is None


@pytest.mark.parametrize("secret", ["", "x", "no session yet", "\0", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_what_is_no_secret_finds_nothing(sessions, open_session, secret):
    """Whatever a client sends."""
    open_session()
    assert sessions.find(secret, "cookie") is None


@pytest.mark.parametrize("session_id", ["", "\0", "a\0b", "\ud800", "ü", "x" * 10_000])
def test_an_id_that_is_none_revokes_nothing(sessions, open_session, ada, session_id):
    """Of any text, on any engine."""
    opened = open_session()
    assert not sessions.revoke(ada, session_id)
    assert sessions.find(opened.secret, "cookie")


def test_a_session_is_good_for_its_own_transport_alone(sessions, open_session):
    """What travels in a cookie is no bearer, and the reverse."""
    cookie, bearer = open_session(transport="cookie"), open_session(transport="bearer")
    assert sessions.find(cookie.secret, "bearer") is None
    assert sessions.find(bearer.secret, "cookie") is None
    assert sessions.find(bearer.secret, "bearer")


def test_finding_costs_one_query(sessions, open_session, engine, db_session):
    """Session and account, joined on the unique hash."""
    secret = open_session().secret
    db_session.remove()
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = sessions.find(secret, "cookie")
    assert found.account.name == "Ada Lovelace"
    assert len(statements) == 1


def test_a_silent_session_ends_after_its_time(sessions, open_session, clock):
    """14 days."""
    secret = open_session().secret
    clock.advance(days=14, seconds=-1)
    assert sessions.find(secret, "cookie")
    clock.advance(seconds=1)
    assert sessions.find(secret, "cookie") is None


def test_times_are_due_every_five_minutes_at_most(sessions, open_session, clock):
    """So reading costs no write."""
    secret = open_session().secret
    clock.advance(minutes=5, seconds=-1)
    assert sessions.find(secret, "cookie").due is None
    clock.advance(seconds=1)
    assert sessions.find(secret, "cookie").due is not None


def test_a_session_in_use_slides(sessions, open_session, db_session, clock):
    """Touched on the 13th day, it lives 14 days from then."""
    secret = open_session().secret
    clock.advance(days=13)
    assert sessions.touch(sessions.find(secret, "cookie").due)
    db_session.remove()
    clock.advance(days=13)
    assert sessions.find(secret, "cookie").due.last_seen_at == clock() - timedelta(days=13)


def test_a_session_ends_after_90_days_whatever_happens(sessions, open_session, db_session, clock):
    """However often it is used."""
    secret = open_session().secret
    for _ in range(9):
        clock.advance(days=10, seconds=-1)
        sessions.touch(sessions.find(secret, "cookie").due)
        db_session.remove()
    clock.advance(seconds=9)
    assert sessions.find(secret, "cookie") is None


def test_a_touch_is_of_one_session_alone(sessions, open_session, ada, db_session, clock):
    """Another that was opened at the same moment is as old as before."""
    secrets = [open_session().secret for _ in range(2)]
    clock.advance(minutes=6)
    assert sessions.touch(sessions.find(secrets[0], "cookie").due)
    db_session.remove()
    used, other = sessions.list(ada)
    assert used.last_seen_at - other.last_seen_at == timedelta(minutes=6)


def test_of_several_requests_at_once_one_writes(sessions, open_session, db_session, clock):
    """The others see that somebody did."""
    secret = open_session().secret
    clock.advance(minutes=6)
    due = sessions.find(secret, "cookie").due
    db_session.rollback()
    assert [sessions.touch(due) for _ in range(3)] == [True, False, False]


def test_a_touch_commits_nothing_of_the_caller_s(accounts, sessions, open_session, ada, db_session, clock):
    """Work that a view has pending stays pending."""
    secret = open_session().secret
    clock.advance(minutes=6)
    due = sessions.find(secret, "cookie").due
    ada.team = "pending"
    sessions.touch(due)
    db_session.rollback()
    assert ada.team is None


def test_an_account_that_is_marked_as_disabled_by_hand_is_out_too(sessions, open_session, ada, db_session, clock):
    """The site's own SQL may set `disabled_at`, and leave the sessions."""
    secret = open_session().secret
    ada.disabled_at = clock()
    db_session.commit()
    assert sessions.find(secret, "cookie") is None


def test_devices_are_listed_the_last_seen_first(sessions, open_session, ada, clock):
    """Those that ended are not."""
    first = open_session(client_name="Phone").session.id
    clock.advance(days=1)
    second = open_session(client_name="Laptop").session.id
    assert [session.id for session in sessions.list(ada)] == [second, first]
    clock.advance(days=13)
    assert [session.id for session in sessions.list(ada)] == [second]


def test_what_a_client_says_of_itself_is_cut_and_cleaned(open_session):
    """80 characters of name, 256 of user agent, printable."""
    session = open_session(client_name="Ada's\nphone" + "x" * 100, user_agent="Mozilla\0" + "y" * 300).session
    assert len(session.client_name) == 80
    assert session.client_name.startswith("Ada'sphone")
    assert len(session.user_agent) == 256


def test_one_device_is_signed_out(sessions, open_session, ada, revoked):
    """And told of."""
    kept, gone = open_session(), open_session()
    gone_id = gone.session.id
    assert sessions.revoke(ada, gone_id)
    assert not sessions.revoke(ada, gone_id)
    assert sessions.find(gone.secret, "cookie") is None
    assert sessions.find(kept.secret, "cookie")
    assert revoked == [{"account_id": ada.id, "session_ids": [gone_id]}]


def test_nobody_signs_the_devices_of_others_out(accounts, sessions, open_session, db_session, clock):
    """Another person's session id is no session of theirs."""
    opened = open_session()
    eve, _ = accounts.sign_in(person(clock, "eve"))
    db_session.commit()
    assert not sessions.revoke(eve, opened.session.id)
    assert sessions.revoke_all(eve) == 0
    assert sessions.find(opened.secret, "cookie")


def test_all_devices_but_one_are_signed_out(sessions, open_session, ada, revoked):
    """Then that one too."""
    this, *others = [open_session() for _ in range(3)]
    assert sessions.revoke_all(ada, but=this.session.id) == 2
    assert [sessions.find(other.secret, "cookie") for other in others] == [None, None]
    assert sessions.find(this.secret, "cookie")
    assert sessions.revoke_all(ada) == 1
    assert sessions.revoke_all(ada) == 0
    assert len(revoked) == 2


def test_pruning_deletes_what_has_ended(sessions, open_session, db_session, clock):
    """And nothing else."""
    open_session()
    clock.advance(days=13)
    open_session()
    clock.advance(days=1)
    assert sessions.prune() == 1
    assert sessions.prune() == 0
    assert db_session.scalar(select(func.count()).select_from(Session)) == 1


def test_a_pruning_goes_on_where_it_was_given_up(sessions, open_session, db_session, clock):
    """Each batch is stored for itself, and no transaction is open between two of them."""
    for _ in range(5):
        open_session()
    clock.advance(days=13)
    kept = [open_session().session.id for _ in range(2)]
    clock.advance(days=1)
    batches = sessions.prune_in_batches(2)
    first = next(batches)
    assert first.seen == 2
    assert not db_session().in_transaction()
    batches.close()
    db_session.rollback()
    left = db_session.scalar(select(func.count()).select_from(Session))
    assert left == sessions.count() == 7 - first.deleted
    assert sum(batch.deleted for batch in sessions.prune_in_batches(2)) == left - 2
    assert sorted(db_session.scalars(select(Session.id))) == sorted(kept)


def test_a_batch_is_as_small_as_it_is_asked_for(sessions, open_session, clock):
    """One session each, and each deletes its own alone."""
    for _ in range(3):
        open_session()
    clock.advance(days=14)
    assert [(batch.seen, batch.deleted) for batch in sessions.prune_in_batches(1)] == [(1, 1)] * 3 + [(0, 0)]


def test_a_session_whose_account_is_another_by_now_is_pruned(sessions, open_session, accounts, db_session, clock):
    """The key was given out again, say; those of others stay."""
    eve, _ = accounts.sign_in(person(clock, "eve"))
    open_session()
    kept_id = open_session(account=eve).session.id
    db_session.execute(update(Account).where(Account.firebase_uid == "ada").values(security_stamp="of another"))
    db_session.commit()
    assert sessions.prune() == 1
    assert [*db_session.scalars(select(Session.id))] == [kept_id]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_a_pruning_sees_every_session_once(sessions, open_session, count):
    """Also where the last batch is a full one."""
    for _ in range(count):
        open_session()
    assert sum(batch.seen for batch in sessions.prune_in_batches(2)) == count


def test_the_export_tells_of_devices_in_their_order_without_their_secrets(sessions, open_session, ada, clock):
    """Nor of the stamp that binds them to the account."""
    for name in ("Phone", "Desk", "Lap"):
        open_session(client_name=name)
        clock.advance(minutes=-1)
    exported = sessions.export(ada)["sessions"]
    assert [session["client_name"] for session in exported] == ["Lap", "Desk", "Phone"]
    assert not {"secret_hash", "account_stamp"} & set(exported[0])


def test_a_device_is_described_without_its_secret(open_session):
    """As the HTTP answers show it."""
    opened = open_session(client_name="Phone", user_agent="Dart/3")
    described = describe_session(opened.session, current_id=opened.session.id)
    assert described == {
        "id": opened.session.id,
        "transport": "cookie",
        "client_name": "Phone",
        "user_agent": "Dart/3",
        "created_at": "2026-11-24T12:00:00.000Z",
        "last_seen_at": "2026-11-24T12:00:00.000Z",
        "expires_at": "2026-12-08T12:00:00.000Z",
        "current": True,
    }
    assert hash_secret(opened.secret) == opened.session.secret_hash


class TestNamesOfDevices:
    def test_a_device_has_a_name_of_its_own(self, sessions, open_session, ada):
        """It is shown in the place of what the client calls itself, which is kept."""
        session_id = open_session(client_name="Phone").session.id
        renamed = sessions.rename(ada, session_id, " Ada's\ntelephone ")
        assert (renamed.name, renamed.client_name) == ("Ada'stelephone", "Phone")
        assert describe_session(renamed, current_id=None)["client_name"] == "Ada'stelephone"

    def test_a_name_is_cut_at_80_characters(self, sessions, open_session, ada):
        """As what a client calls itself."""
        assert sessions.rename(ada, open_session().session.id, "x" * 100).name == "x" * 80

    @pytest.mark.parametrize("name", [None, "", "  ", "\n\0"])
    def test_a_name_left_empty_is_the_client_s_again(self, sessions, open_session, ada, name):
        """And nothing where the client has none."""
        named, nameless = open_session(client_name="Phone").session.id, open_session().session.id
        for session_id, shown in ((named, "Phone"), (nameless, None)):
            sessions.rename(ada, session_id, "Other")
            assert sessions.rename(ada, session_id, name).name == shown

    def test_the_export_tells_both_names(self, sessions, open_session, ada):
        """What the client said, and what the user chose."""
        sessions.rename(ada, open_session(client_name="Phone").session.id, "Mine")
        (exported,) = sessions.export(ada)["sessions"]
        assert (exported["client_name"], exported["chosen_name"]) == ("Phone", "Mine")

    def test_nobody_names_the_devices_of_others(self, accounts, sessions, open_session, ada, db_session, clock):
        """Nor one that has ended."""
        session_id = open_session().session.id
        eve, _ = accounts.sign_in(person(clock, "eve"))
        db_session.commit()
        assert sessions.rename(eve, session_id, "Mine now") is None
        clock.advance(days=15)
        assert sessions.rename(ada, session_id, "Too late") is None
        assert db_session.get(Session, session_id).chosen_name is None

    @pytest.mark.parametrize("session_id", ["", "\0", "a\0b", "\ud800", "ü", "x" * 10_000])
    def test_an_id_that_is_none_names_nothing(self, sessions, open_session, ada, session_id):
        """Of any text, on any engine."""
        open_session()
        assert sessions.rename(ada, session_id, "Phone") is None

    def test_a_device_that_signs_in_again_keeps_its_name(self, sessions, open_session, ada):
        """Its new session takes the old one's place."""
        first = open_session()
        sessions.rename(ada, first.session.id, "Mine")
        second = open_session(replacing=[first.secret])
        assert second.session.name == "Mine"
        assert open_session().session.name is None

    def test_the_next_user_of_a_device_does_not_find_the_name(self, accounts, sessions, open_session, ada, db_session, clock):
        """It was the former's."""
        first = open_session()
        sessions.rename(ada, first.session.id, "Ada's")
        eve, _ = accounts.sign_in(person(clock, "eve"))
        assert open_session(eve, replacing=[first.secret]).session.name is None


def test_whoever_ended_a_session_is_told_as_the_sender(sessions, open_session):
    """A site with two of us tells them apart."""
    senders = []

    def hear(sender, **_):
        senders.append(sender)

    with signals.session_revoked.connected_to(hear):
        sessions.end(open_session().session.id)
    assert senders == [sessions]


def test_what_was_proven_before_a_time_is_forgotten_and_told_after_the_commit(
    sessions, open_session, ada, db_session, clock, revoked
):
    """A sign-in at that time stays, and so does what is another user's."""
    old, other = open_session(auth_time=clock() - timedelta(seconds=1)), open_session()
    old_id = old.session.id
    tell = sessions.forget_before(ada, clock())
    db_session.commit()
    assert revoked == []
    tell()
    assert revoked == [{"account_id": ada.id, "session_ids": [old_id]}]
    assert sessions.find(old.secret, "cookie") is None
    assert sessions.find(other.secret, "cookie")


def test_a_session_that_has_just_ended_is_neither_renamed_nor_told(sessions, open_session, ada, clock, revoked):
    """At the last moment of its time it is over."""
    session_id = open_session().session.id
    clock.advance(days=14)
    assert sessions.rename(ada, session_id, "Phone") is None
    assert not sessions.end(session_id)
    assert revoked == []


def test_of_two_sessions_that_a_device_had_the_name_of_the_later_one_goes_on(sessions, open_session, ada, db_session, clock):
    """What the user called it last."""
    secrets = []
    for name in ("Old phone", "Phone"):
        opened = open_session()
        sessions.rename(ada, opened.session.id, name)
        secrets.append(opened.secret)
        clock.advance(minutes=1)
    assert open_session(replacing=secrets).session.chosen_name == "Phone"


def test_a_row_of_the_site_s_own_gets_a_stamp_and_the_others_stay_as_they_are(sessions, db_session, clock):
    """Each when it first signs in."""
    for uid in ("one", "other"):
        db_session.add(Account(firebase_uid=uid, security_stamp=None))
    db_session.commit()
    db_session.execute(update(Account).values(security_stamp=None))
    db_session.commit()
    one, other = db_session.scalars(select(Account).order_by(Account.id))
    opened = sessions.open(one, auth_time=clock(), transport="cookie")
    db_session.commit()
    assert one.security_stamp == opened.session.account_stamp
    assert other.security_stamp is None


def test_none_are_none(sessions):
    """A site that nobody has signed in on yet."""
    assert sessions.count() == 0


def test_times_are_written_by_the_engine_of_a_session_on_a_connection(engine, open_session, sessions, clock):
    """As in tests that roll back what they have done."""
    secret = open_session().secret
    clock.advance(minutes=5)
    with engine.connect() as connection, DatabaseSession(connection) as db_session:
        found = Sessions(db_session, Session, Account, clock=clock).find(secret, "cookie")
        assert found.due.engine is engine
