"""What the export shows of a row, whatever the site's own columns hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import PickleType
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

from flask_firebase_login.accounts.documents import export_row, format_time


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "order"

    number: Mapped[int] = mapped_column(primary_key=True)
    held: Mapped[Any] = mapped_column(PickleType)
    entry: Mapped[str | None] = mapped_column("api_key")
    twice: Mapped[int] = column_property(number + number)


def test_what_json_does_not_know_is_text_however_deep_it_is():
    """Times as everywhere, and nothing is left out."""
    held = {1: [Decimal("1.50"), None, True, {"day": date(2026, 11, 28)}], "at": (datetime(2026, 11, 28, 12, tzinfo=UTC), 2.5)}
    shown = export_row(Order(number=7, held=held))
    assert shown["held"] == {"1": ["1.50", None, True, {"day": "2026-11-28"}], "at": ["2026-11-28T12:00:00.000Z", 2.5]}


def test_a_column_is_left_out_by_its_name_in_the_database_too():
    """And an expression, which has no such name, is told."""
    assert set(export_row(Order(number=7), without=frozenset({"held"}))) == {"number", "twice"}


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 11, 28, 12, 30),  # noqa: DTZ001
        datetime(2026, 11, 28, 12, 30, tzinfo=UTC),
        datetime(2026, 11, 28, 14, 30, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_time_is_told_in_utc(time):
    """A naive one is UTC."""
    assert format_time(time) == "2026-11-28T12:30:00.000Z"
