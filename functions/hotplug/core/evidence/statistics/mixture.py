"""Stakes spread over several bets: what they bring together."""

from collections.abc import Iterable, Sequence
from math import exp, log


def log_mix(stakes: Iterable[float], logs: Sequence[float]) -> float:
    """Log of the sum of each stake times what its bet brought; bets as logs, none too large for a float."""
    top = max(logs)
    return top + log(sum(stake * exp(each - top) for stake, each in zip(stakes, logs, strict=True)))


def grown(stakes: Iterable[float], logs: Sequence[float], together: float) -> list[float]:
    """The stakes after their bets, as parts of what all brought `together`, a log."""
    return [stake * exp(each - together) for stake, each in zip(stakes, logs, strict=True)]
