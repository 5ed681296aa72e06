"""Target of a plan, as the machine carries it."""

from dataclasses import dataclass

from hotplug.core.evidence.metrics.traffic import TRAFFIC, TrafficProfile
from hotplug.core.evidence.policy import DEFAULT_SETTINGS, LEARNED, LEAST, Learned
from hotplug.core.parsing.fields import amount, flag, whole
from hotplug.core.parsing.stored import Key, list_of, optional, record, text
from hotplug.core.parsing.units import ANY_NUMBER
from hotplug.core.resources.alias import WEIGHTS, Routing, Weights
from hotplug.core.resources.concurrency import CONCURRENCY, ProvisionedConcurrency
from hotplug.core.resources.configuration import Configuration
from hotplug.core.resources.function import TIMEOUT_SECONDS
from hotplug.core.resources.target import Target, is_older
from hotplug.core.spec.smoke_test import SMOKE, Smoke
from hotplug.core.spec.source import SOURCE, Existing, Source
from hotplug.core.spec.steps import Steps
from hotplug.core.spec.warm_up import WARM_UP, WarmUp


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """A target, and its state when the plan was made.

    `stable` is the version that served then, None when the alias did not exist yet. `revision` is the alias'
    RevisionId as found. `code_sha256` is what the candidate's code must hash to, base64 as Lambda reports it.
    `config_sha256` is what its configuration was, by which two versions of the same code can be
    distinguished; empty in plans that did not know. `config_sha256_before` is the same as the release before
    took it, which reads no other. `smoke` are the calls that it is tried with before it gets traffic.
    `profile` is the alias' traffic in the last days, None when that is not known. A call is over after
    `timeout_seconds`. `tolerate_errors` is the excess failure rate, 0 to 1, that has to be excluded here
    before a promotion by evidence. `concurrency` is what the stable version has provisioned. A stable version
    that `sleeps` is woken before anything moves. An alias that `settles` is waited for first: Lambda still
    sends its calls to the version before `stable`. `split` are the other versions that "force" takes the
    alias over from, with their weights in percent. `dead` is why the stable version could not answer calls at
    the plan, empty if it could: then there is no way back, the alias leaves it at once, and a split stays
    until then. With `hold` the target is held once it is deployed; False releases it, and None waits while it
    is held. `warm` are the environments that the candidate gets before its calls. `learned` is what the last
    day has taught about its environments, as far as the request leaves it open.
    """

    target: Target
    stable: str | None
    revision: str | None
    source: Source
    code_sha256: str
    config_sha256: str = ""
    config_sha256_before: str = ""
    smoke: tuple[Smoke, ...] = ()
    profile: TrafficProfile | None = None
    timeout_seconds: int = TIMEOUT_SECONDS
    tolerate_errors: float = DEFAULT_SETTINGS.tolerate_errors
    concurrency: ProvisionedConcurrency | None = None
    sleeps: bool = False
    settles: bool = False
    split: Weights = ()
    dead: str = ""
    hold: bool | None = None
    warm: WarmUp | None = None
    learned: Learned | None = None

    @property
    def is_going_back(self) -> bool:
        """Whether the candidate is older than the stable version."""
        return isinstance(self.source, Existing) and is_older(self.source.version, self.stable or "")

    def is_configured(self, found: Configuration) -> bool:
        """Whether a configuration is the one of the plan, as far as both can be read."""
        if self.config_sha256:
            return found.sha256 == self.config_sha256
        return self.config_sha256_before in {"", found.before}

    @property
    def is_live_already(self) -> bool:
        """Whether the source names the version that is live."""
        return isinstance(self.source, Existing) and self.source.version == self.stable

    @property
    def found(self) -> Routing | None:
        """The routing that a rollback restores; None if there was no alias."""
        return Routing(self.stable, self.split if self.dead else ()) if self.stable else None

    @property
    def as_found(self) -> Routing | None:
        """The routing when the plan was made; None if there was no alias."""
        return Routing(self.stable, self.split) if self.stable else None

    def routing_at(self, position: int, steps: Steps, candidate: str) -> Routing | None:
        """Return the routing at a position: an index into `steps`, or their number for the promotion.

        None while the alias does not exist: on a first deployment there are no calls to shift, and the
        promotion creates the alias on the candidate.
        """
        if position >= len(steps):
            return Routing(candidate)
        if self.stable is None:
            return None
        if self.stable == candidate:
            return Routing(self.stable)
        return Routing(self.stable, ((candidate, steps[position].percent),))


TARGET = record(
    PlannedTarget,
    Key("", "target", record(Target, Key("function", "function", text), Key("alias", "alias", text))),
    Key("stable", "stable", optional(text)),
    Key("revision", "revision", optional(text)),
    Key("source", "source", SOURCE),
    Key("codeSha256", "code_sha256", text),
    Key("configuration", "config_sha256", text, default=""),
    Key("configSha256", "config_sha256_before", text, default=""),
    Key("smoke", "smoke", list_of(SMOKE), default=()),
    Key("usual", "profile", TRAFFIC, default=None),
    Key("timeoutSeconds", "timeout_seconds", whole(0, ANY_NUMBER), default=TIMEOUT_SECONDS),
    Key("tolerateErrors", "tolerate_errors", amount(LEAST, 1), default=DEFAULT_SETTINGS.tolerate_errors),
    Key("capacity", "concurrency", CONCURRENCY, default=None),
    Key("sleeps", "sleeps", flag, default=False),
    Key("settles", "settles", flag, default=False),
    Key("split", "split", WEIGHTS, default=()),
    Key("dead", "dead", text, default=""),
    Key("hold", "hold", optional(flag), default=None),
    Key("warm", "warm", WARM_UP, default=None),
    Key("learned", "learned", LEARNED, default=None),
)
