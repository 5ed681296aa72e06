"""One target of a plan, as it travels through the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence.metrics.traffic import Usual, usual_from, usual_json
from hotplug.core.evidence.policy import LEAST, USUAL
from hotplug.core.parsing.fields import amount, flag, whole
from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.stored import each, mapping, or_none, words, written
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.concurrency import Capacity, capacity_from, capacity_json
from hotplug.core.resources.function import TIMEOUT_SECONDS
from hotplug.core.resources.target import Target, is_older
from hotplug.core.spec.smoke_test import Smoke, smoke_from
from hotplug.core.spec.source import Existing, Latest, Source, read_source, source_json
from hotplug.core.spec.steps import Steps

LONGEST_TIMEOUT_SECONDS = 900
_timeout = whole(1, LONGEST_TIMEOUT_SECONDS)


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One target with what it was when the plan was made.

    `stable` is the version that served then, None when the alias did not exist yet. `revision` is the alias'
    RevisionId as found. `code_sha256` is what the candidate's code must hash to, base64 as Lambda reports it.
    `config_sha256` is what its configuration was, by which two versions of the same code can be told apart;
    empty in plans that did not know. `smoke` are the calls that it is tried with before it gets traffic.
    `usual` is how the alias was in the last days, None when that is not known. A call is over after
    `timeout_seconds`. `tolerate_errors` is the excess failure rate, 0 to 1, that has to be excluded here
    before a promotion by evidence. `capacity` is what the stable version has ready. A stable version that
    `sleeps` is woken before anything moves. `warnings` are what may be wrong, and is no reason to refuse.
    """

    target: Target
    stable: str | None
    revision: str | None
    source: Source
    code_sha256: str
    config_sha256: str = ""
    smoke: tuple[Smoke, ...] = ()
    usual: Usual | None = None
    timeout_seconds: int = TIMEOUT_SECONDS
    tolerate_errors: float = USUAL.tolerate_errors
    capacity: Capacity | None = None
    sleeps: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def is_going_back(self) -> bool:
        """Whether an older version comes back."""
        return isinstance(self.source, Existing) and is_older(self.source.version, self.stable or "")

    @property
    def is_live_already(self) -> bool:
        """Whether the version that was named is the one that serves."""
        return isinstance(self.source, Existing) and self.source.version == self.stable

    def routing_at(self, position: int, steps: Steps, candidate: str) -> Routing | None:
        """What the alias must say at a position: an index into `steps`, or their number for the promotion.

        None while the alias is not to exist yet: a first deployment has nobody to shift, so that the alias is
        created on the candidate by the promotion.
        """
        if position >= len(steps):
            return Routing(candidate)
        if self.stable is None:
            return None
        if self.stable == candidate:
            return Routing(self.stable)
        return Routing(self.stable, ((candidate, steps[position].percent),))


def target_json(planned: PlannedTarget) -> dict[str, Any]:
    """As a plan holds it; what is as it is unless it is said is not said."""
    timeout, tolerated = planned.timeout_seconds, planned.tolerate_errors
    more = {
        "configSha256": planned.config_sha256 or None,
        "smoke": [smoke.to_json() for smoke in planned.smoke] or None,
        "usual": usual_json(planned.usual) if planned.usual else None,
        "timeoutSeconds": timeout if timeout != TIMEOUT_SECONDS else None,
        "tolerateErrors": tolerated if tolerated != USUAL.tolerate_errors else None,
        "capacity": capacity_json(planned.capacity) if planned.capacity else None,
        "sleeps": planned.sleeps or None,
        "warnings": list(planned.warnings) or None,
    }
    return {
        "function": planned.target.function,
        "alias": planned.target.alias,
        "stable": planned.stable,
        "revision": planned.revision,
        "source": source_json(planned.source),
        "codeSha256": planned.code_sha256,
    } | {key: value for key, value in more.items() if value is not None}


def target_from(value: object) -> PlannedTarget:
    """Back again."""
    item = mapping(value)
    return PlannedTarget(
        target=Target(written(item, "function", words), written(item, "alias", words)),
        stable=written(item, "stable", or_none(words)),
        revision=written(item, "revision", or_none(words)),
        source=_source_from(written(item, "source", mapping)),
        code_sha256=written(item, "codeSha256", words),
        config_sha256=written(item, "configSha256", words) if "configSha256" in item else "",
        smoke=written(item, "smoke", each(smoke_from)) if "smoke" in item else (),
        usual=written(item, "usual", usual_from) if "usual" in item else None,
        timeout_seconds=written(item, "timeoutSeconds", _timeout)
        if "timeoutSeconds" in item
        else TIMEOUT_SECONDS,
        tolerate_errors=written(item, "tolerateErrors", amount(LEAST, 1))
        if "tolerateErrors" in item
        else USUAL.tolerate_errors,
        capacity=written(item, "capacity", capacity_from) if "capacity" in item else None,
        sleeps=written(item, "sleeps", flag) if "sleeps" in item else False,
        warnings=written(item, "warnings", each(words)) if "warnings" in item else (),
    )


def _source_from(item: Mapping[str, Any]) -> Source:
    problems: list[Problem] = []
    source = read_source(item, "source", problems) if item else Latest()
    if problems:
        raise UnreadableError(f"a source in the plan cannot be read: {problems[0]}")
    return source
