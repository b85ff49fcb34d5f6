"""The one user of every contestant, and the columns that a site with Firebase keeps of its users."""

from __future__ import annotations

from datetime import UTC, datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

UID, NAME, EMAIL = "ada", "Ada Lovelace", "ada@example.com"


class UserColumns:
    """What is kept of a user."""

    id: Mapped[int] = mapped_column(primary_key=True)
    firebase_uid: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    photo_url: Mapped[str | None]
    settings: Mapped[dict] = mapped_column(JSON, default=dict)
    roles: Mapped[list] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC).replace(tzinfo=None))
    is_disabled: Mapped[bool] = mapped_column(default=False)


def add_ada(db: SQLAlchemy, user_class: type, **more) -> None:
    """Make the tables, and the user."""
    db.create_all()
    db.session.add(user_class(firebase_uid=UID, name=NAME, email=EMAIL, settings={"theme": "dark"}, roles=["editor"], **more))
    db.session.commit()
