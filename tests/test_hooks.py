"""What a site does at a sign-in, a deletion and an export."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask, session
from flask_login import login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from devices import Device
from flask_firebase_login import AccountMixin, FirebaseLogin, SignInDenied, by_verified_email
from flask_firebase_login.accounts.hooks import fold_address
from threads import at_once


@pytest.fixture
def site(either_database_url, firebase_issuer):
    """A site that has had users, with addresses and posts, for years."""
    app = Flask("grown")
    app.config.update(SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=either_database_url, **firebase_issuer.config)
    app.config.update(FIREBASE_LOGIN_ACCEPT_ID_TOKENS=True, FIREBASE_LOGIN_ALLOW_ANONYMOUS=True)
    db = SQLAlchemy(app)

    class User(AccountMixin, db.Model):
        email: Mapped[str | None] = mapped_column(String(120), unique=True)
        password_hash: Mapped[str | None] = mapped_column(String(200))
        letters: Mapped[str | None] = mapped_column("pw_hash", String(200))
        last_ip: Mapped[str | None] = mapped_column(String(40))
        __not_exported__ = ("last_ip",)

    class Post(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
        text: Mapped[str]
        user: Mapped[User] = relationship()

    app.db, app.user, app.post = db, User, Post
    app.firebase = FirebaseLogin(app, db, account_model=User)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture(params=["cookie", "bearer"])
def device(request, site, firebase_issuer):
    return Device(site, firebase_issuer, request.param)


def add(site, email, **columns):
    """A user of before, and its key."""
    with site.app_context():
        user = site.user(email=email, **columns)
        site.db.session.add(user)
        site.db.session.commit()
        return user.id


def sign_in_into(answers, device, email):
    answers.append(device.sign_in(email))


def read(site, key):
    with site.app_context():
        return site.db.session.get(site.user, key)


def count(site):
    with site.app_context():
        return site.db.session.scalar(site.db.select(site.db.func.count()).select_from(site.user))


class TestLinkExisting:
    """Who was known before keeps what they had."""

    @pytest.fixture(autouse=True)
    def linked(self, site):
        site.firebase.link_existing(by_verified_email(site.user.email))

    def test_a_user_of_before_comes_into_their_old_account(self, site, device):
        """By a verified address, without regard to case; Firebase's facts are stored, theirs stay."""
        key = add(site, "Ada@Example.com", password_hash="scrypt:", settings={"theme": "dark"})
        answer = device.sign_in(name="Ada Lovelace").get_json()
        assert (answer["created"], answer["account"]["id"], answer["account"]["settings"]) == (False, key, {"theme": "dark"})
        user = read(site, key)
        assert (user.firebase_uid, user.email, user.provider_email) == (
            "uid-of-ada@example.com",
            "Ada@Example.com",
            "ada@example.com",
        )
        assert user.last_signed_in_at is not None
        assert count(site) == 1

    def test_it_is_asked_once(self, site, device):
        """Afterwards the uid alone decides, whatever becomes of the address."""
        key = add(site, "ada@example.com")
        device.sign_in()
        with site.app_context():
            site.db.session.get(site.user, key).email = "another@example.com"
            site.db.session.commit()
        assert device.sign_in().get_json()["account"]["id"] == key

    def test_an_address_that_nobody_has_verified_links_nobody(self, site, device):
        """Anybody can type one."""
        key = add(site, "ada@example.com")
        assert device.sign_in(email_verified=False).get_json()["created"] is True
        assert read(site, key).firebase_uid is None

    def test_a_user_without_an_address_is_new(self, site, device):
        """As by telephone; a row without an address is nobody's either."""
        add(site, None)
        assert device.sign_in(None, provider="phone").get_json()["created"] is True
        assert count(site) == 2

    def test_an_address_that_two_rows_have_is_for_the_site_to_sort_out(self, site, device, caplog):
        """The log names the rows; nothing is linked, and nothing made."""
        keys = [add(site, "ada@example.com"), add(site, "ADA@example.com")]
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")
        assert f"rows {keys[0]}, {keys[1]} of User have one address" in caplog.text
        assert [read(site, key).firebase_uid for key in keys] == [None, None]
        assert count(site) == 2

    def test_an_account_that_somebody_else_is_stays_theirs(self, site, device):
        """A second Firebase user with the same verified address gets an account of their own, where the site's columns allow."""
        key = add(site, "ada@example.com", firebase_uid="first", last_signed_in_at=datetime.now(UTC))
        assert device.sign_in(uid="second").get_json()["created"] is True
        assert read(site, key).firebase_uid == "first"

    def test_who_was_disabled_before_stays_out(self, site, device):
        """And is not linked."""
        key = add(site, "ada@example.com")
        with site.app_context():
            site.firebase.accounts.disable(site.db.session.get(site.user, key))
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (403, "account_disabled")
        assert read(site, key).firebase_uid is None

    @pytest.mark.integration
    def test_eight_first_sign_ins_at_once_are_one_account(self, site, device, firebase_issuer):
        """Whichever is first."""
        key = add(site, "ada@example.com")
        devices = [Device(site, firebase_issuer, device.transport) for _ in range(8)]
        answers = []
        assert at_once(*[lambda one=one: answers.append(one.sign_in()) for one in devices]) == []
        assert {(answer.status_code, answer.get_json()["account"]["id"]) for answer in answers} == {(200, key)}
        assert count(site) == 1

    def test_an_id_token_with_each_request_links_too(self, site, device, firebase_issuer):
        """ACCEPT_ID_TOKENS goes the same way."""
        key = add(site, "ada@example.com")
        headers = {"Authorization": f"Bearer {firebase_issuer.mint(email='ada@example.com')}"}
        assert device.get("/auth/account", headers=headers).get_json()["id"] == key

    def test_whoever_was_signed_in_as_the_row_before_is_so_no_more(self, site, device, firebase_issuer):
        """Its address may have been typed by anybody."""
        key = add(site, "ada@example.com", firebase_uid="mallory")
        squatter = Device(site, firebase_issuer, device.transport)
        squatter.sign_in(uid="mallory", email="mallory@example.com")
        with site.app_context():
            site.db.session.get(site.user, key).firebase_uid = None
            site.db.session.commit()
        assert device.sign_in().get_json()["account"]["id"] == key
        assert squatter.get("/auth/account").status_code == 401

    @pytest.mark.parametrize(
        ("stored", "told"),
        [
            ("mi\u212ae@example.com", "mike@example.com"),
            ("mike@example.com", "mi\u212ae@example.com"),
            ("\u0130van@example.com", "ivan@example.com"),
        ],
    )
    def test_letters_that_a_database_takes_for_one_are_two(self, site, device, stored, told):
        """The Kelvin sign is no k, whatever lower() says."""
        key = add(site, stored)
        assert device.sign_in(told, uid="another").get_json()["created"] is True
        assert read(site, key).firebase_uid is None

    def test_one_row_is_linked_and_no_other(self, site, device):
        """Once, and its version tells."""
        key, other = add(site, "ada@example.com"), add(site, "grace@example.com")
        device.sign_in()
        assert [read(site, one).firebase_uid for one in (key, other)] == ["uid-of-ada@example.com", None]
        assert [read(site, one).version for one in (key, other)] == [3, 1]  # the link, and what the provider says

    def test_a_row_of_somebody_else_does_not_shut_an_owner_out(self, site, device, firebase_issuer):
        """Whoever has typed the address before, in other letters: the row that is nobody's yet is linked."""
        key = add(site, "ada@example.com")
        add(site, "ADA@example.com", firebase_uid="mallory")
        assert device.sign_in().get_json()["account"]["id"] == key

    @pytest.mark.integration
    def test_eight_at_once_are_one_account_where_newcomers_are_denied(self, site, device, firebase_issuer):
        """None of them is a newcomer."""

        @site.firebase.on_create
        def deny(account, id_token):
            raise SignInDenied("Members only.")

        for number in range(5):
            key = add(site, f"ada{number}@example.com")
            devices = [Device(site, firebase_issuer, device.transport) for _ in range(8)]
            answers = []
            email = f"ada{number}@example.com"
            works = [partial(sign_in_into, answers, one, email) for one in devices]
            assert at_once(*works) == []
            assert {(answer.status_code, answer.get_json()["account"]["id"]) for answer in answers} == {(200, key)}

    def test_what_else_lets_somebody_in_is_taken_away_by_on_link(self, site, device):
        """Once, when a row of before is its owner's; not for a newcomer."""
        taken = []

        @site.firebase.on_link
        def take_away(account, id_token):
            taken.append(account.id)
            account.password_hash = None

        key = add(site, "ada@example.com", password_hash="scrypt:")
        for _ in range(2):
            device.sign_in()
        assert read(site, key).password_hash is None
        device.sign_in("grace@example.com")
        device.sign_in("grace@example.com")
        assert taken == [key]

    def test_a_uid_that_an_import_gave_is_linked_at_its_first_sign_in(self, site, device):
        """As one that link_existing finds is."""
        linked = []
        site.firebase.on_link(lambda account, id_token: linked.append(account.id))
        key = add(site, "ada@example.com", firebase_uid="imported")
        device.sign_in(uid="imported")
        device.sign_in(uid="imported")
        assert linked == [key]

    def test_whoever_was_signed_in_as_an_imported_row_is_so_no_more(self, site, device, firebase_issuer):
        """By the site's own forms, with somebody else's address: its owner comes."""
        key = add(site, "ada@example.com", firebase_uid="imported")

        def log_in():
            return {"done": login_user(site.db.session.get(site.user, key))}

        site.add_url_rule("/log-in", view_func=log_in, methods=["POST"])
        squatter = Device(site, firebase_issuer, "cookie")
        squatter.post("/log-in")
        assert squatter.get("/auth/account").status_code == 200
        assert device.sign_in(uid="imported").status_code == 200
        assert squatter.get("/auth/account").status_code == 401
        assert device.get("/auth/account").status_code == 200

    def test_an_owner_who_comes_with_each_request_s_id_token_ends_it_too(self, site, device, firebase_issuer):
        """ACCEPT_ID_TOKENS: the first is a sign-in, and the others cost one query."""
        linked = []
        site.firebase.on_link(lambda account, id_token: linked.append(account.id))
        key = add(site, "ada@example.com", firebase_uid="imported")
        stamp = read(site, key).security_stamp
        headers = {"Authorization": f"Bearer {firebase_issuer.mint(uid='imported', email='ada@example.com')}"}
        for _ in range(2):
            assert device.get("/auth/account", headers=headers).get_json()["id"] == key
        user = read(site, key)
        assert linked == [key]
        assert user.security_stamp != stamp
        assert user.last_signed_in_at is not None

    def test_a_blank_before_or_behind_is_no_other_address(self, site, device):
        """As the export takes it."""
        key = add(site, " Ada@example.com ")
        assert device.sign_in().get_json()["account"]["id"] == key

    def test_a_uid_that_nobody_has_signed_in_with_is_told_of(self, site, device, caplog):
        """An import that failed: its owner comes with another uid, and is not led into a second account."""
        key = add(site, "ada@example.com", firebase_uid="never imported")
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")
        assert f"the rows {key}, whose uid nobody has ever signed in with: was it imported?" in caplog.text
        with site.app_context():
            site.db.session.get(site.user, key).firebase_uid = None
            site.db.session.commit()
        assert device.sign_in().get_json()["account"]["id"] == key


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("Ada@Example.com ", "ada@example.com", True),
        ("\u212a@x", "k@x", False),
        ("\u0130@x", "i@x", False),
        ("ab@x", "a@x", False),
    ],
)
def test_addresses_are_compared_by_their_ascii_letters(one, other, are_same):
    """Whatever a database's lower() takes for one."""
    assert (fold_address(one) == fold_address(other)) is are_same


