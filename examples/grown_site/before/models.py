"""Users, what they write, and whom they follow."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

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


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(256))
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

    def set_password(self, password: str) -> None:
        self.password_hash = generate_password_hash(password)

    def check_password(self, password: str) -> bool:
        return self.password_hash is not None and check_password_hash(self.password_hash, password)

    def give_token(self) -> str:
        self.token = self.token or secrets.token_urlsafe(32)
        return self.token


class Post(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(280))
    written_at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    author: Mapped[User] = relationship(back_populates="posts")


@login.user_loader
def load_user(user_id: str) -> User | None:
    return db.session.get(User, int(user_id))


@login.request_loader
def load_by_token(request) -> User | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return db.session.scalar(select(User).where(User.token == token)) if scheme == "Bearer" and token else None
