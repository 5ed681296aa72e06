"""Metrics of the judge: failures, slow calls, and calls slower than ever accepted.

Each compares a minute, and learns from it what to expect of the next one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor

from hotplug.core.evidence.statistics.cold_failures import ColdFailures
from hotplug.core.evidence.statistics.environments import Environments
from hotplug.core.evidence.statistics.expected import FIRST_RATES, ExpectedFailures
from hotplug.core.evidence.statistics.model import ERRORS, NEVER_SLOWER, SLOWER, EvidenceSettings, Minute
from hotplug.core.evidence.statistics.quiet import QuietBets, is_quiet, quiet_log_ratios
from hotplug.core.evidence.statistics.regression import ODDS, Regression, compares, log_ratios
from hotplug.core.evidence.statistics.safety import Fastness, Safety
from hotplug.core.evidence.statistics.tally import Tally
from hotplug.core.evidence.statistics.warmup import MAX_CARRIED, Curve, curve_of, odds_beside, room_of

EVEN_WEIGHT = 0.5
"""In quiet minutes most calls find no environment. From this weight on that is so for both versions alike."""


@dataclass(slots=True)
class Failures:
    """A metric of failures, like errors. Only of errors some are excused: first calls of new environments."""

    expected: ExpectedFailures
    regression: Regression
    safety: Safety
    cold: ColdFailures | None = None
    quiet: QuietBets = field(default_factory=QuietBets)
    tally: Tally = field(default_factory=Tally)

    def see(self, minute: Minute, environments: Environments) -> None:
        """Compare a minute, by the weight if it has few calls."""
        quiet = is_quiet(minute)
        excused = self._excused(minute, environments, quiet=quiet)
        if quiet:
            all_calls = minute.candidate_calls + minute.stable_calls
            shared = self.expected.is_shared_trouble(minute, minute.weight_high * all_calls)
            self._bet_quietly(minute, excused, shared=shared)
        else:
            shared = self.expected.is_shared_trouble(minute)
            if compares(minute, excused):
                self.regression.bet(log_ratios(minute, excused), shared=shared)
        by = self.expected.rate if quiet else self.expected.rate_beside(minute)
        self.tally.add(minute, by, excused, shared_trouble=shared)
        self.tally.turn(self.regression.log_evidence)
        self.safety.see(minute, self.expected)
        self.expected.learn(minute)

    def proofs(self, *, now: bool) -> Iterable[float]:
        """Yield the log evidence that the candidate is safe."""
        yield self.safety.log_evidence(self.expected, now=now)

    def _excused(self, minute: Minute, environments: Environments, *, quiet: bool) -> int:
        if not self.cold or not environments.is_known:
            return 0
        even = quiet and minute.weight_low >= EVEN_WEIGHT
        failures = 0 if even else minute.candidate_failures
        return self.cold.excuse(
            failures, environments.new, environments.came, counted=environments.is_counted
        )

    def _bet_quietly(self, minute: Minute, excused: int, *, shared: bool) -> None:
        share, failed = self.quiet.share(minute), minute.candidate_failures - excused
        if all_failed := failed + minute.stable_failures:
            ratios = quiet_log_ratios(share, failed, all_failed)
            self.regression.bet_quietly(self.quiet, ratios, shared=shared)


@dataclass(slots=True)
class Slowness:
    """A metric of slow calls, of which some are excused as warm-up.

    `unexcused` is the test without that, since the weight last rose for a settled candidate.
    """

    expected: ExpectedFailures
    regression: Regression
    unexcused: Regression
    curve: Curve
    usual: float
    """The share of calls that is slow by definition."""
    carried: float = 0.0
    """Slow calls that were not excused in the last minute that counted, and may be in the next."""
    tally: Tally = field(default_factory=Tally)
    warming: float = 0.0
    """The share of the last minute's calls that is slow by warm-up, at most."""

    def see(self, minute: Minute, environments: Environments) -> None:
        """Compare a minute.

        The bets know how many calls may be excused. Where that leaves nothing to bet on, the minute is passed
        over, and neither adds to what is carried nor takes from it.
        """
        if minute.candidate_calls:
            self._compare(minute, environments)
        self.expected.learn(minute)

    def proofs(self, *, now: bool) -> Iterable[float]:  # noqa: ARG002 - there are none, now or ever
        """Yield nothing: that few calls are slow does not prove that none is too slow."""
        return ()

    def _compare(self, minute: Minute, environments: Environments) -> None:
        shared = self.expected.is_shared_trouble(minute)
        explained = environments.total(self.curve)
        self.warming = explained / minute.candidate_calls
        room = room_of(explained, self.carried)
        excused = min(minute.candidate_failures, floor(room))
        odds = odds_beside(ODDS, self.usual, minute.candidate_calls, room) if room else ODDS
        tells = max(odds) > 1
        self.carried = min(room - excused if tells else self.carried, MAX_CARRIED)
        plain = log_ratios(minute) if compares(minute) else []
        if tells and compares(minute, excused):
            ratios = log_ratios(minute, excused, odds) if room else plain
            self.regression.bet(ratios, shared=shared)
        if plain:
            self.unexcused.bet(plain, shared=shared)
        self.tally.add(minute, self.expected.rate_beside(minute), excused, shared_trouble=shared)
        self.tally.turn(self.regression.log_evidence)


@dataclass(slots=True)
class NeverSlower:
    """A metric of calls that are slower than ever accepted."""

    expected: ExpectedFailures
    fastness: Fastness = field(default_factory=Fastness)
    tally: Tally = field(default_factory=Tally)

    def see(self, minute: Minute, environments: Environments) -> None:  # noqa: ARG002 - no excuse proves speed
        """Compare a minute."""
        shared = self.expected.is_shared_trouble(minute)
        self.tally.add(minute, self.expected.rate_beside(minute), shared_trouble=shared)
        self.fastness.see(minute, self.expected)
        self.expected.learn(minute)

    def proofs(self, *, now: bool) -> Iterable[float]:  # noqa: ARG002 - a proof of speed does not pass
        """Yield the log evidence that the candidate is fast enough."""
        yield self.fastness.log_evidence


type Metric = Failures | Slowness | NeverSlower


def metric_named(name: str, settings: EvidenceSettings) -> Metric:
    """Return a metric that has seen nothing. Its name decides which tests it takes part in."""
    expected = ExpectedFailures.of(name)
    if name in NEVER_SLOWER:
        return NeverSlower(expected)
    if name in SLOWER:
        curve, usual = curve_of(name, settings), FIRST_RATES[name]
        return Slowness(expected, Regression(settings), Regression(settings), curve, usual)
    cold = ColdFailures(settings.cold_failures) if name == ERRORS else None
    return Failures(expected, Regression(settings), Safety(settings), cold)