def test_an_address_is_folded_to_small_letters():
    """For whoever looks it up in a column of the site's own."""
    assert fold_address(" Ada@Example.COM\n") == "ada@example.com"
    assert fold_address("\u00c0DA@x") == "\u00c0da@x"


@pytest.mark.parametrize(
    "before",
    [
        {"provider": "password", "email": "ada@example.com", "email_verified": False},
        {"provider": "anonymous", "email": None},
        {"provider": "phone", "email": None},
        {"provider": "password", "email": "mallory@example.com"},
    ],
    ids=["unverified", "anonymous", "telephone", "another address"],
)
def test_whoever_was_there_before_the_owner_of_an_address_is_so_no_more(site, device, firebase_issuer, before):
    """Firebase makes them one user; what was open before ends, and on_link is called."""
    squatter, linked = Device(site, firebase_issuer, device.transport), []
    assert squatter.sign_in(uid="same", **before).status_code == 200
    site.firebase.on_link(lambda account, id_token: linked.append(account.id))
    for _ in range(2):
        assert device.sign_in(uid="same", email="ada@example.com").status_code == 200
    assert squatter.get("/auth/account").status_code == 401
    assert device.get("/auth/account").status_code == 200
    assert len(linked) == 1


class TestLinkExistingByHand:
    """A callback of the site's own, and what it may get wrong."""

    def test_the_first_that_finds_somebody_wins(self, site, device):
        """They are asked in order."""
        key = add(site, None)
        site.firebase.link_existing(lambda id_token: None)
        site.firebase.link_existing(lambda id_token: site.db.session.get(site.user, key))
        assert device.sign_in().get_json()["account"]["id"] == key

    @pytest.mark.integration
    @pytest.mark.parametrize("either_database_url", ["postgresql"], indirect=True)
    def test_whoever_another_request_links_between_two_statements_signs_in(self, site, device):
        """Their row has another stamp when it is read again: it is overtaken, not gone."""
        key = add(site, "ada@example.com")
        elsewhere = [{"firebase_uid": "uid-of-ada@example.com", "security_stamp": "another"}]

        @site.firebase.link_existing
        def find(id_token):
            found = site.db.session.get(site.user, key)
            while elsewhere:
                with site.db.engine.begin() as connection:
                    connection.execute(site.db.update(site.user).values(**elsewhere.pop()))
            return found

        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["account"]["id"]) == (200, key)

    def test_an_account_of_somebody_else_is_a_conflict(self, site, device):
        """Nobody takes it over."""
        key = add(site, None, firebase_uid="first")
        site.firebase.link_existing(lambda id_token: site.db.session.get(site.user, key))
        answer = device.sign_in(uid="second")
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")
        assert read(site, key).firebase_uid == "first"

    @pytest.mark.parametrize("make", [lambda site: site.user(), lambda site: "ada"], ids=["not stored", "no account"])
    def test_what_is_no_stored_account_is_a_mistake_of_the_site_s(self, site, device, make):
        """It is raised, and nothing is stored."""
        site.firebase.link_existing(lambda id_token: make(site))
        site.config["PROPAGATE_EXCEPTIONS"] = True
        with pytest.raises(ValueError, match="which is no stored User of this database session"):
            device.sign_in()
        assert count(site) == 0

    def test_a_callback_that_raises_stores_nothing(self, site, device):
        """SignInDenied is an answer; anything else is the site's mistake."""

        def reject(id_token):
            site.db.session.add(site.user(email="half@example.com"))
            raise SignInDenied("Not today.")

        site.firebase.link_existing(reject)
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["detail"]) == (403, "Not today.")
        assert count(site) == 0


