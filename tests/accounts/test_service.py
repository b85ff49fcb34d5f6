"""Who people are on this site."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as DatabaseSession

from flask_firebase_login import AccountMixin, Accounts, Sessions, SignInDenied, SignInPolicy, signals
from flask_firebase_login.accounts.hooks import Hooks
from flask_firebase_login.database import transactions
from flask_firebase_login.database.transactions import in_transaction
from flask_firebase_login.errors import (
    AccountDisabled,
    AnonymousRejected,
    EmailNotVerified,
    InvalidSettings,
    NotFound,
    VersionConflict,
)
from models import Account, Session, person
from threads import at_once


@pytest.fixture
def ada(accounts, db_session, clock):
    account, _ = accounts.sign_in(person(clock))
    db_session.commit()
    return account


@pytest.fixture
def heard():
    """What the signals of accounts told, in order."""
    told = []
    receivers = []
    for signal in (signals.account_created, signals.account_updated, signals.account_deleted):

        def receive(sender, signal=signal, **carried):
            assert isinstance(sender, Accounts)
            told.append((signal.name, carried))

        signal.connect(receive)
        receivers.append(receive)
    yield told
    assert len(receivers) == 3


def test_a_first_sign_in_makes_an_account(accounts, db_session, clock):
    """With what the provider says, no settings and no roles."""
    account, created = accounts.sign_in(person(clock))
    db_session.commit()
    assert created
    assert (account.firebase_uid, account.email, account.email_verified) == ("ada", "ada@example.com", True)
    assert (account.name, account.photo_url) == ("Ada Lovelace", "https://example.com/ada.png")
    assert (account.providers, account.settings, account.roles) == (["google.com"], {}, [])
    assert account.created_at == account.last_signed_in_at == clock()


def test_a_second_sign_in_finds_it(accounts, ada, db_session, clock):
    """One person, one account."""
    account, created = accounts.sign_in(person(clock))
    assert (account.id, created) == (ada.id, False)


def test_nothing_is_committed_by_a_sign_in(accounts, db_session, clock):
    """The session that belongs to it goes into the same transaction."""
    accounts.sign_in(person(clock))
    db_session.rollback()
    assert accounts.find("ada") is None


def test_an_account_is_never_found_by_its_e_mail(accounts, ada, db_session, clock):
    """Another person with the same address is another account: no takeover by an unverified address."""
    other, created = accounts.sign_in(person(clock, "eve", email="ada@example.com", email_verified=False))
    db_session.commit()
    assert created
    assert other.id != ada.id


def test_the_provider_s_facts_are_refreshed_and_personal_choices_are_not(accounts, ada, db_session, clock):
    """A new name at Google shows where none was chosen here; a chosen one stays."""
    accounts.update(ada, {"name": "Countess"})
    accounts.sign_in(person(clock, name="Ada King", photo_url="https://example.com/new.png", email="king@example.com"))
    db_session.commit()
    assert (ada.name, ada.provider_name) == ("Countess", "Ada King")
    assert (ada.photo_url, ada.email) == ("https://example.com/new.png", "king@example.com")
    accounts.update(ada, {"name": None})
    assert ada.name == "Ada King"


class TestWhatASignInTells:
    @pytest.fixture
    def sign_in(self, accounts, ada, db_session, clock, heard):
        """A function that signs Ada in with other facts, and returns what was told of it."""

        def sign_in(**facts):
            account, created = in_transaction(db_session, lambda: accounts.sign_in(person(clock, **facts)))
            assert heard == []
            accounts.announce(account, created)
            return [(name, carried.get("changed"), carried.get("former_email")) for name, carried in heard]

        return sign_in

    def test_a_new_account(self, accounts, db_session, clock, heard):
        """And no change of it."""
        account, created = accounts.sign_in(person(clock))
        db_session.commit()
        accounts.announce(account, created)
        assert heard == [("account-created", {"account": account})]

    def test_an_address_that_was_changed_elsewhere(self, sign_in):
        """With the one before, for who should hear of it there; not with the stamp by which sessions end."""
        assert sign_in(email="king@example.com") == [("account-updated", ["provider_email"], "ada@example.com")]

    def test_an_address_that_is_gone(self, sign_in):
        """And is not confirmed any more."""
        told = sign_in(email=None, email_verified=False)
        assert told == [("account-updated", ["provider_email", "email_verified"], "ada@example.com")]

    def test_ways_to_sign_in_that_were_changed_elsewhere(self, sign_in):
        """The address is the same."""
        assert sign_in(providers=("github.com", "google.com")) == [("account-updated", ["providers"], None)]

    def test_nothing_where_nothing_changed(self, sign_in):
        """The ordinary sign-in."""
        assert sign_in() == []

    def test_each_change_once(self, accounts, ada, sign_in, heard):
        """Whoever announces twice tells nothing anew."""
        sign_in(name="Ada King")
        accounts.announce(ada, created=False)
        assert len(heard) == 1

    def test_what_was_taken_back_is_not_told(self, accounts, ada, db_session, clock, heard):
        """The next sign-in tells what it changed itself."""
        accounts.sign_in(person(clock, email="king@example.com"))
        db_session.rollback()
        account, created = accounts.sign_in(person(clock))
        db_session.commit()
        accounts.announce(account, created)
        assert heard == []


def test_an_absent_name_never_erases_a_known_one(accounts, ada, db_session, clock):
    """Apple says it once."""
    accounts.sign_in(person(clock, name=None, photo_url=None))
    db_session.commit()
    assert (ada.name, ada.photo_url) == ("Ada Lovelace", "https://example.com/ada.png")


def test_a_person_without_an_e_mail_is_normal(accounts, db_session, clock):
    """Telephone, Facebook, anonymous."""
    account, _ = accounts.sign_in(person(clock, email=None, email_verified=False, provider="phone", providers=("phone",)))
    db_session.commit()
    assert (account.email, account.email_verified, account.providers) == (None, False, ["phone"])


def test_a_password_stays_known_while_there_is_an_address(accounts, db_session, clock):
    """An ID token tells of a password only where it was just used."""
    by_password = {"provider": "password", "providers": ("password",)}
    account, _ = accounts.sign_in(person(clock, **by_password))
    accounts.sign_in(person(clock))
    db_session.commit()
    assert account.providers == ["google.com", "password"]
    accounts.sign_in(person(clock, email=None, email_verified=False))
    assert account.providers == ["google.com"]


@pytest.mark.parametrize(
    ("facts", "column", "stored"),
    [
        ({"name": "A\u0007da\n"}, "provider_name", "Ada"),
        ({"name": "  \t "}, "provider_name", None),
        ({"name": "x" * 5000}, "provider_name", "x" * 200),
        ({"name": "👩\u200d🔬"}, "provider_name", "👩\u200d🔬"),
        ({"photo_url": "javascript:alert(1)"}, "provider_photo_url", None),
        ({"photo_url": "data:image/png;base64,AAAA"}, "provider_photo_url", None),
        ({"photo_url": "https://[broken"}, "provider_photo_url", None),
        ({"photo_url": "https://example.com/a\nb"}, "provider_photo_url", None),
        ({"photo_url": "https://example.com/" + "x" * 2048}, "provider_photo_url", None),
        ({"email": "a" * 400 + "@example.com"}, "email", None),
    ],
)
def test_what_people_can_set_at_firebase_is_made_fit_to_be_stored(accounts, db_session, clock, facts, column, stored):
    """Names and pictures are anybody's to set there."""
    account, _ = accounts.sign_in(person(clock, **facts))
    db_session.commit()
    assert getattr(account, column) == stored


