"""A site's own class of accounts, whose names meet ours: each row of the table in docs/moving-in.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar

import pytest
from flask import Flask
from flask_login import UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, PrimaryKeyConstraint, String, literal
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, declared_attr, mapped_column, relationship

from devices import Device
from flask_firebase_login import AccountMixin, ConfigError, FirebaseLogin


@pytest.fixture
def make_site(either_database_url, firebase_issuer):
    """A function that makes a site whose class of accounts is the one that a function declares on its `db`."""
    made = []

    def make(declare, **db_options):
        app = Flask("own")
        app.config.update(
            SECRET_KEY="s" * 32, SQLALCHEMY_DATABASE_URI=either_database_url, TESTING=True, **firebase_issuer.config
        )
        db = SQLAlchemy(app, **db_options)
        app.db, app.model = db, declare(db)
        app.firebase = FirebaseLogin(app, db, account_model=app.model)

        @app.get("/me")
        @login_required
        def me():
            return {"email": current_user.email, "id": current_user.get_id()}

        with app.app_context():
            db.create_all()
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            app.db.session.remove()
            app.db.drop_all()
            app.db.engine.dispose()


@pytest.fixture(params=["cookie", "bearer"])
def make_device(request, firebase_issuer):
    """A function that makes a device of a site."""
    return lambda site: Device(site, firebase_issuer, request.param)


def own_email(db):
    class User(AccountMixin, db.Model):
        email: Mapped[str] = mapped_column(String(120), unique=True)

    return User


def test_the_table_keeps_the_site_s_name(make_site):
    """Ours is called firebase_account only where we declare it."""
    assert make_site(own_email).model.__tablename__ == "user"


def test_an_email_of_the_site_s_stays_its_own(make_site, make_device):
    """Filled by on_create, and never overwritten; our API shows Firebase's."""
    site = make_site(own_email)

    @site.firebase.on_create
    def fill(account, id_token):
        account.email = f"shop+{id_token.email}"

    device = make_device(site)
    device.sign_in()
    device.sign_in()
    assert device.get("/me").get_json()["email"] == "shop+ada@example.com"
    assert device.get("/auth/account").get_json()["email"] == "ada@example.com"
    with site.app_context():
        assert site.db.session.scalar(site.db.select(site.model.provider_email)) == "ada@example.com"


def test_a_unique_email_that_somebody_has_is_a_conflict(make_site, make_device):
    """A second Firebase user with a known address gets a clear answer, and nothing is stored."""
    site = make_site(own_email)

    @site.firebase.on_create
    def fill(account, id_token):
        account.email = id_token.email

    make_device(site).sign_in()
    other = make_device(site)
    answer = other.sign_in(uid="another")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "account_conflict")
    with site.app_context():
        assert site.db.session.scalar(site.db.select(site.db.func.count()).select_from(site.model)) == 1


def test_a_value_that_a_user_does_not_bring_is_a_clear_answer(make_site, make_device, caplog):
    """An address that must not be missing, and nobody who fills it in: the log says where to."""
    site = make_site(own_email)
    answer = make_device(site).sign_in(None, provider="phone")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "sign_in_denied")
    assert "A new account lacks a value for user.email: fill it in @firebase.on_create" in caplog.text
    assert "uid" not in caplog.text


def test_a_name_and_a_picture_of_the_site_s_stay_its_own(make_site, make_device):
    """A patch changes what our API shows."""

    def declare(db):
        class User(AccountMixin, db.Model):
            name: Mapped[str] = mapped_column(String(40), default="somebody")
            photo_url: Mapped[str | None] = mapped_column(String(40))

        return User

    site = make_site(declare)
    device = make_device(site)
    device.sign_in()
    changed = device.patch("/auth/account", json={"name": "Countess", "photo_url": "https://example.com/c.png"}).get_json()
    assert (changed["name"], changed["photo_url"]) == ("Countess", "https://example.com/c.png")
    with site.app_context():
        account = site.db.session.scalar(site.db.select(site.model))
        assert (account.name, account.photo_url) == ("somebody", None)


