"""Repeated judgements: `make judge deployment=NAME`, or any two versions in the past.

    python -m cli.judge deployment NAME
    python -m cli.judge versions orders:live 41 42 2026-11-24T09:00Z 2026-11-24T10:00Z [--weight 10]

The first judges the saved minutes of a deployment again, and exits with 1 if the verdict differs. The second
reads the minutes from CloudWatch, which keeps them for 15 days. Without `--weight` (percent) it uses the
share of calls that version 42 received. Both use the installation that `make self-deploy` uses, and need
PYTHONPATH=functions, which `make judge` sets.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cli.self_deploy import installation
from hotplug.activities.gather_evidence import measure, profiles_before
from hotplug.aws.cloud import Cloud, LiveCloud, Settings
from hotplug.core.evidence import Assessment, Minute
from hotplug.core.evidence.comparison import Comparison
from hotplug.core.evidence.measurement import Hour, Measurement, Memory
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.parsing.fields import Reader, amount
from hotplug.core.parsing.problem import MisfitError, Problem, shown
from hotplug.core.parsing.stored import timestamp
from hotplug.core.resources.target import target_of
from hotplug.core.spec.source import version_number

ARRIVAL = timedelta(minutes=1)


def judged_again(
    pages: Iterable[Mapping[str, Any]], hours: Iterable[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], Assessment]]:
    """Judge the saved evidence of each target again: its closed hours, then the page with the rest."""
    closed = [Hour.from_json(hour) for hour in hours]
    return [(page, _whole(Measurement.from_json(page), closed).assess()) for page in pages]


def _whole(rest: Measurement, closed: Sequence[Hour]) -> Measurement:
    target = str(rest.comparison.target)
    before = [hour for hour in closed if hour.target == target and hour.begin < rest.begin]
    rows = [row for hour in before for row in hour.minutes]
    begin = before[0].begin if before else rest.begin
    return replace(rest, begin=begin, minutes=(*rows, *rest.minutes))


def past(
    cloud: Cloud, comparison: Comparison, begin: datetime, end: datetime, weight: float | None
) -> tuple[Measurement, Assessment]:
    """Compare two versions between two full minutes; `weight` is the candidate's share of calls, 0 to 1."""
    profile = profiles_before(cloud, [comparison.target], begin)[str(comparison.target)]
    settings = replace(comparison.settings, usual_ms=profile.slow_ms)
    comparison = replace(comparison, profile=profile, settings=settings)
    always = begin - timedelta(days=1)
    changes = [Change(always, always, weight or 0.0)]
    (measured,) = measure(cloud, [comparison], changes, [Memory(begin)], end + ARRIVAL)
    if weight is None:
        measured = replace(measured, minutes=tuple(map(as_shared_out, measured.minutes)))
    return measured, measured.assess()


def as_shared_out(minute: Minute) -> Minute:
    """Set the weight of a minute to the candidate's share of its calls."""
    calls = minute.candidate_calls + minute.stable_calls
    share = minute.candidate_calls / calls if calls else 0.0
    return minute._replace(weight_low=share, weight_high=share)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0, 1 if a verdict differs or nothing is saved, 2 without an installation."""
    asked = parsed(arguments)
    try:
        found = installation()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 2
    cloud = LiveCloud(Settings("*", "", found["HOTPLUG_LEDGER_TABLE"], "", keep_days=1))
    if asked.what == "versions":
        comparison = Comparison(asked.target, asked.stable, asked.candidate)
        measured, assessment = past(cloud, comparison, asked.begin, asked.end, asked.weight)
        print(f"{asked.target}: {assessment.verdict}: {assessment.reason}; latency by {measured.latency}")
        return 0
    again = judged_again(cloud.evidence_store.saved(asked.name), cloud.evidence_store.hours(asked.name))
    for page, assessment in again:
        print(f"{page['target']}: {assessment.verdict} (then {page['verdict']}): {assessment.reason}")
    if not again:
        print(f"nothing is kept of a deployment {asked.name}", file=sys.stderr)
    return 0 if again and all(str(now.verdict) == page["verdict"] for page, now in again) else 1


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; argparse exits on an error."""
    reader = argparse.ArgumentParser(prog="cli.judge", description="Judge a deployment or two versions.")
    kinds = reader.add_subparsers(dest="what", required=True)
    kinds.add_parser("deployment").add_argument("name")
    versions = kinds.add_parser("versions")
    versions.add_argument("target", type=argument(target_of))
    for name in ("stable", "candidate"):
        versions.add_argument(name, type=argument(version_number))
    for name in ("begin", "end"):
        versions.add_argument(name, type=argument(a_minute))
    versions.add_argument("--weight", type=argument(a_share))
    asked = reader.parse_args(arguments)
    if asked.what == "versions" and asked.candidate == asked.stable:
        versions.error(str(Problem("candidate", shown(asked.candidate), "another version than stable")))
    if asked.what == "versions" and asked.end <= asked.begin:
        versions.error(str(Problem("end", asked.end.isoformat(), f"later than {asked.begin.isoformat()}")))
    return asked


def argument[T](read: Reader[T]) -> Callable[[str], T]:
    """Adapt a reader to argparse, whose error then names the argument."""

    def read_text(text: str) -> T:
        try:
            return read(text)
        except MisfitError as misfit:
            raise argparse.ArgumentTypeError(f"got {shown(text)}; allowed: {misfit}") from None

    return read_text


def a_minute(value: object) -> datetime:
    """Read the start of a minute: evidence is kept by the minute."""
    begin = timestamp(value)
    if begin.second or begin.microsecond:
        raise MisfitError("a full minute with its zone, like 2026-11-24T09:00Z")
    return begin


def a_share(value: object) -> float:
    """Read a share in percent, as a number from 0 to 1."""
    with suppress(ValueError):
        return amount(0, 100)(float(str(value))) / 100
    raise MisfitError("a number from 0 to 100")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