def test_a_sign_in_that_tells_nothing_new_changes_no_version(accounts, ada, db_session, clock):
    """Clients that hold an ETag need not read again."""
    version = ada.version
    accounts.sign_in(person(clock))
    db_session.commit()
    assert ada.version == version


def test_the_last_sign_in_is_written_once_a_day_outside_the_version(accounts, ada, db_session, clock):
    """It is good to the day, and changes no ETag."""
    version, first = ada.version, clock()
    clock.advance(hours=23)
    accounts.sign_in(person(clock))
    db_session.commit()
    assert ada.last_signed_in_at == first
    clock.advance(hours=1)
    accounts.sign_in(person(clock))
    assert ada.last_signed_in_at == clock()
    db_session.commit()
    assert (ada.last_signed_in_at, ada.version) == (clock(), version)


def test_admission_is_asked_before_an_account_is_made(db_session, clock, engine):
    """A company's domain: others leave no trace, and are told why."""

    def only_our_people(id_token):
        if not (id_token.email or "").endswith("@example.com"):
            raise SignInDenied("This site is for people of example.com.")

    accounts = Accounts(db_session, Account, clock=clock, policy=SignInPolicy(callbacks=[only_our_people]))
    with pytest.raises(SignInDenied, match=r"people of example\.com"):
        accounts.sign_in(person(clock, email="eve@elsewhere.example"))
    db_session.commit()
    assert db_session.scalar(select(func.count()).select_from(Account)) == 0
    assert accounts.sign_in(person(clock))[1]