def enforce_foreign_keys(engine):
    """As PostgreSQL does; SQLite does it where it is asked."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
        engine.dispose()


class TestOthers:
    """At each sign-in, at a deletion, for the export."""

    def test_on_sign_in_is_called_at_each(self, site, device):
        """Such as for roles from custom claims: they are in the answer, and an ETag of before is past."""

        @site.firebase.on_sign_in
        def take_roles(account, id_token):
            account.roles = list(id_token.claims.get("roles", ()))

        assert device.sign_in(claims={"roles": ["admin"]}).get_json()["account"]["roles"] == ["admin"]
        etag = device.get("/auth/account").headers["ETag"]
        assert device.sign_in().get_json()["account"]["roles"] == []
        assert device.get("/auth/account").headers["ETag"] != etag

    def test_on_delete_deletes_what_else_is_kept(self, site, device):
        """In the same transaction; without it the database keeps the account, and the log says what to do."""
        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context():
            site.db.session.add(site.post(user_id=key, text="Hello"))
            site.db.session.commit()

        @site.firebase.on_delete
        def delete_posts(account):
            site.db.session.execute(site.db.delete(site.post).where(site.post.user_id == account.id))

        assert device.delete("/auth/account").status_code == 204
        with site.app_context():
            assert site.db.session.scalars(site.db.select(site.post)).all() == []

    def test_an_account_that_rows_of_the_site_s_refer_to_stays(self, site, device):
        """Where the database enforces foreign keys; the error says what to do."""
        with site.app_context():
            enforce_foreign_keys(site.db.engine)
        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context():
            site.db.session.add(site.post(user_id=key, text="Hello"))
            site.db.session.commit()
            with pytest.raises(RuntimeError, match=r"by one of post\.user_id\. Delete or change them in @firebase\.on_delete"):
                site.firebase.accounts.delete(site.db.session.get(site.user, key))
        assert device.get("/auth/account").status_code == 200

    def test_a_row_that_refers_by_another_column_keeps_the_account_too(self, site, device):
        """Each foreign key is looked at as a whole."""
        table = site.db.Table(
            "letter",
            site.db.metadata,
            site.db.Column("to", String(120), ForeignKey("user.email")),
            site.db.Column("text", String(9)),
        )
        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context():
            table.create(site.db.engine)
            user = site.db.session.get(site.user, key)
            user.email = "ada@example.com"
            site.db.session.execute(table.insert().values(to=None, text="nobody's"))
            site.db.session.execute(table.insert().values(to=user.email, text="hers"))
            site.db.session.commit()
            with pytest.raises(RuntimeError, match=r"letter\.to"):
                site.firebase.accounts.delete(user)
            site.db.session.execute(table.delete().where(table.c.text == "hers"))
            site.db.session.commit()
            site.firebase.accounts.delete(user)

    def test_where_sqlite_enforces_nothing_the_account_stays_too(self, site, device):
        """Its key would be the next user's, and with it the posts."""
        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context():
            site.db.session.add(site.post(user_id=key, text="Hello"))
            site.db.session.commit()
            with pytest.raises(RuntimeError, match=r"by .*post\.user_id.*Delete or change them in @firebase\.on_delete"):
                site.firebase.accounts.delete(site.db.session.get(site.user, key))
        assert device.get("/auth/account").status_code == 200

    def test_a_relationship_that_would_empty_what_must_not_be_is_named(self, site, device, caplog):
        """By its column, without the row."""
        key = device.sign_in().get_json()["account"]["id"]
        site.user.posts = relationship(site.post, overlaps="user")
        with site.app_context():
            site.db.session.add(site.post(user_id=key, text="Hello"))
            site.db.session.commit()
        assert device.delete("/auth/account").status_code == 500
        assert "would leave post.user_id empty" in caplog.text
        assert "[parameters" not in caplog.text
        assert device.get("/auth/account").status_code == 200

    @pytest.mark.parametrize("name", ["account", "sessions", "handoffs", "firebase"])
    def test_the_export_s_own_names_are_nobody_else_s(self, site, device, name):
        """A mistake of the site's, and told as one."""
        site.firebase.on_export(lambda account: {name: account.id})
        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context(), pytest.raises(ValueError, match=f"Two parts of the export are called '{name}'"):
            site.firebase.accounts.export(site.db.session.get(site.user, key))

    def test_the_export_holds_what_the_site_adds_and_no_password(self, site, device):
        """Nor a column that the site has named."""

        @site.firebase.on_export
        def export_posts(account):
            return {"posts": [{"text": "Hello", "user": account.id}]}

        key = device.sign_in().get_json()["account"]["id"]
        with site.app_context():
            user = site.db.session.get(site.user, key)
            user.password_hash, user.last_ip = "scrypt:", "192.0.2.1"
            site.db.session.commit()
        exported = device.get("/auth/account/export").get_json()
        assert exported["posts"] == [{"text": "Hello", "user": key}]
        assert {"password_hash", "letters", "last_ip", "security_stamp"} & set(exported["account"]) == set()
        assert exported["account"]["firebase_uid"] == "uid-of-ada@example.com"

    def test_two_parts_of_the_export_of_one_name_are_a_mistake(self, site, device):
        """Neither is lost in silence."""
        site.firebase.on_export(lambda account: {"posts": [1]})
        site.firebase.on_export(lambda account: {"posts": [2]})
        uid = device.sign_in().get_json()["account"]["firebase_uid"]
        with site.app_context(), pytest.raises(ValueError, match="Two parts of the export are called 'posts'"):
            site.firebase.accounts.export(site.firebase.accounts.find(uid))

    def test_what_on_sign_in_writes_may_not_fit_though_another_reads_behind_it(self, site, device):
        """A query of the next callback's sends it to the database."""
        add(site, "taken@example.com")
        device.sign_in()
        site.firebase.on_sign_in(lambda account, id_token: setattr(account, "email", "taken@example.com"))
        site.firebase.on_sign_in(lambda account, id_token: site.db.session.scalars(site.db.select(site.user)).all())
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")

    def test_what_on_sign_in_writes_may_not_fit(self, site, device):
        """A value that another row has, and one that is missing, are answers as for on_create."""
        add(site, "taken@example.com")
        site.firebase.on_sign_in(lambda account, id_token: setattr(account, "email", "taken@example.com"))
        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")
        assert count(site) == 1

    def test_an_account_that_is_deleted_under_a_hook_is_made_anew(self, site, device):
        """The ORM finds no row to write to; the sign-in is done again."""
        device.sign_in()
        deleted = []

        @site.firebase.on_sign_in
        def take_roles(account, id_token):
            account.roles = ["admin"]
            if not deleted:
                deleted.append(site.db.session.execute(site.db.delete(site.user).execution_options(synchronize_session=False)))

        answer = device.sign_in()
        assert (answer.status_code, answer.get_json()["account"]["roles"]) == (200, ["admin"])


