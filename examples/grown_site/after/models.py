"""Users, what they write, and whom they follow."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, ForeignKey, Integer, String, Table, delete, or_, select
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from flask_firebase_login import AccountMixin, FirebaseLogin, by_verified_email

db = SQLAlchemy()
login = LoginManager()


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


followers = Table(
    "followers",
    db.metadata,
    Column("follower_id", Integer, ForeignKey("user.id"), primary_key=True),
    Column("followed_id", Integer, ForeignKey("user.id"), primary_key=True),
)


class User(AccountMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(256))  # goes with the next migration, once Firebase has it
    about: Mapped[str | None] = mapped_column(String(140))
    last_seen: Mapped[datetime | None] = mapped_column(default=now)
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    posts: WriteOnlyMapped[Post] = relationship(back_populates="author", passive_deletes=True)
    following: Mapped[set[User]] = relationship(
        secondary=followers,
        primaryjoin=followers.c.follower_id == id,
        secondaryjoin=followers.c.followed_id == id,
        collection_class=set,
    )


class Post(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(280))
    written_at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    author: Mapped[User] = relationship(back_populates="posts")


firebase = FirebaseLogin(db=db, account_model=User)
firebase.link_existing(by_verified_email(User.email))


@firebase.on_create
def fill(user, id_token) -> None:
    user.email = id_token.email
    wanted = re.sub(r"[^a-z0-9]+", "-", id_token.email.partition("@")[0].lower())
    taken = set(db.session.scalars(select(User.username).where(User.username.startswith(wanted))))
    user.username = next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, 1000))) if name not in taken)


@firebase.on_link
def take_token(user, id_token) -> None:
    """Nobody has ever verified whose address a row has, so its owner ends what whoever typed it may have kept."""
    user.token = None


@firebase.on_delete
def delete_all_of(user) -> None:
    db.session.execute(delete(Post).where(Post.user_id == user.id))
    db.session.execute(delete(followers).where(or_(followers.c.follower_id == user.id, followers.c.followed_id == user.id)))


@firebase.on_export
def export_posts(user) -> dict:
    return {"posts": [post.body for post in db.session.scalars(user.posts.select())]}


@login.request_loader
def load_by_token(request) -> User | None:
    """Versions of the app from before go on with their tokens."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return db.session.scalar(select(User).where(User.token == token)) if scheme == "Bearer" and token else None
