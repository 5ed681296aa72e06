"""Routing and state of an alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hotplug.core.parsing.units import HUNDRED, plain


@dataclass(frozen=True, slots=True)
class Routing:
    """The version of an alias, and additional versions with their weights in percent."""

    version: str
    others: tuple[tuple[str, Decimal], ...] = ()

    @staticmethod
    def of(version: str, weights: Mapping[str, float] | None) -> "Routing":
        """Convert Lambda's FunctionVersion and AdditionalVersionWeights (0-1)."""
        others = (
            (other, plain(Decimal(str(weight)) * HUNDRED))
            for other, weight in sorted((weights or {}).items())
        )
        return Routing(version, tuple(others))

    @property
    def weights(self) -> dict[str, float]:
        """AdditionalVersionWeights in Lambda's form (0-1)."""
        return {version: float(percent / HUNDRED) for version, percent in self.others}

    @property
    def is_split(self) -> bool:
        """Whether the alias has two versions."""
        return bool(self.others)

    def __str__(self) -> str:
        shares = [f"{percent} % to version {version}" for version, percent in self.others]
        return f"version {self.version}" + (f" with {', '.join(shares)}" if shares else "")


@dataclass(frozen=True, slots=True)
class AliasState:
    """An alias as last read; `revision` changes with every write."""

    routing: Routing
    revision: str