def test_a_column_of_ours_may_have_another_name_in_the_database(make_site, make_device):
    """The site declares it, of the same type, and it is used in the place of ours."""

    def declare(db):
        class Account(AccountMixin, db.Model):
            __tablename__ = "account"
            firebase_uid: Mapped[str | None] = mapped_column("firebase_id", String(128), unique=True)
            email_verified: Mapped[bool] = mapped_column(default=False)

        return Account

    site = make_site(declare)
    device = make_device(site)
    device.sign_in()
    with site.app_context():
        row = site.db.session.execute(site.db.text("SELECT firebase_id, email_verified FROM account")).one()
    assert (row.firebase_id, bool(row.email_verified)) == ("uid-of-ada@example.com", True)


def test_a_created_at_of_the_site_s_is_shown_and_never_written(make_site, make_device):
    """A naive one is UTC."""

    def declare(db):
        class User(AccountMixin, db.Model):
            created_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.fromisoformat("2015-12-10T08:00"))

        return User

    device = make_device(make_site(declare))
    device.sign_in()
    assert device.get("/auth/account").get_json()["created_at"] == "2015-12-10T08:00:00.000Z"


def test_a_key_of_another_name_is_the_key(make_site, make_device):
    """Ours is added only where there is none."""

    def declare(db):
        class User(AccountMixin, db.Model):
            user_id: Mapped[int] = mapped_column(primary_key=True)

        return User

    device = make_device(make_site(declare))
    device.sign_in()
    assert device.get("/auth/account").get_json()["id"] == 1
    assert device.delete("/auth/account").status_code == 204


def test_a_key_of_the_base_class_is_the_key(make_site):
    """As some sites give one to all their classes."""

    class Base(DeclarativeBase):
        id: Mapped[str] = mapped_column(String(9), primary_key=True)

    def declare(db):
        class User(AccountMixin, db.Model):
            pass

        return User

    assert make_site(declare, model_class=Base).model.__table__.c.id.type.length == 9


@pytest.mark.parametrize("mixins", [(UserMixin, AccountMixin), (AccountMixin, UserMixin)], ids=["before", "after"])
def test_flask_login_s_user_mixin_may_stay(make_site, make_device, mixins):
    """On either side: who is signed in is so at the next request, and who is disabled is not."""
    site = make_site(lambda db: type("User", (*mixins, db.Model), {}))
    device = make_device(site)
    device.sign_in()
    assert device.get("/me").get_json() == {"email": "ada@example.com", "id": "1"}
    with site.app_context():
        site.firebase.accounts.disable(site.firebase.accounts.find("uid-of-ada@example.com"))
    assert device.get("/me").status_code == 401
    assert device.sign_in().status_code == 403


def test_flask_login_s_user_mixin_may_stay_where_the_key_is_not_called_id(make_site, make_device):
    """Its `get_id` knows no other name, so ours is used."""

    def declare(db):
        class Account(UserMixin, AccountMixin, db.Model):
            account_id: Mapped[int] = mapped_column(primary_key=True)

        return Account

    device = make_device(make_site(declare))
    assert device.sign_in().status_code == 200
    assert device.get("/me").get_json() == {"email": "ada@example.com", "id": "1"}


def test_a_get_id_of_the_site_s_own_stays(make_site, make_device):
    """Its code goes by it; ours does not."""

    class Tokens:
        def get_id(self):
            return "a-token"

    def declare(db):
        class Account(Tokens, AccountMixin, db.Model):
            account_id: Mapped[int] = mapped_column(primary_key=True)

        return Account

    device = make_device(make_site(declare))
    device.sign_in()
    assert device.get("/me").get_json()["id"] == "a-token"


