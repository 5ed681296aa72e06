"""What an alias says, and what a deployment wants it to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hotplug.core.parsing.units import HUNDRED, plain


@dataclass(frozen=True, slots=True)
class Routing:
    """The version that an alias names, and the share of calls in percent that others get."""

    version: str
    others: tuple[tuple[str, Decimal], ...] = ()

    @staticmethod
    def of(version: str, weights: Mapping[str, float] | None) -> "Routing":
        """From Lambda's FunctionVersion and AdditionalVersionWeights (shares 0-1)."""
        others = (
            (other, plain(Decimal(str(weight)) * HUNDRED))
            for other, weight in sorted((weights or {}).items())
        )
        return Routing(version, tuple(others))

    @property
    def weights(self) -> dict[str, float]:
        """AdditionalVersionWeights as Lambda takes them."""
        return {version: float(percent / HUNDRED) for version, percent in self.others}

    @property
    def is_split(self) -> bool:
        """Whether two versions share the alias."""
        return bool(self.others)

    def __str__(self) -> str:
        shares = [f"{percent} % to version {version}" for version, percent in self.others]
        return f"version {self.version}" + (f" with {', '.join(shares)}" if shares else "")


@dataclass(frozen=True, slots=True)
class AliasState:
    """An alias as it was last read; `revision` changes with every write to it."""

    routing: Routing
    revision: str
