"""Provisioned concurrency of candidates: raised before their traffic, lowered when the deployment ends."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import Phase
from hotplug.core.deployment.transition import Outcome, State
from hotplug.core.errors import PublishFailedError, TrippedError, TryAgainError
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.concurrency import FAILED, READY, ProvisionedConcurrency

TRIES = 3

logger = logging.getLogger("hotplug")


def provision(cloud: Cloud, progress: Progress, published: Progress) -> list[str]:
    """Raise the candidates' provisioned concurrency; return the functions where it is not ready yet.

    A deployment that has ended must not pay for more, so the record is saved before the change and again
    after it: the save fails once the deployment is decided. `published` has the candidates that `progress`
    lacks, because the machine does not know them yet.
    """
    if not any(planned.concurrency for planned in progress.plan.targets):
        return []
    cloud.ledger.save(progress, Phase.MOVING)
    cold = [move.planned.target.function for move in published.moves() if not _is_provisioned(cloud, move)]
    try:
        cloud.ledger.save(progress, Phase.MOVING)
    except TrippedError:
        for move in published.moves():
            list(_taken_back(cloud, move))
        raise
    return cold


def _is_provisioned(cloud: Cloud, move: Move) -> bool:
    concurrency, function = move.planned.concurrency, move.planned.target.function
    if concurrency is None or move.candidate == move.planned.stable:
        return True
    qualifier = _raised_on(move.planned, concurrency, move.candidate)
    state = cloud.concurrency.state(function, qualifier)
    if state is None or state.executions < concurrency.raised:
        cloud.concurrency.put(function, qualifier, concurrency.raised)
        return False
    if state.status == FAILED:
        said = f"the provisioned concurrency of {function}:{qualifier} could not be made ready: {state.why}"
        raise PublishFailedError(said)
    return state.status == READY


def settle_concurrency(cloud: Cloud, progress: Progress, outcome: Outcome) -> list[str]:
    """Remove the provisioned concurrency that is no longer needed, and describe the changes.

    A failure does not fail the deployment: it is reported, because the concurrency is still paid for.
    Repeating it is safe.
    """
    said: list[str] = []
    if not any(planned.concurrency for planned in progress.plan.targets):
        return said
    for move in _known(cloud, progress).moves():
        try:
            said += _tried(cloud, move, outcome)
        except Exception as error:
            logger.exception("could not settle the provisioned concurrency of %s", move.planned.target)
            where = f"{move.planned.target.function}, version {move.candidate}"
            said.append(f"see to the provisioned concurrency of {where}, which is paid for: {error}")
    return said


def _known(cloud: Cloud, progress: Progress) -> Progress:
    """Add the candidates from the timeline if they were published and the machine does not know them."""
    if progress.candidates:
        return progress
    try:
        timeline = cloud.ledger.timeline(progress.plan.deployment)
        published = [line["targets"] for line in timeline if line.get("state") == State.PUBLISHED]
        candidates = tuple(str(target["candidate"]) for targets in published for target in targets)
    except Exception:
        logger.exception("could not read what %s published", progress.plan.deployment)
        return progress
    return (
        replace(progress, candidates=candidates)
        if len(candidates) == len(progress.plan.targets)
        else progress
    )


def _tried(cloud: Cloud, move: Move, outcome: Outcome) -> list[str]:
    """Settle, with a few attempts while AWS is busy: no later task repeats it."""
    for _ in range(TRIES - 1):
        with suppress(TryAgainError):
            return list(_settled(cloud, move, outcome))
    return list(_settled(cloud, move, outcome))


def _settled(cloud: Cloud, move: Move, outcome: Outcome) -> Iterator[str]:
    concurrency, planned = move.planned.concurrency, move.planned
    if concurrency is None or planned.stable in {None, move.candidate}:
        return
    if outcome is not Outcome.DEPLOYED or concurrency.on_alias:
        yield from _taken_back(cloud, move)
    elif planned.stable and not cloud.concurrency.aliases_on(planned.target.function, planned.stable):
        yield from _lowered(cloud, planned, planned.stable, (concurrency.executions, 0))


def _taken_back(cloud: Cloud, move: Move) -> Iterator[str]:
    """Restore the value before this deployment."""
    concurrency, planned = move.planned.concurrency, move.planned
    if concurrency is None or move.candidate == planned.stable:
        return
    before = concurrency.executions if concurrency.on_alias else concurrency.had
    qualifier = _raised_on(planned, concurrency, move.candidate)
    yield from _lowered(cloud, planned, qualifier, (concurrency.raised, before))


def _lowered(cloud: Cloud, planned: PlannedTarget, qualifier: str, change: tuple[int, int]) -> Iterator[str]:
    """Change the value from expected to wanted. Another value was set externally, and stays."""
    (expected, wanted), function = change, planned.target.function
    state = cloud.concurrency.state(function, qualifier)
    if state is None or state.executions == wanted:
        return
    if state.executions != expected:
        yield f"{function}:{qualifier} has {state.executions} executions provisioned by somebody else"
        return
    if wanted:
        cloud.concurrency.put(function, qualifier, wanted)
    else:
        cloud.concurrency.remove(function, qualifier)
    yield f"{function}:{qualifier} has {wanted} executions provisioned, no more {expected}"


def _raised_on(planned: PlannedTarget, concurrency: ProvisionedConcurrency, candidate: str) -> str:
    return planned.target.alias if concurrency.on_alias else candidate
