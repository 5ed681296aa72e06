"""What is known of a target, and what in it speaks against deploying it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hotplug.core.alias import AliasState
from hotplug.core.facts import LATEST, Artifact, FunctionState, ResolvedImage, Usual
from hotplug.core.hook import HookPoint
from hotplug.core.image import Image
from hotplug.core.package import absent_module, doubts
from hotplug.core.problem import LONGEST_SHOWN, Problem, cut
from hotplug.core.request import Request, WantedTarget
from hotplug.core.source import PREVIOUS, Existing, Latest, Package, Previous

WAKES = frozenset({"Inactive", "Pending"})
"""States out of which a version comes, after a call or by itself."""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of one target. `latest` is None where the function does not exist.

    `asked_for` is the existing version that the source names, `previous` the number of the last good one
    before the live one where that was asked for. `refusal` says why the package or image cannot be deployed.
    `held` says that some deployment holds a split alias, so that the claim will settle it. `quarantine` says
    why the candidate was rolled back before. `usual` is how the alias was in the last days, where that could
    be read. `denied` is what AWS said where hotplug may not look. `wired` is who calls $LATEST, and `unseen`
    why that is not known. `has_newer` says that a version after the live one was published. `capacity` is the
    provisioned concurrency of the function, by version or alias.
    """

    latest: FunctionState | None
    alias: AliasState | None = None
    stable: FunctionState | None = None
    asked_for: FunctionState | None = None
    previous: str | None = None
    artifact: Artifact | ResolvedImage | None = None
    refusal: str | None = None
    held: bool = False
    quarantine: str | None = None
    usual: Usual | None = None
    denied: str = ""
    wired: tuple[str, ...] = ()
    unseen: str = ""
    has_newer: bool = False
    capacity: Mapping[str, int] = field(default_factory=dict)

    @property
    def candidate(self) -> FunctionState | None:
        """What the candidate's configuration is now."""
        return self.asked_for or self.latest

    @property
    def code_sha256(self) -> str:
        """What the candidate's code hashes to."""
        if self.artifact:
            return self.artifact.sha256
        return self.candidate.code_sha256 if self.candidate else ""

    @property
    def code_bytes(self) -> int:
        """What would have to be kept of it."""
        match self.artifact:
            case Artifact(size_bytes=size):
                return size
            case ResolvedImage():
                return 0
        return self.latest.code_bytes if self.latest else 0

    @property
    def is_unchanged(self) -> bool:
        """Whether publishing would answer the live version: Lambda makes none that is like the newest."""
        stable, latest = self.stable, self.latest
        if not stable or not latest or self.has_newer or stable.version == LATEST:
            return False
        return (stable.code_sha256, stable.config_sha256) == (self.code_sha256, latest.config_sha256)

    @property
    def config_sha256(self) -> str:
        """What the candidate's configuration hashes to."""
        return self.candidate.config_sha256 if self.candidate else ""

    @property
    def timeout_seconds(self) -> int:
        """A call of either version is over by then."""
        return max((state.timeout_seconds for state in (self.stable, self.candidate) if state), default=0)


def obstacles(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    """What speaks against this target."""
    return [*_target_problems(wanted, facts, request), *_source_problems(wanted, facts)]


def package_warnings(wanted: WantedTarget, facts: TargetFacts) -> tuple[str, ...]:
    """What may be wrong, and may be as it should."""
    if isinstance(facts.artifact, Artifact) and facts.latest:
        found = doubts(facts.artifact.contents, facts.latest, wanted.target.function)
        return tuple(cut(doubt, LONGEST_SHOWN) for doubt in found)
    return ()


def _target_problems(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    name, alias = wanted.target.function, facts.alias
    if facts.denied:
        return [Problem("function", f"{name}: {facts.denied}", "a function that hotplug may look at")]
    if facts.latest is None:
        return [Problem("function", name, "a function that exists in this account and Region")]
    problems = []
    if alias and alias.routing.version == LATEST:
        allowed = "an alias on a published version: publish one and point the alias at it first"
        problems.append(Problem("alias", f"{wanted.target} on $LATEST", allowed))
    if alias and alias.routing.is_split and not request.force and not facts.held:
        allowed = 'an alias on one version, or "force": true to take it over from the first of the two'
        problems.append(Problem("alias", f"{wanted.target} on {alias.routing}", allowed))
    if facts.stable and facts.stable.state not in WAKES | {"Active"}:
        state = f"{facts.stable.state} ({facts.stable.why})"
        given = f"{wanted.target} on version {facts.stable.version}, which is {state}"
        problems.append(
            Problem("alias", given, "a stable version that can be called, so that there is a way back")
        )
    if facts.quarantine and not _serves_now(facts) and not (request.force and request.reason):
        allowed = 'code that was not rolled back before, or "force": true with a "reason"'
        problems.append(Problem("source", facts.quarantine, allowed))
    if request.steps and facts.stable:
        sees_all = request.asks(HookPoint.AFTER_TRAFFIC)
        candidate = facts.asked_for or facts.latest
        problems.extend(_cannot_share(wanted, facts.stable, candidate, sees_all=sees_all))
    return problems


def _serves_now(facts: TargetFacts) -> bool:
    """Whether it is what the stable version is: then it is not what was rolled back for."""
    wanted = (facts.code_sha256, facts.config_sha256)
    return bool(facts.stable and (facts.stable.code_sha256, facts.stable.config_sha256) == wanted)


def _cannot_share(
    wanted: WantedTarget, stable: FunctionState, candidate: FunctionState, *, sees_all: bool
) -> list[Problem]:
    """Lambda takes two versions into one alias only with the same role and the same dead-letter queue."""
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
        module = absent_module(facts.artifact.contents, latest)
        if module and not latest.is_extended:
            given = f"{package}, in which nothing is called {module}"
            yield Problem(
                "source", given, f"a zip with the module of the handler of {function}, {latest.handler}"
            )
        if latest.code_sha256 == facts.code_sha256:
            yield from _unfit_to_publish(wanted, latest)


def _unfit_to_publish(wanted: WantedTarget, latest: FunctionState) -> list[Problem]:
    """Where no code is sent, $LATEST is taken as it is."""
    if latest.update != "Failed":
        return []
    given = f"$LATEST of {wanted.target.function}, whose last update failed ({latest.why})"
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