@pytest.mark.parametrize(
    ("facts", "options", "rejection"),
    [
        ({"provider": "anonymous", "email": None}, {}, AnonymousRejected),
        ({"email_verified": False}, {"require_verified_email": True}, EmailNotVerified),
        ({"email": None, "email_verified": False}, {"require_verified_email": True}, EmailNotVerified),
        ({"provider": "anonymous", "email": None}, {"allow_anonymous": True}, None),
        ({"email_verified": False}, {}, None),
    ],
)
def test_the_site_s_rules_of_admission(db_session, clock, facts, options, rejection):
    """Anonymous people and unverified addresses, rejected or taken as configured."""
    accounts = Accounts(db_session, Account, clock=clock, policy=SignInPolicy(**options))
    if rejection is None:
        assert accounts.sign_in(person(clock, **facts))[1]
    else:
        with pytest.raises(rejection):
            accounts.sign_in(person(clock, **facts))


def test_on_create_fills_the_new_account_alone(db_session, clock):
    """The site's own columns are set before the row is stored, once."""
    calls = []

    def fill(account, id_token):
        calls.append(id_token.uid)
        account.team = "blue"

    accounts = Accounts(db_session, Account, clock=clock, hooks=Hooks(on_create=[fill]))
    account, _ = accounts.sign_in(person(clock))
    accounts.sign_in(person(clock))
    assert (account.team, calls) == ("blue", ["ada"])


def test_an_error_of_the_database_that_is_no_race_is_not_hidden(db_session, clock):
    """A row that the site's own columns reject raises what the database said."""

    def spoil(account, id_token):
        account.team = object()

    accounts = Accounts(db_session, Account, clock=clock, hooks=Hooks(on_create=[spoil]))
    with pytest.raises(StatementError, match="object"):
        accounts.sign_in(person(clock))


def test_a_merge_patch_changes_what_it_names(accounts, ada, heard):
    """RFC 7396: members are merged, null removes."""
    accounts.update(ada, {"settings": {"theme": "dark", "editor": {"tabs": 4, "wrap": True}}})
    accounts.update(ada, {"settings": {"editor": {"tabs": None}}, "name": " Ada "})
    assert ada.settings == {"theme": "dark", "editor": {"wrap": True}}
    assert ada.name == "Ada"
    accounts.update(ada, {"settings": None})
    assert ada.settings == {}
    assert [carried["changed"] for _, carried in heard] == [["settings"], ["chosen_name", "settings"], ["settings"]]


def test_a_patch_that_changes_nothing_changes_no_version(accounts, ada, heard):
    """And tells nobody."""
    accounts.update(ada, {"settings": {"theme": "dark"}})
    version = ada.version
    accounts.update(ada, {"settings": {"theme": "dark"}})
    accounts.update(ada, {})
    assert (ada.version, len(heard)) == (version, 1)


def test_settings_changed_in_place_are_stored(accounts, ada, db_session):
    """A site's own code may write `account.settings["x"] = …` and commit."""
    ada.settings["theme"] = "dark"
    db_session.commit()
    db_session.refresh(ada)
    assert ada.settings == {"theme": "dark"}