@pytest.mark.parametrize(
    ("name", "told"),
    [(name, "has a type and no mapped_column") for name in ("created_at", "roles", "settings")]
    + [
        (name, "is the site's own, and FirebaseLogin needs a column of its own")
        for name in ("version", "disabled_at", "firebase_disabled_at", "firebase_valid_since")
    ],
)
def test_a_type_alone_is_no_column_of_the_site_s(make_site, name, told):
    """SQLAlchemy would take ours, and a migration would change the site's column into it."""

    def declare(db):
        members = {"__annotations__": {name: Mapped[str]}, "__tablename__": "user"}
        return type("User", (AccountMixin, db.Model), members)

    with pytest.raises(ConfigError, match=rf"User\.{name} {told}"):
        make_site(declare)


def test_an_email_and_a_name_need_no_more_than_a_type(make_site, make_device):
    """They are no columns of ours."""

    def declare(db):
        class User(AccountMixin, db.Model):
            email: Mapped[str | None]
            name: Mapped[str | None]

        return User

    device = make_device(make_site(declare))
    device.sign_in(name="Ada")
    assert device.get("/me").get_json()["email"] is None
    assert device.get("/auth/account").get_json()["name"] == "Ada"


INT_KEY = Annotated[int, mapped_column(primary_key=True)]


def annotated_key(db):
    class User(AccountMixin, db.Model):
        user_id: Mapped[INT_KEY]

    return User


def annotated_id(db):
    class User(AccountMixin, db.Model):
        id: Mapped[INT_KEY]

    return User


def key_of_a_constraint(db):
    class User(AccountMixin, db.Model):
        __table_args__ = (PrimaryKeyConstraint("user_id"),)
        user_id: Mapped[int]

    return User


def declared_id(db):
    class Keyed:
        @declared_attr
        def id(cls) -> Mapped[int]:
            return mapped_column(primary_key=True)

    class User(AccountMixin, Keyed, db.Model):
        pass

    return User


@pytest.mark.parametrize("declare", [annotated_key, annotated_id, key_of_a_constraint, declared_id])
def test_a_key_is_the_key_however_it_is_declared(make_site, make_device, declare):
    """Ours is added to none of them."""
    site = make_site(declare)
    assert [column.type.python_type for column in site.model.__table__.primary_key] == [int]
    assert not isinstance(next(iter(site.model.__table__.primary_key)).type, BigInteger)
    assert make_device(site).sign_in().get_json()["account"]["id"] == 1


class Contact:
    email: Mapped[str | None] = mapped_column(String(120))


class Times:
    created_at: Mapped[datetime]


@pytest.mark.parametrize(("base", "name"), [(Contact, "email"), (Times, "created_at")])
def test_a_class_behind_the_mixin_whose_columns_would_be_lost_is_named(make_site, base, name):
    """A migration would drop them, or change them into ours; before it, they are its own."""
    with pytest.raises(ConfigError, match=f"'{name}' from {base.__name__}, which stands behind AccountMixin"):
        make_site(lambda db: type("User", (AccountMixin, base, db.Model), {}))


def test_a_class_before_the_mixin_keeps_its_columns(make_site):
    """As in the table of the docs."""
    site = make_site(lambda db: type("User", (Contact, AccountMixin, db.Model), {}))
    assert {"email", "provider_email"} <= set(site.model.__table__.columns.keys())


def test_accounts_may_be_a_part_of_a_table_of_persons(make_site, make_device):
    """Joined-table inheritance: the part that is ours is locked alone."""

    def declare(db):
        class Person(db.Model):
            id: Mapped[int] = mapped_column(primary_key=True)
            kind: Mapped[str] = mapped_column(String(20))
            __mapper_args__: ClassVar = {"polymorphic_on": "kind", "polymorphic_identity": "person"}

        class User(AccountMixin, Person):
            id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
            __mapper_args__: ClassVar = {"polymorphic_identity": "user"}

        return User

    device = make_device(make_site(declare))
    assert device.sign_in().status_code == 200
    assert device.patch("/auth/account", json={"name": "Ada"}).get_json()["name"] == "Ada"
    assert device.sign_in().get_json()["created"] is False
    assert device.delete("/auth/account").status_code == 204


def test_a_class_that_asks_for_arguments_is_named_at_the_start(make_site):
    """A newcomer's row is made without any."""

    def declare(db):
        class User(AccountMixin, db.Model):
            def __init__(self, email):
                self.email = email

        return User

    with pytest.raises(ConfigError, match=r"User.__init__ asks for more \(missing a required argument: 'email'\)"):
        make_site(declare)


