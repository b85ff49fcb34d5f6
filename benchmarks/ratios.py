"""Contestants take turns, round after round, and what is told of each is how its rounds compare with another's beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How long one takes beside another.

    Attributes:
        median: Of the ratios of all rounds.
        low: A quarter of them is below.
        high: A quarter of them is above.
    """

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """As in a table."""
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def take_turns(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure each once a round, the order turned by one from round to round, and return the figures by name.

    Args:
        contestants: What measures each; the first round warms up and does not count.
        rounds: How many count.
    """
    names = [*contestants]
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            figure = contestants[name]()
            if number:
                figures[name].append(figure)
    return figures


def compare(figures: Sequence[float], with_others: Sequence[float]) -> Ratio:
    """Compare the figures of one with those of another of the same rounds."""
    ratios = [one / other for one, other in zip(figures, with_others, strict=True)]
    low, median, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return Ratio(median, low, high)