def test_the_site_s_validator_has_the_last_word(db_session, clock):
    """It sees the settings as they would become, and returns what to keep."""

    def validate(settings):
        if settings.get("theme") == "pink":
            raise InvalidSettings("There is no pink.")
        return {"theme": settings["theme"].lower()}

    accounts = Accounts(db_session, Account, clock=clock, validate_settings=validate)
    account, _ = accounts.sign_in(person(clock))
    db_session.commit()
    accounts.update(account, {"settings": {"theme": "DARK", "other": 1}})
    assert account.settings == {"theme": "dark"}
    with pytest.raises(InvalidSettings, match="no pink"):
        accounts.update(account, {"settings": {"theme": "pink"}})
    assert account.settings == {"theme": "dark"}


def test_an_expected_version_that_is_past_is_a_conflict(accounts, ada):
    """The loser of two who sent If-Match gets a 412."""
    version = ada.version
    accounts.update(ada, {"name": "First"}, expected_version=version)
    with pytest.raises(VersionConflict) as conflict:
        accounts.update(ada, {"name": "Second"}, expected_version=version)
    assert conflict.value.status == 412
    assert ada.name == "First"


def test_an_account_that_is_gone_cannot_be_changed(accounts, ada, db_session):
    """Deleted by another request meanwhile."""
    accounts.delete(accounts.find("ada"))
    with pytest.raises(NotFound):
        accounts.update(ada, {"name": "Nobody"})
    with pytest.raises(NotFound):
        accounts.delete(ada)


def test_two_clients_that_patch_different_settings_at_once_lose_nothing(accounts, ada, db_session):
    """A hundred times, on two threads, each its own setting."""
    db_session.remove()

    def patch(name):
        for number in range(100):
            account = accounts.find("ada")
            accounts.update(account, {"settings": {name: {str(number): number}}})
            db_session.remove()

    assert at_once(lambda: patch("left"), lambda: patch("right")) == []
    expected = {str(number): number for number in range(100)}
    assert accounts.find("ada").settings == {"left": expected, "right": expected}


def test_roles_are_granted_and_withdrawn(accounts, ada, heard):
    """Twice is as good as once."""
    accounts.grant(ada, "admin")
    accounts.grant(ada, "admin")
    assert ada.has_role("admin")
    assert ada.roles == ["admin"]
    accounts.revoke(ada, "admin")
    accounts.revoke(ada, "admin")
    assert ada.roles == []
    assert len(heard) == 2


def test_of_several_roles_one_is_withdrawn(accounts, ada):
    """The others stay."""
    for role in ("a", "b" * 64):
        accounts.grant(ada, role)
    accounts.revoke(ada, "a")
    assert ada.roles == ["b" * 64]


@pytest.mark.parametrize("role", ["", "x" * 65])
def test_a_role_has_a_name(accounts, ada, role):
    """1 to 64 characters."""
    with pytest.raises(ValueError, match="1 to 64"):
        accounts.grant(ada, role)


def test_a_disabled_person_is_rejected_and_their_sessions_end(accounts, sessions, ada, db_session, clock):
    """Until they are enabled again."""
    opened = sessions.open(ada, auth_time=clock(), transport="cookie")
    db_session.commit()
    accounts.disable(ada)
    assert not ada.is_active
    assert sessions.find(opened.secret, "cookie") is None
    with pytest.raises(AccountDisabled):
        accounts.sign_in(person(clock))
    db_session.rollback()
    accounts.enable(ada)
    accounts.enable(ada)
    assert accounts.sign_in(person(clock)) == (ada, False)


def test_disabling_twice_keeps_the_first_time(accounts, ada, clock):
    """`disabled_at` tells since when."""
    accounts.disable(ada)
    first = ada.disabled_at
    clock.advance(days=1)
    accounts.disable(ada)
    assert ada.disabled_at == first


def test_deletion_takes_the_sessions_along_and_tells(accounts, sessions, ada, db_session, clock, heard):
    """In one transaction; the same person can then start anew."""
    ada_id = ada.id
    sessions.open(ada, auth_time=clock(), transport="cookie")
    db_session.commit()
    accounts.delete(ada)
    assert accounts.find("ada") is None
    assert db_session.scalar(select(func.count()).select_from(Session)) == 0
    assert heard == [("account-deleted", {"account_id": ada_id, "firebase_uid": "ada"})]
    assert accounts.sign_in(person(clock))[1]


