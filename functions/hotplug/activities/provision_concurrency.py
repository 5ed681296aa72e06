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
from hotplug.core.resources.concurrency import FAILED, READY, ProvisionedConcurrency, RaisedConcurrency
from hotplug.core.resources.target import VERSION

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
    cold = [
        move.planned.target.function
        for move in published.moves()
        if not _is_provisioned(cloud, progress.plan.deployment, move)
    ]
    try:
        cloud.ledger.save(progress, Phase.MOVING)
    except TrippedError:
        for move in published.moves():
            list(_taken_back(cloud, progress.plan.deployment, move))
        raise
    return cold


def _is_provisioned(cloud: Cloud, deployment: str, move: Move) -> bool:
    concurrency, function = move.planned.concurrency, move.planned.target.function
    if concurrency is None or move.candidate == move.planned.stable:
        return True
    qualifier = _raised_on(move.planned, concurrency, move.candidate)
    state = cloud.concurrency.state(function, qualifier)
    if state is None or state.executions < concurrency.raised:
        own = _before(concurrency)
        note = RaisedConcurrency(function, qualifier, own, concurrency.raised, deployment)
        cloud.ledger.note_raised(note)
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
            said += _tried(cloud, progress.plan.deployment, move, outcome)
        except Exception as error:
            logger.exception("could not settle the provisioned concurrency of %s", move.planned.target)
            where = _left_on(move, outcome)
            again = "the guard tries again"
            said.append(f"see to the provisioned concurrency of {where}, which is paid for: {error}; {again}")
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


def _tried(cloud: Cloud, deployment: str, move: Move, outcome: Outcome) -> list[str]:
    """Settle, with a few attempts while AWS is busy."""
    for _ in range(TRIES - 1):
        with suppress(TryAgainError):
            return list(_settled(cloud, deployment, move, outcome))
    return list(_settled(cloud, deployment, move, outcome))


def _settled(cloud: Cloud, deployment: str, move: Move, outcome: Outcome) -> Iterator[str]:
    concurrency, planned = move.planned.concurrency, move.planned
    if concurrency is None or planned.stable in {None, move.candidate}:
        return
    function = planned.target.function
    if outcome is not Outcome.DEPLOYED or concurrency.on_alias:
        yield from _taken_back(cloud, deployment, move)
        return
    cloud.ledger.forget_raised(function, move.candidate)
    if planned.stable:
        yield from _lowered(
            cloud, RaisedConcurrency(function, planned.stable, 0, concurrency.executions, deployment)
        )


def _taken_back(cloud: Cloud, deployment: str, move: Move) -> Iterator[str]:
    """Restore the value before this deployment."""
    concurrency, planned = move.planned.concurrency, move.planned
    if concurrency is None or move.candidate == planned.stable:
        return
    qualifier = _raised_on(planned, concurrency, move.candidate)
    own, function = _before(concurrency), planned.target.function
    yield from _lowered(cloud, RaisedConcurrency(function, qualifier, own, concurrency.raised, deployment))


def settle_left_over(cloud: Cloud) -> None:
    """Set back what an earlier deployment could not. What still can't be is tried again at the next sweep.

    A deployment that holds a claim sees to its own. The claims are read after the notes, since a claim comes
    before a note.
    """
    notes = cloud.ledger.raised()
    locked = {holder.deployment for holder in cloud.ledger.claims()} if notes else set()
    for note in notes:
        if note.deployment in locked:
            continue
        try:
            said = list(_lowered(cloud, note))
        except Exception:
            logger.exception("could not set back %s:%s", note.function, note.qualifier)
        else:
            logger.info(
                "deployment %s: %s", note.deployment, "; ".join(said) or "nothing is left to set back"
            )


def _lowered(cloud: Cloud, note: RaisedConcurrency) -> Iterator[str]:
    """Change the amount from raised to the user's own; what fails stays noted, for the guard."""
    cloud.ledger.note_raised(note)
    said = _changed(cloud, note)
    cloud.ledger.forget_raised(note.function, note.qualifier)
    yield from said


def _changed(cloud: Cloud, note: RaisedConcurrency) -> list[str]:
    """Change the amount unless it is another, which was set externally, or calls still reach the version."""
    function, qualifier = note.function, note.qualifier
    state = cloud.concurrency.state(function, qualifier)
    if state is None or state.executions == note.own:
        return []
    if state.executions != note.raised:
        return [f"{function}:{qualifier} has {state.executions} executions provisioned by somebody else"]
    if note.own:
        cloud.concurrency.put(function, qualifier, note.own)
    elif VERSION.fullmatch(qualifier) and cloud.concurrency.aliases_on(function, qualifier):
        return []
    else:
        cloud.concurrency.remove(function, qualifier)
    return [f"{function}:{qualifier} has {note.own} executions provisioned, no more {note.raised}"]


def _left_on(move: Move, outcome: Outcome) -> str:
    """Return where too much may be provisioned: on the alias, or on the version that lost."""
    planned, concurrency = move.planned, move.planned.concurrency
    if concurrency and concurrency.on_alias:
        return f"the alias {planned.target}"
    version = planned.stable if outcome is Outcome.DEPLOYED else move.candidate
    return f"{planned.target.function}, version {version}"


def _before(concurrency: ProvisionedConcurrency) -> int:
    return concurrency.executions if concurrency.on_alias else concurrency.had


def _raised_on(planned: PlannedTarget, concurrency: ProvisionedConcurrency, candidate: str) -> str:
    return planned.target.alias if concurrency.on_alias else candidate
