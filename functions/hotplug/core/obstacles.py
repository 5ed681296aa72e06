"""What is known of a target, and what in it speaks against deploying it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hotplug.core.alias import AliasState
from hotplug.core.facts import LATEST, Artifact, FunctionState, ResolvedImage, Usual
from hotplug.core.image import Image
from hotplug.core.package import absent_module, doubts
from hotplug.core.problem import LONGEST_SHOWN, Problem, cut
from hotplug.core.request import Existing, Package, Request, WantedTarget

WAKES = frozenset({"Inactive", "Pending"})
"""States out of which a version comes, after a call or by itself."""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of one target. `latest` is None where the function does not exist.

    `asked_for` is the existing version that the source names. `refusal` says why the package or image cannot
    be deployed. `held` says that some deployment holds a split alias, so that the claim will settle it.
    `quarantine` says why the candidate's code was rolled back before. `usual` is how the alias was in the
    last days, where that could be read. `capacity` is the provisioned concurrency of the function, by version
    or alias.
    """

    latest: FunctionState | None
    alias: AliasState | None = None
    stable: FunctionState | None = None
    asked_for: FunctionState | None = None
    artifact: Artifact | ResolvedImage | None = None
    refusal: str | None = None
    held: bool = False
    quarantine: str | None = None
    usual: Usual | None = None
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


def warnings(wanted: WantedTarget, facts: TargetFacts) -> tuple[str, ...]:
    """What may be wrong, and may be as it should."""
    if isinstance(facts.artifact, Artifact) and facts.latest:
        found = doubts(facts.artifact.contents, facts.latest, wanted.target.function)
        return tuple(cut(doubt, LONGEST_SHOWN) for doubt in found)
    return ()


def _target_problems(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    name, alias = wanted.target.function, facts.alias
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
        problems.extend(_cannot_share(wanted, facts.stable, facts.asked_for or facts.latest))
    return problems


def _serves_now(facts: TargetFacts) -> bool:
    """Whether it is what the stable version is: then it is not what was rolled back for."""
    wanted = (facts.code_sha256, facts.config_sha256)
    return bool(facts.stable and (facts.stable.code_sha256, facts.stable.config_sha256) == wanted)


def _cannot_share(wanted: WantedTarget, stable: FunctionState, candidate: FunctionState) -> list[Problem]:
    """Lambda takes two versions into one alias only with the same role and the same dead-letter queue."""
    pairs = {
        "execution role": (stable.role, candidate.role),
        "dead-letter queue": (stable.dead_letters, candidate.dead_letters),
    }
    return [
        Problem(
            "strategy",
            f"steps, but the {what} of {wanted.target.function} goes from {old or 'none'} to {new or 'none'}",
            '"AllAtOnce": versions that share an alias must have the same',
        )
        for what, (old, new) in pairs.items()
        if old != new
    ]


def _source_problems(wanted: WantedTarget, facts: TargetFacts) -> list[Problem]:
    match wanted.source:
        case Existing(version) if facts.latest and facts.asked_for is None:
            given = f"version {version} of {wanted.target.function}"
            return [Problem("source.version", given, "a version that exists")]
        case Existing(version) if facts.asked_for and facts.asked_for.state == "Failed":
            state = f"{facts.asked_for.state} ({facts.asked_for.why})"
            given = f"version {version} of {wanted.target.function}, which is {state}"
            return [Problem("source.version", given, "a version that can be called")]
        case Package() as package if facts.refusal:
            return [Problem("source", f"{package}: {facts.refusal}", "a zip that Lambda takes")]
        case Package() if facts.latest and facts.latest.package_type != "Zip":
            given = f"a zip, but {wanted.target.function} runs a container image"
            return [Problem("source", given, "a function of package type Zip")]
        case Package() as package if isinstance(facts.artifact, Artifact) and facts.latest:
            module = absent_module(facts.artifact.contents, facts.latest)
            if module and not facts.latest.is_extended:
                handler = f"the handler of {wanted.target.function}, {facts.latest.handler}"
                given = f"{package}, in which nothing is called {module}"
                return [Problem("source", given, f"a zip with the module of {handler}")]
        case Image() as image:
            return [*_image_problems(wanted.target.function, image, facts)]
    return []


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
