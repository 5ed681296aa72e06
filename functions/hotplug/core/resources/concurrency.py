"""Provisioned concurrency of versions and aliases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotplug.core.parsing.fields import flag, whole
from hotplug.core.parsing.stored import Key, record, text
from hotplug.core.parsing.units import ANY_NUMBER

READY, FAILED = "READY", "FAILED"


@dataclass(frozen=True, slots=True)
class ConcurrencyState:
    """The requested amount, and Lambda's status of it."""

    executions: int
    status: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """The provisioned concurrency of the stable version, its own or its alias' (`on_alias`), at the plan.

    `had` is the amount of the candidate's version before, 0 for a new one.
    """

    executions: int
    on_alias: bool
    had: int = 0

    @property
    def raised(self) -> int:
        """The amount that is set before the candidate gets traffic: that of the stable version.

        The amount of an alias is spread over both of its versions, so it is doubled.
        """
        return self.executions * 2 if self.on_alias else max(self.executions, self.had)

    @property
    def more(self) -> int:
        """The amount set in addition to that of the alias or the candidate's version."""
        return self.raised - (self.executions if self.on_alias else self.had)


def planned_concurrency(
    found: Mapping[str, int], stable: str, alias: str, candidate: str | None, *, is_split: bool
) -> ProvisionedConcurrency | None:
    """Return it from the amounts by qualifier. An alias that is never split is left to Lambda.

    An amount of 0 is being removed.
    """
    found = {qualifier: executions for qualifier, executions in found.items() if executions}
    if stable in found:
        return ProvisionedConcurrency(found[stable], on_alias=False, had=found.get(candidate or "", 0))
    if alias in found and is_split:
        return ProvisionedConcurrency(found[alias], on_alias=True)
    return None


CONCURRENCY = record(
    ProvisionedConcurrency,
    Key("executions", "executions", whole(1, ANY_NUMBER)),
    Key("onAlias", "on_alias", flag),
    Key("had", "had", whole(0, ANY_NUMBER)),
)


@dataclass(frozen=True, slots=True)
class RaisedConcurrency:
    """An amount that a deployment has changed: the user's `own`, which is to be set again, and `raised`."""

    function: str
    qualifier: str
    own: int
    raised: int
    deployment: str


RAISED = record(
    RaisedConcurrency,
    Key("function", "function", text),
    Key("qualifier", "qualifier", text),
    Key("own", "own", whole(0, ANY_NUMBER)),
    Key("raised", "raised", whole(0, ANY_NUMBER)),
    Key("deployment", "deployment", text),
)


def own_amounts(found: Mapping[str, int], raised: Iterable[RaisedConcurrency]) -> dict[str, int]:
    """Return the user's own amounts by qualifier.

    An amount that an earlier deployment has raised, and not yet set back, is not the user's.
    """
    own = dict(found)
    for each in raised:
        if own.get(each.qualifier) == each.raised:
            own[each.qualifier] = each.own
    return {qualifier: amount for qualifier, amount in own.items() if amount}
