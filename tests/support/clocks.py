"""A clock that stands still until it is told."""

from datetime import UTC, datetime, timedelta


class StandingClock:
    """Answers the same time until `advance` is called."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)