def test_the_uid_may_be_the_key(make_site, make_device):
    """As sites have it that keep Firebase's users by hand."""

    def declare(db):
        class User(AccountMixin, db.Model):
            firebase_uid: Mapped[str] = mapped_column("uid", String(128), primary_key=True)

        return User

    device = make_device(make_site(declare))
    assert device.sign_in().get_json()["account"]["id"] == "uid-of-ada@example.com"
    assert device.get("/me").status_code == 200
    assert device.patch("/auth/account", json={"name": "Ada"}).get_json()["name"] == "Ada"
    assert device.sign_in().get_json()["created"] is False
    assert device.delete("/auth/account").status_code == 204
    assert device.sign_in().get_json()["created"] is True


def test_whom_an_is_active_of_the_site_s_denies_is_out(make_site, make_device):
    """A column of the site's own, say: at the next request, and at a sign-in."""

    def declare(db):
        class User(AccountMixin, db.Model):
            is_active: Mapped[bool] = mapped_column(default=True)

        return User

    site = make_site(declare)
    device = make_device(site)
    assert device.sign_in().status_code == 200
    with site.app_context():
        site.db.session.execute(site.db.update(site.model).values(is_active=False))
        site.db.session.commit()
    assert device.get("/me").status_code == 401
    answer = device.sign_in()
    assert (answer.status_code, answer.get_json()["code"]) == (403, "account_disabled")


def test_a_row_can_be_made_of_nothing(make_site):
    """As seeds and tests of the site make rows."""

    def declare(db):
        class User(AccountMixin, db.Model):
            pass

        return User

    site = make_site(declare)
    with site.app_context():
        user = site.model()
        assert not user.has_role("admin")
        site.db.session.add(user)
        site.db.session.commit()
        assert (user.roles, user.settings, user.version, user.firebase_uid, user.last_signed_in_at) == ([], {}, 1, None, None)
        assert datetime.now(UTC) >= user.created_at


def test_columns_of_the_site_s_that_are_empty_are_empty(make_site, make_device):
    """A row from before the migration may have no roles, no settings, no providers."""

    def declare(db):
        class User(AccountMixin, db.Model):
            roles: Mapped[list | None] = mapped_column(JSON(none_as_null=True))
            settings: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
            providers: Mapped[list | None] = mapped_column(JSON(none_as_null=True))

        return User

    site = make_site(declare)
    device = make_device(site)
    device.sign_in()
    with site.app_context():
        site.db.session.execute(site.db.update(site.model).values(roles=None, settings=None, providers=None))
        site.db.session.commit()
    account = device.get("/auth/account").get_json()
    assert (account["roles"], account["settings"], account["providers"]) == ([], {}, [])
    assert device.patch("/auth/account", json={"settings": {"theme": "dark"}}).get_json()["settings"] == {"theme": "dark"}
    assert device.sign_in().status_code == 200
    with site.app_context():
        account = site.firebase.accounts.find("uid-of-ada@example.com")
        site.firebase.accounts.grant(account, "admin")
        assert account.roles == ["admin"]


def test_a_has_role_of_the_site_s_keeps_no_role_from_being_granted(make_site, make_device):
    """What it says is for `roles_required`; what is granted is stored."""

    def declare(db):
        class User(AccountMixin, db.Model):
            def has_role(self, role):
                return True

        return User

    site = make_site(declare)
    make_device(site).sign_in()
    with site.app_context():
        account = site.firebase.accounts.find("uid-of-ada@example.com")
        site.firebase.accounts.grant(account, "admin")
        assert account.roles == ["admin"]


