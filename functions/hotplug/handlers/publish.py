"""Publish: every candidate as a published version, polled until all of them are Active."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, assert_never

from hotplug.activities.provision_concurrency import provision
from hotplug.activities.read_version import read_version
from hotplug.activities.record import record_once, transition
from hotplug.activities.take_commands import is_blocked, stop_if_aborted
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import Outcome, State, lines_restored
from hotplug.core.errors import PublishFailedError, RevisionStaleError
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import stored_value
from hotplug.core.parsing.units import MAX_NUMBER
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.image import Image
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.spec.source import Existing, Latest, Package
from hotplug.handlers.entrypoint import Event, entrypoint

MAX_POLLS = 100
"""Polls: about 23 minutes with the waits below. A SnapStart version may take many."""
MAX_POLL = timedelta(seconds=30)
"""After this time, the remaining functions wait for the next poll: each code update may take seconds."""
MAX_UPDATES = 20
"""Polls, about 3 minutes, for which $LATEST may hold other code: a concurrent update may be in progress."""


def publish(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Return the versions that are ready, or the wait until the next poll.

    Repeating it is safe: code that $LATEST already holds is not sent again, and publishing unchanged code
    returns its existing version.
    """
    progress, poll = Progress.from_event(event), stored_value(event, "look", whole(0, MAX_NUMBER))
    stop_if_aborted(cloud, progress.plan.deployment)
    begun = cloud.now()
    found = [
        _version(cloud, planned, poll, has_steps=bool(progress.plan.steps))
        if cloud.now() - begun <= MAX_POLL
        else None
        for planned in progress.plan.targets
    ]
    ready = tuple(version for version in found if version)
    if len(ready) < len(found):
        return _wait(poll, "Active", _unready(progress, found))
    published = Progress(progress.plan, ready, progress.revisions, progress.step)
    unchanged = not progress.plan.force and all(
        planned.stable == version for planned, version in zip(progress.plan.targets, ready, strict=True)
    )
    if unchanged:
        cloud.ledger.decide(progress.plan.deployment, Outcome.UNCHANGED)
    versions = [f"{move.planned.target.function} version {move.candidate}" for move in published.moves()]
    reason = f"{'live already' if unchanged else 'ready'}: {', '.join(versions)}"
    reason = "; ".join([reason, *_not_woken(cloud, progress)])
    record_once(cloud, transition(cloud, published, State.PUBLISHED, lines_restored(published), reason))
    cold = [] if unchanged else provision(cloud, progress, published)
    if cold:
        return _wait(poll, "provisioned", ", ".join(cold))
    is_tried_first = any(planned.smoke for planned in progress.plan.targets)
    held = not unchanged and not is_tried_first and is_blocked(cloud, progress.plan)
    outcome = Outcome.UNCHANGED if unchanged else "held" if held else "ready"
    return {
        "outcome": outcome,
        "candidates": list(ready),
        "wait": 0,
        "look": poll,
        "reason": reason,
    }


def _wait(poll: int, what: str, functions: str) -> dict[str, Any]:
    """Candidates are returned to the machine only when everything they need is ready."""
    if poll >= MAX_POLLS:
        raise PublishFailedError(f"not {what} after {poll} looks: {functions}")
    return {
        "outcome": "waiting",
        "candidates": [],
        "wait": min(1 + poll, 15),
        "look": poll + 1,
        "reason": f"waiting for {functions}",
    }


def _unready(progress: Progress, found: list[str | None]) -> str:
    pairs = zip(progress.plan.targets, found, strict=True)
    return ", ".join(planned.target.function for planned, version in pairs if not version)


def _version(cloud: Cloud, planned: PlannedTarget, poll: int, *, has_steps: bool) -> str | None:
    """The candidate, once it can take traffic and an inactive stable version can too; None until then."""
    if planned.sleeps and planned.stable and not _stable_wakes(cloud, planned, planned.stable, has_steps):
        return None
    match planned.source:
        case Existing(version):
            return _active(cloud, planned, version)
        case Latest() | Package() | Image():
            fresh = _published(cloud, planned, poll)
            return _active(cloud, planned, fresh, poll) if fresh else None
        case _:
            assert_never(planned.source)