def test_an_export_is_all_that_is_kept_but_no_hash(accounts, sessions, ada, db_session, clock):
    """Every column, the site's own too, and the devices."""
    sessions.open(ada, auth_time=clock(), transport="cookie", client_name="Phone")
    ada.team = "blue"
    db_session.commit()
    exported = accounts.export(ada)
    assert exported["account"]["team"] == "blue"
    assert exported["account"]["created_at"] == "2026-11-24T12:00:00.000Z"
    assert set(exported["account"]) == {column.key for column in Account.__table__.columns} - {"security_stamp"}
    assert exported["sessions"][0]["client_name"] == "Phone"
    assert "secret_hash" not in exported["sessions"][0]


def test_recognising_costs_one_query_once_known(accounts, db_session, engine, clock, heard):
    """For ID tokens that come with each request."""
    senders = []

    def hear(sender, **_):
        senders.append(sender)

    with signals.account_created.connected_to(hear):
        made = accounts.recognise(person(clock))
    assert senders == [accounts]
    assert [(name, carried) for name, carried in heard] == [("account-created", {"account": made})]
    db_session.remove()
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert accounts.recognise(person(clock)).firebase_uid == "ada"
    assert len(statements) == 1
    assert accounts.recognise(person(clock, name="Countess")).name == "Ada Lovelace"
    accounts.disable(accounts.find("ada"))
    with pytest.raises(AccountDisabled):
        accounts.recognise(person(clock))


def test_200_first_sign_ins_at_once_make_one_account_and_200_sessions(accounts, db_session, clock, monkeypatch):
    """No error, whoever wins, and however slow the machine: when to give up a lock is another test's."""
    monkeypatch.setattr(transactions, "LONGEST_SECONDS", 300.0)
    sessions = Sessions(db_session, Session, Account, per_account=200, clock=clock)
    made = []

    def work():
        account, created = accounts.sign_in(person(clock))
        sessions.open(account, auth_time=clock(), transport="bearer")
        return created

    def sign_in():
        try:
            made.append(in_transaction(db_session, work))
        finally:
            db_session.remove()

    assert at_once(*[sign_in] * 200) == []
    assert db_session.scalar(select(func.count()).select_from(Account)) == 1
    assert db_session.scalar(select(func.count()).select_from(Session)) == 200
    assert made.count(True) == 1


def test_times_are_aware_utc_and_nothing_else_is_stored(accounts, ada, db_session, clock):
    """A naive time is rejected before it could be taken for UTC."""
    db_session.refresh(ada)
    assert ada.created_at.utcoffset() == timedelta(0)
    ada.disabled_at = clock().replace(tzinfo=None)
    with pytest.raises(Exception, match="aware"):
        db_session.commit()


def test_names_can_be_queried(accounts, ada, db_session):
    """`name` and `photo_url` are hybrids."""
    accounts.update(ada, {"name": "Countess", "photo_url": "https://example.com/countess.png"})
    assert db_session.scalar(select(Account.name)) == "Countess"
    assert db_session.scalar(select(Account.id).where(Account.photo_url.endswith("countess.png"))) == ada.id


def test_flask_login_s_id_of_an_account_is_its_key(ada):
    """It is for a site's own code; what travels in the cookie is the secret of a session."""
    assert ada.get_id() == str(ada.id)


def test_disabling_tells_of_what_it_is_for_alone(accounts, ada, heard):
    """And not of the stamp by which sessions end."""
    accounts.disable(ada)
    assert heard == [("account-updated", {"account": ada, "changed": ["disabled_at"], "former_email": None})]


