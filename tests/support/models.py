"""The mapped classes of tests that need no Flask, and the ID tokens of people in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from clocks import StandingClock
from flask_firebase_login import AccountMixin, IDToken, SessionMixin


class Base(DeclarativeBase):
    pass


class Account(AccountMixin, Base):
    __tablename__ = "firebase_account"

    team: Mapped[str | None] = mapped_column()


class Session(SessionMixin, Base):
    __tablename__ = "firebase_session"


def person(clock: StandingClock, uid: str = "ada", **facts: Any) -> IDToken:
    """A verified ID token, as the verifier would return it."""
    known: dict[str, Any] = {
        "uid": uid,
        "project_id": "shop-prod",
        "auth_time": clock(),
        "issued_at": clock(),
        "expires_at": clock() + timedelta(hours=1),
        "provider": "google.com",
        "providers": ("google.com",),
        "email": f"{uid}@example.com",
        "email_verified": True,
        "name": "Ada Lovelace",
        "photo_url": "https://example.com/ada.png",
    }
    return IDToken(**(known | facts))
