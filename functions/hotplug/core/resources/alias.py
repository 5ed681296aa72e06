"""Routing and state of an alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hotplug.core.parsing.stored import Codec, mapping
from hotplug.core.parsing.units import HUNDRED, number, percent, plain

type Weights = tuple[tuple[str, Decimal], ...]

_percent = percent(lowest=Decimal(0))
WEIGHTS: Codec[Weights] = Codec(
    lambda value: tuple(sorted((version, plain(_percent(each))) for version, each in mapping(value).items())),
    lambda weights: {version: number(each) for version, each in weights},
)
"""Versions with their weights in percent."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The version of an alias, and additional versions with their weights in percent."""

    version: str
    others: Weights = ()

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

    def share_of(self, version: str) -> Decimal:
        """Return the share of calls that a version has, in percent."""
        others = dict(self.others)
        if version == self.version:
            return HUNDRED - sum(others.values(), Decimal(0))
        return others.get(version, Decimal(0))

    def to_json(self) -> dict[str, object]:
        """Return the version and the other versions' weights in percent."""
        return {"version": self.version, "weights": WEIGHTS.write(self.others)}

    @property
    def is_all_elsewhere(self) -> bool:
        """Whether the other version has all calls."""
        return sum((percent for _, percent in self.others), Decimal(0)) == HUNDRED

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


def routing_of(alias: AliasState | None) -> Routing | None:
    """Return the routing of an alias, None if there is no alias."""
    return alias.routing if alias else None
