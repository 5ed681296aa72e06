"""Checks of warm-ups: whether the concurrency that is left has room for their environments."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.parsing.problem import MAX_SHOWN, Problem, cut
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.request.request import Request, WantedTarget
from hotplug.core.spec.warm_up import MAX_ENVIRONMENTS

FIELD = "warm.environments"
MS_A_MINUTE = 60_000


def warm_checks(
    request: Request, facts: Mapping[str, TargetFacts], unreserved: int | None
) -> Iterator[Problem]:
    """Yield a problem for each function, and for the account, without room beside what the alias needs.

    `unreserved` is the account's concurrency that no function has reserved, None if it is not known.
    """
    pairs = [(wanted, facts[str(wanted.target)]) for wanted in request.targets]
    warmed = [(wanted, found) for wanted, found in pairs if wanted.warm and found.latest]
    for wanted, found in warmed:
        yield from _of_function(wanted, found)
    if unreserved is not None:
        yield from _of_account([pair for pair in warmed if _reserved(pair[1]) is None], unreserved)


def _of_function(wanted: WantedTarget, facts: TargetFacts) -> Iterator[Problem]:
    reserved, asked = _reserved(facts), _environments(wanted)
    if reserved is None:
        return
    provisioned = sum(facts.concurrency.values())
    taken = min(reserved, max(provisioned, _expected_environments(facts)))
    left = reserved - taken
    if asked > left:
        used = f"of whose {reserved} reserved executions {taken} are in use"
        given = f"{asked} for {wanted.target.function}, {used}"
        yield Problem(FIELD, given, _at_most(left, "more reserved executions"))


def _of_account(warmed: Sequence[tuple[WantedTarget, TargetFacts]], unreserved: int) -> Iterator[Problem]:
    """Yield a problem if the calls at the same time and the usual ones exceed what is not reserved."""
    at_once = min(MAX_ENVIRONMENTS, sum(_environments(wanted) for wanted, _ in warmed))
    taken = min(unreserved, sum(_expected_environments(found) for _, found in warmed))
    left = unreserved - taken
    if at_once > left:
        names = cut(", ".join(wanted.target.function for wanted, _ in warmed), MAX_SHOWN)
        given = f"{at_once} at once for {names}, of the account's {unreserved} unreserved executions"
        yield Problem(FIELD, f"{given} {taken} are in use", _at_most(left, "a higher quota"))


def _reserved(facts: TargetFacts) -> int | None:
    return facts.latest.reserved if facts.latest else None


def _environments(wanted: WantedTarget) -> int:
    return wanted.warm.environments if wanted.warm else 0


def _expected_environments(facts: TargetFacts) -> int:
    """Return the environments that the alias' calls usually need at once, at least 1 if it exists."""
    return max(_busy(facts.profile), 1) if facts.alias else 0


def _busy(profile: TrafficProfile | None) -> int:
    """Return calls a minute times the time of a slow one, the p90, which is more than the mean mostly."""
    if profile is None or not profile.slow_ms:
        return 0
    return ceil(profile.recent_calls_per_minute * profile.slow_ms[1] / MS_A_MINUTE)


def _at_most(left: int, otherwise: str) -> str:
    return f"at most {left}, or {otherwise}" if left else f'{otherwise}, or no "warm": nothing is left'
