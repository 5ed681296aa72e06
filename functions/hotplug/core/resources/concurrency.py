"""Provisioned concurrency: environments that a version or an alias keeps ready, and that are paid for."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotplug.core.parsing.fields import flag, whole
from hotplug.core.parsing.stored import Key, record

LARGEST = 10**6
READY, FAILED = "READY", "FAILED"


@dataclass(frozen=True, slots=True)
class ConcurrencyState:
    """What is asked for now, and Lambda's word for how far it is with it."""

    executions: int
    status: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """What the stable version had ready when the plan was made, by itself or through its alias (`on_alias`).

    `had` is what the candidate's version had already, 0 for a new one.
    """

    executions: int
    on_alias: bool
    had: int = 0

    @property
    def raised(self) -> int:
        """What is put before the candidate gets traffic: as much for its version as the stable one has.

        An alias' own is spread over both of its versions, so that it is doubled.
        """
        return self.executions * 2 if self.on_alias else max(self.executions, self.had)


def planned_concurrency(
    found: Mapping[str, int], stable: str, alias: str, candidate: str | None, *, is_split: bool
) -> ProvisionedConcurrency | None:
    """From what a function has, by qualifier. An alias that is never split is left to Lambda."""
    if stable in found:
        return ProvisionedConcurrency(found[stable], on_alias=False, had=found.get(candidate or "", 0))
    if alias in found and is_split:
        return ProvisionedConcurrency(found[alias], on_alias=True)
    return None


CONCURRENCY = record(
    ProvisionedConcurrency,
    Key("executions", "executions", whole(1, LARGEST)),
    Key("onAlias", "on_alias", flag),
    Key("had", "had", whole(0, LARGEST)),
)
