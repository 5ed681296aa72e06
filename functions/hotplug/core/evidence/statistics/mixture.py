"""Stakes on several bets, and their joint payoff."""

from collections.abc import Iterable, Sequence
from math import exp, log


def log_mix(stakes: Iterable[float], logs: Sequence[float]) -> float:
    """Return the log of the sum of each stake times the payoff of its bet.

    Payoffs are logs, so that none is too large for a float.
    """
    top = max(logs)
    return top + log(sum(stake * exp(each - top) for stake, each in zip(stakes, logs, strict=True)))


def grown(stakes: Iterable[float], logs: Sequence[float], together: float) -> list[float]:
    """Return the stakes after their bets, as parts of the joint payoff `together`, a log."""
    return [stake * exp(each - together) for stake, each in zip(stakes, logs, strict=True)]