class TestAVerifiedAddress:
    """Until it is verified, anybody may have typed it."""

    def test_ends_the_sessions_of_before(self, site, device, firebase_issuer):
        """A squatter has signed up with it; its owner comes by Google, and Firebase gives them the same uid."""
        squatter = Device(site, firebase_issuer, device.transport)
        squatter.sign_in(uid="same", provider="password", email_verified=False)
        account = device.sign_in(uid="same").get_json()["account"]
        assert (account["email_verified"], account["providers"]) == (True, ["google.com"])
        assert squatter.get("/auth/account").status_code == 401
        assert device.get("/auth/account").status_code == 200

    def test_ends_none_where_it_was_verified_before(self, site, device, firebase_issuer):
        """Another way to sign in is no reason."""
        phone = Device(site, firebase_issuer, device.transport)
        phone.sign_in(uid="same", provider="password")
        device.sign_in(uid="same")
        assert phone.get("/auth/account").status_code == 200


def test_the_flask_session_of_a_login_before_the_move_is_nobody_else_s(site, firebase_issuer):
    """A browser brings the plain cookie of Flask-Login, of a user of then; another user signs in."""
    site.add_url_rule("/cart", "cart", lambda: {"cart": session.get("cart")})
    device = Device(site, firebase_issuer, "cookie")
    with device.client.session_transaction() as before:
        before.update({"_user_id": "1", "_fresh": True, "cart": "a medicine"})
    device.sign_in()
    assert device.get("/cart").get_json() == {"cart": None}
    stranger = Device(site, firebase_issuer, "cookie")
    with stranger.client.session_transaction() as before:
        before["cart"] = "a book"
    stranger.sign_in()
    assert stranger.get("/cart").get_json() == {"cart": "a book"}
