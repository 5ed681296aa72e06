"""Checks of a target: its observed state and source against the request."""

from collections.abc import Iterator, Mapping

from hotplug.core.parsing.problem import Problem
from hotplug.core.planning.facts import TargetFacts, publishes
from hotplug.core.request.request import Request, WantedTarget
from hotplug.core.resources.concurrency import ProvisionedConcurrency, planned_concurrency
from hotplug.core.resources.configuration import Configuration, StorageMode
from hotplug.core.resources.function import FunctionState, Storage
from hotplug.core.resources.image import Image, ResolvedImage
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.package_checks import absent_handler
from hotplug.core.resources.target import is_number
from hotplug.core.spec.hooks import HookPoint
from hotplug.core.spec.source import PREVIOUS, Existing, Latest, Package, Previous

UNPUBLISHABLE = frozenset({"Failed", "Deleting"})
"""States of $LATEST that only other code or another function ends."""


def target_checks(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    """Return every problem of this target."""
    return [
        *_target_problems(wanted, facts, request),
        *_source_problems(wanted, facts),
        *_concurrency_problems(wanted, facts, request),
    ]


def wanted_concurrency(
    wanted: WantedTarget, facts: TargetFacts, request: Request
) -> ProvisionedConcurrency | None:
    """Return the provisioned concurrency that the candidate gets, unless the request gives it up."""
    if facts.alias is None:
        return None
    candidate = facts.asked_for.version if facts.asked_for else None
    stable, alias = facts.alias.routing.version, wanted.target.alias
    return planned_concurrency(facts.concurrency, stable, alias, candidate, is_split=bool(request.steps))


def _concurrency_problems(wanted: WantedTarget, facts: TargetFacts, request: Request) -> Iterator[Problem]:
    """Yield a problem if all of the function's provisioned concurrency would exceed the reserved one."""
    planned, function = wanted_concurrency(wanted, facts, request), wanted.target.function
    reserved = facts.latest.reserved if facts.latest else None
    stays = facts.is_unchanged or (
        facts.asked_for and facts.alias and facts.asked_for.version == facts.alias.routing.version
    )
    if planned is None or reserved is None or stays or not request.provisions:
        return
    has, more = sum(facts.concurrency.values()), planned.more
    if has + more > reserved:
        given = (
            f"{more} executions more for {function}, of whose {reserved} reserved ones {has} are provisioned"
        )
        allowed = f'{has + more} reserved executions, or "provisionedConcurrency": false to go without'
        yield Problem("provisionedConcurrency", given, allowed)


def _target_problems(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    name, alias = wanted.target.function, facts.alias
    if facts.denied:
        return [Problem("function", f"{name}: {facts.denied}", "a function that hotplug may look at")]
    if facts.latest is None:
        return [Problem("function", name, "a function that exists in this account and Region")]
    problems = []
    if alias is None and not request.create:
        meant = f": did you mean {facts.similar}?" if facts.similar else ""
        given = f"false, but {wanted.target} does not exist"
        problems.append(Problem("create", given, f"true, or an alias that exists{meant}"))
    if alias and not is_number(alias.routing.version):
        allowed = "an alias on a published version with a number: publish one and point the alias at it first"
        problems.append(Problem("alias", f"{wanted.target} on {alias.routing.version}", allowed))
    is_left_split = alias and alias.routing.is_split and not facts.is_settling
    if alias and is_left_split and not request.force and not facts.is_locked:
        allowed = 'an alias on one version, or "force": true to take it over from the first of the two'
        problems.append(Problem("alias", f"{wanted.target} on {alias.routing}", allowed))
    is_known = not facts.configuration.unread
    if facts.quarantine and is_known and not _serves_now(facts) and not (request.force and request.reason):
        allowed = 'code that was not rolled back before, or "force": true with a "reason"'
        problems.append(Problem("source", facts.quarantine, allowed))
    if request.steps and facts.stable:
        sees_all = request.asks(HookPoint.AFTER_TRAFFIC)
        candidate = facts.asked_for or facts.latest
        problems.extend(_cannot_share(wanted, facts.stable, candidate, sees_all=sees_all))
    return problems


def _serves_now(facts: TargetFacts) -> bool:
    """Return whether the candidate equals the stable version. Then it is not what was quarantined."""
    stable = facts.stable
    return bool(
        stable
        and stable.code_sha256 == facts.code_sha256
        and stable.configuration.equals(facts.configuration)
    )


def _cannot_share(
    wanted: WantedTarget, stable: FunctionState, candidate: FunctionState, *, sees_all: bool
) -> list[Problem]:
    """Return the problems of two versions that cannot share an alias.

    Lambda requires the same role and the same dead-letter queue of both.
    """
    pairs = {
        "execution role": (stable.role, candidate.role),
        "dead-letter queue": (stable.dead_letters, candidate.dead_letters),
    }
    allowed = '"AllAtOnce" without an afterTraffic hook' if sees_all else '"AllAtOnce"'
    return [
        Problem(
            "strategy",
            f"steps, but the {what} of {wanted.target.function} goes from {old or 'none'} to {new or 'none'}",
            f"{allowed}: versions that share an alias must have the same",
        )
        for what, (old, new) in pairs.items()
        if old != new
    ]


def _source_problems(wanted: WantedTarget, facts: TargetFacts) -> list[Problem]:
    match wanted.source:
        case Existing(version) if facts.latest and facts.asked_for is None:
            given = f"version {version} of {wanted.target.function}"
            return [Problem("source.version", given, "a version that exists")]
        case Previous() if facts.latest and facts.asked_for is None:
            return [_no_previous(wanted, facts)]
        case Existing() | Previous() if facts.asked_for and facts.asked_for.state == "Failed":
            state = f"{facts.asked_for.state} ({facts.asked_for.why})"
            given = f"version {facts.asked_for.version} of {wanted.target.function}, which is {state}"
            return [Problem("source.version", given, "a version that can be called")]
        case Package() as package:
            return [*_package_problems(wanted, package, facts)]
        case Image() as image:
            return [*_image_problems(wanted.target.function, image, facts)]
        case Latest() if facts.latest:
            return _unfit_to_publish(wanted, facts.latest)
    return []


def _package_problems(wanted: WantedTarget, package: Package, facts: TargetFacts) -> Iterator[Problem]:
    function, latest = wanted.target.function, facts.latest
    if facts.refusal:
        yield Problem("source", f"{package}: {facts.refusal}", "a zip that Lambda takes")
    elif latest and latest.package_type != "Zip":
        given = f"a zip, but {function} runs a container image"
        yield Problem("source", given, "a function of package type Zip")
    elif latest and isinstance(facts.artifact, Artifact):
        absent = absent_handler(facts.artifact.contents, latest)
        if absent:
            given = f"{package}, in which nothing is called {absent.sought.stem}"
            yield Problem(
                "source",
                given,
                f"a zip with the {absent.sought.kind} of the handler of {function}, {latest.handler}",
            )
        if latest.code_sha256 == facts.code_sha256:
            yield from _unfit_to_publish(wanted, latest)
        yield from _storage_problems(function, package, facts.artifact, facts.configuration)
        if facts.elsewhere and facts.configuration.storage.mode is not StorageMode.REFERENCE:
            given = f"{package}, whose bucket is in {facts.elsewhere}"
            yield Problem(
                "source.bucket", given, f"a bucket in the Region of {function}: Lambda reads no other"
            )


def _storage_problems(
    function: str, package: Package, artifact: Artifact, configuration: Configuration
) -> Iterator[Problem]:
    """Yield why the package can't be stored as it is asked for, or as the function has it."""
    mode = configuration.storage.mode
    if mode is None:
        given = f"{package}, but how the code of {function} is stored can't be read ({configuration.unread})"
        yield Problem(
            "source", given, 'a "storageMode", "COPY" or "REFERENCE", or Lambda would make it a copy'
        )
    if mode is StorageMode.REFERENCE and artifact.version_id in {None, "null"}:
        given = f"{package}, from which {function} would run (REFERENCE), in a bucket without versioning"
        yield Problem("source", given, 'an object with a version id, or "storageMode": "COPY"')


def _unfit_to_publish(wanted: WantedTarget, latest: FunctionState) -> list[Problem]:
    """Return a problem if $LATEST or its last update failed: without new code, it is published unchanged."""
    function = wanted.target.function
    if latest.state in UNPUBLISHABLE:
        given = f"$LATEST of {function}, which is {latest.state} ({latest.why})"
        return [Problem("source", given, "a $LATEST that can be called: put it right, or deploy other code")]
    if latest.update != "Failed":
        return []
    given = f"$LATEST of {function}, whose last update failed ({latest.why})"
    return [Problem("source", given, "a $LATEST that was updated well, or a zip")]


def _no_previous(wanted: WantedTarget, facts: TargetFacts) -> Problem:
    if facts.previous:
        given = f"version {facts.previous} of {wanted.target.function}, which does not exist any more"
    elif facts.alias:
        live = facts.alias.routing.version
        given = f"no version of {wanted.target} older than {live} is remembered to have served well"
    else:
        given = f"{wanted.target} does not exist yet, so there is nothing before it"
    return Problem("source", f'"{PREVIOUS}", but {given}', 'the number of a version, like {"version": "41"}')


def _image_problems(function: str, image: Image, facts: TargetFacts) -> Iterator[Problem]:
    if facts.refusal:
        yield Problem("source.imageUri", f"{image}: {facts.refusal}", "an image that Lambda takes")
    if facts.latest and facts.latest.package_type != "Image":
        yield Problem("source", f"an image, but {function} runs a zip", "a function of package type Image")
    resolved = facts.artifact
    if facts.latest and isinstance(resolved, ResolvedImage) and resolved.architecture:
        allowed = facts.latest.architecture
        if resolved.architecture != allowed:
            given = f"{image}, which is for {resolved.architecture}, but {function} runs on {allowed}"
            yield Problem("source.imageUri", given, f"an image for {allowed}")


def storage_problem(
    request: Request, facts: Mapping[str, TargetFacts], storage: Storage | None
) -> Problem | None:
    """Return a problem if the code certainly does not fit into the account's code storage.

    Lambda counts unzipped bytes. This check counts the bytes of the package.
    """
    if storage is None:
        return None
    needed = sum(facts[str(wanted.target)].code_bytes for wanted in request.targets if publishes(wanted))
    if storage.used_bytes + needed <= storage.limit_bytes:
        return None
    given = f"{needed:,} bytes to publish, with {storage} used"
    return Problem("source", given, "what fits into the account's code storage: delete versions first")