def test_a_value_that_is_too_long_for_the_site_is_a_clear_answer(make_site, make_device):
    """Where the database says so."""

    def declare(db):
        class User(AccountMixin, db.Model):
            nick: Mapped[str | None] = mapped_column(String(3))

        return User

    site = make_site(declare)

    @site.firebase.on_create
    def fill(account, id_token):
        account.nick = id_token.name

    answer = make_device(site).sign_in(name="Augusta Ada King")
    if site.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        assert answer.status_code == 200  # it takes any length
    else:
        assert (answer.status_code, answer.get_json()["code"]) == (403, "sign_in_denied")


def test_what_the_class_loads_along_is_no_hindrance(make_site, make_device):
    """A collection, by a join."""

    def declare(db):
        class Post(db.Model):
            id: Mapped[int] = mapped_column(primary_key=True)
            user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))

        class Team(db.Model):
            id: Mapped[int] = mapped_column(primary_key=True)

        class User(AccountMixin, db.Model):
            team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
            posts = relationship(Post, lazy="joined", passive_deletes=True)
            team = relationship(Team, lazy="joined")

        db.Post = Post
        return User

    site = make_site(declare)
    device = make_device(site)
    key = device.sign_in().get_json()["account"]["id"]
    with site.app_context():
        site.db.session.add_all([site.db.Post(user_id=key), site.db.Post(user_id=key)])
        site.db.session.commit()
    assert device.get("/auth/account").status_code == 200
    with site.app_context():
        site.db.session.execute(site.db.delete(site.db.Post))
        site.db.session.commit()
    assert device.delete("/auth/account").status_code == 204


def test_the_export_goes_by_both_names_of_a_column(make_site, make_device):
    """A password hash stays out whatever the attribute is called; a footprint is none."""

    def declare(db):
        class User(AccountMixin, db.Model):
            pw: Mapped[str] = mapped_column("password_hash", default="scrypt:")
            key: Mapped[str] = mapped_column("api_token", default="sk_live")
            carbon_footprint: Mapped[int] = mapped_column(default=3)

        return User

    device = make_device(make_site(declare))
    device.sign_in()
    exported = device.get("/auth/account/export")
    assert exported.get_json()["account"]["carbon_footprint"] == 3
    assert "scrypt:" not in exported.text
    assert "sk_live" not in exported.text


def with_roles(db):
    class Role(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    class User(AccountMixin, db.Model):
        roles = relationship(Role)

    return User


def with_settings(db):
    class User(AccountMixin, db.Model):
        settings: Mapped[str | None] = mapped_column(String(10))

    return User


def with_version(db):
    class User(AccountMixin, db.Model):
        version: Mapped[int] = mapped_column(default=1)

    return User


def with_property(db):
    class User(AccountMixin, db.Model):
        chosen_name = column_property(literal("Countess"))

    return User


def with_two_keys(db):
    class User(AccountMixin, db.Model):
        shop: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)

    return User


def with_short_name(db):
    class User(AccountMixin, db.Model):
        chosen_name: Mapped[str | None] = mapped_column(String(50))

    return User


def with_uid_of_several(db):
    class User(AccountMixin, db.Model):
        firebase_uid: Mapped[str | None] = mapped_column(String(128))

    return User


def with_method(db):
    class User(AccountMixin, db.Model):
        def is_active(self):
            return False

    return User


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (with_roles, r"User\.roles is not a column.+Call yours otherwise; where it is a relationship"),
        (with_settings, r"User\.settings is the site's own.+of the type JSON.+own_settings = mapped_column\('settings', …\)"),
        (
            with_version,
            r"User\.version is the site's own.+of its own by that name.+ALTER TABLE \"user\" RENAME COLUMN version TO own_version",
        ),
        (with_property, r"User\.chosen_name is not a column"),
        (with_short_name, r"User\.chosen_name holds 50 characters, and FirebaseLogin needs 200 there"),
        (with_uid_of_several, r"User\.firebase_uid is not unique.+make it unique=True"),
        (with_method, r"User\.is_active is a method, which is always true"),
        (with_two_keys, r"User has a primary key of several columns \(shop, number\)"),
    ],
)
def test_a_name_that_cannot_be_both_stops_the_app_from_starting(make_site, declare, message):
    """The message says what to do."""
    with pytest.raises(ConfigError, match=message):
        make_site(declare)