@pytest.mark.parametrize(
    ("first", "later", "is_new_sign_in"),
    [
        ({}, {}, False),
        ({"email_verified": False}, {"email_verified": False}, False),
        ({"email": None, "email_verified": False}, {"email": None, "email_verified": False}, False),
        ({"email_verified": False}, {}, True),
        ({"email": None, "email_verified": False}, {}, True),
        ({}, {"email": "new@example.com", "email_verified": False}, False),
        ({}, {"email": "new@example.com"}, False),
    ],
)
def test_recognising_is_a_sign_in_where_an_address_comes_that_may_be_another_s(db_session, clock, first, later, is_new_sign_in):
    """Verified now, and not before; any other ID token of a known user costs its one query."""
    hooks, signed_in, taken_over = Hooks(), [], []
    hooks.on_sign_in.append(lambda account, id_token: signed_in.append(id_token))
    hooks.on_link.append(lambda account, id_token: taken_over.append(id_token))
    accounts = Accounts(db_session, Account, clock=clock, hooks=hooks)
    accounts.recognise(person(clock, **first))
    known = person(clock, **later)
    stamp = accounts.find("ada").security_stamp
    accounts.recognise(known)
    assert signed_in[1:] == taken_over == ([known] if is_new_sign_in else [])
    assert (accounts.find("ada").security_stamp != stamp) == is_new_sign_in


@pytest.mark.parametrize("firebase_uid", ["", "\0", "a\0b", "\ud800", "ü", "x" * 10_000])
def test_a_uid_that_is_none_finds_nobody(accounts, firebase_uid):
    """Of any text, on any engine: a site may look up what it was sent."""
    assert accounts.find(firebase_uid) is None


@pytest.fixture
def several(accounts, db_session, clock):
    """Accounts of five users, the second and the fourth disabled."""
    made = [accounts.sign_in(person(clock, f"user/{number}"))[0] for number in range(5)]
    db_session.commit()
    for account in made[1::2]:
        accounts.disable(account)
    return [account.id for account in made]


def test_accounts_are_read_page_by_page(accounts, several, db_session):
    """By their keys, so that what comes or goes in between shifts nothing."""
    first = accounts.find_page(limit=2)
    accounts.delete(first[0])
    second = accounts.find_page(after=first[1].id, limit=2)
    last = accounts.find_page(after=second[1].id, limit=2)
    assert [account.id for account in (*first[1:], *second, *last)] == several[1:]
    assert not accounts.find_page(after=last[0].id)


def test_those_who_are_disabled_are_a_page_of_their_own(accounts, several):
    """And so are the others."""
    assert [account.id for account in accounts.find_page(is_disabled=True)] == several[1::2]
    assert [account.id for account in accounts.find_page(is_disabled=False)] == several[::2]


def test_an_account_is_found_by_its_key_as_it_is_typed(accounts, ada):
    """What cannot be a key is nobody's."""
    assert accounts.find_by_key(str(ada.id)) is ada
    for key in ("", "ada", "1.0", "-1", "1_0", "9" * 30, str(ada.id + 1), "\0"):
        assert accounts.find_by_key(key) is None


def test_all_who_have_an_address_are_found_by_it(accounts, db_session, clock):
    """Letter by letter; an address is nobody's alone."""
    both = [accounts.sign_in(person(clock, uid, email="two@example.com"))[0] for uid in ("one", "other")]
    db_session.commit()
    assert accounts.find_all_by_email("two@example.com") == both
    assert accounts.find_all_by_email("two@example.com", limit=1) == both[:1]
    for address in ("TWO@example.com", "two@example.com\0", "two@example", "", "%"):
        assert not accounts.find_all_by_email(address)


def test_who_has_an_address_is_found_by_the_site_s_own_column_too(clock):
    """In the order of their keys, and each once."""

    class Own(DeclarativeBase):
        pass

    class Member(AccountMixin, Own):
        __tablename__ = "member"

        email: Mapped[str | None] = mapped_column()

    engine = create_engine("sqlite://")
    Own.metadata.create_all(engine)
    with DatabaseSession(engine) as db_session:
        rows = [
            Member(id=3, email="ada@example.com"),
            Member(id=1, provider_email="ada@example.com", email="ada@example.org"),
            Member(id=2, provider_email="eve@example.com", email="eve@example.com"),
            Member(id=4, provider_email="ada@example.com", email="ada@example.com"),
        ]
        for row in rows:
            db_session.add(row)
            db_session.flush()
        found = Accounts(db_session, Member, clock=clock).find_all_by_email("ada@example.com")
        assert [member.id for member in found] == [1, 3, 4]
    engine.dispose()