def _published(cloud: Cloud, planned: PlannedTarget, poll: int) -> str | None:
    latest = _described(cloud, planned)
    if latest.update == "InProgress":
        return None
    try:
        if latest.code_sha256 != planned.code_sha256 or not _is_stored_as_asked(planned, latest):
            _update(cloud, planned, latest, poll)
            return None
        if isinstance(planned.source, Latest) and not planned.is_configured(latest.configuration):
            raise PublishFailedError(_changed(planned.target.function, latest))
        if latest.update == "Failed":
            raise PublishFailedError(f"the last update of {planned.target.function} failed: {latest.why}")
        return cloud.functions.publish(planned.target.function, planned.code_sha256, latest.revision)
    except RevisionStaleError:
        return None


def _is_stored_as_asked(planned: PlannedTarget, latest: FunctionState) -> bool:
    asked = planned.source.storage_mode if isinstance(planned.source, Package) else None
    return asked in {None, latest.configuration.storage.mode}


def _changed(function: str, latest: FunctionState) -> str:
    if unread := latest.configuration.unread:
        return f"whether the configuration of {function} changed is not known: {unread} can't be read"
    return f"the configuration of {function} changed after this deployment was planned"


def _update(cloud: Cloud, planned: PlannedTarget, latest: FunctionState, poll: int) -> None:
    function, source = planned.target.function, planned.source
    other = f"$LATEST of {function} holds code {latest.code_sha256}, not {planned.code_sha256}"
    if latest.code_sha256 == planned.code_sha256:
        other = f"$LATEST of {function} is not stored with the mode"
    if not isinstance(source, Package | Image):
        raise PublishFailedError(f"{other}: it changed after this deployment was planned")
    if poll >= MAX_UPDATES:
        why = f"; its last update failed: {latest.why}" if latest.update == "Failed" else ""
        raise PublishFailedError(f"{other} of {source}, after {poll} looks{why}")
    cloud.functions.update_code(function, source, latest.revision, latest.configuration.storage)


def _active(cloud: Cloud, planned: PlannedTarget, version: str, poll: int = MAX_UPDATES) -> str | None:
    """The version, once it can take traffic. One that was just published may not be found for some polls."""
    try:
        found = _described(cloud, planned, version)
    except PublishFailedError:
        if poll >= MAX_UPDATES:
            raise
        return None
    if found.state == "Failed":
        raise PublishFailedError(
            f"version {version} of {planned.target.function} is in state Failed: {found.why}"
        )
    if found.state == "Inactive":
        _wake(cloud, planned, version)
    return version if found.is_ready else None


def _stable_wakes(cloud: Cloud, planned: PlannedTarget, stable: str, has_steps: bool) -> bool:
    """Whether the inactive stable version can take traffic. Without steps it need not: it is left at once."""
    try:
        return _active(cloud, planned, stable) is not None
    except PublishFailedError as error:
        if has_steps:
            cure = "deploy again: a version that can't answer calls is left at once"
            raise PublishFailedError(f"{error}; {cure}") from error
        return True


def _not_woken(cloud: Cloud, progress: Progress) -> Iterator[str]:
    """Describe each stable version that was inactive and did not start again."""
    for planned in progress.plan.targets:
        if planned.sleeps and planned.stable:
            found = cloud.functions.describe(planned.target.function, planned.stable)
            if found is None or found.state == "Failed":
                state = f"Failed ({found.why})" if found else "gone"
                yield f"{planned.target} has no way back: version {planned.stable} is {state}"


def _wake(cloud: Cloud, planned: PlannedTarget, version: str) -> None:
    """Activate an inactive version. Lambda rejects the call without running it, and prepares the version."""
    with suppress(NotAnsweredError):
        cloud.trials.invoke(planned.target.function, version, b"{}")


def _described(cloud: Cloud, planned: PlannedTarget, qualifier: str = "$LATEST") -> FunctionState:
    found = read_version(cloud, planned.target.function, qualifier)
    if found is None:
        raise PublishFailedError(f"{planned.target.function} has no {qualifier} any more")
    return found


handler = entrypoint(publish)
