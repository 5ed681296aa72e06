"""Judge again: `make judge deployment=NAME`, or any two versions' past.

    python -m local.judge deployment NAME
    python -m local.judge versions orders:live 41 42 2026-11-24T09:00Z 2026-11-24T10:00Z [--weight 10]

The first judges the minutes that were kept of a deployment, and ends with 1 where it finds something else
than was found then. The second reads the minutes from CloudWatch, which keeps them for 15 days; without
`--weight` (percent) it takes the share of calls that version 42 had. Both go where `make self-deploy` would.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hotplug.aws.cloud import LiveCloud, Settings
from hotplug.core.evidence import Assessment, EvidenceSettings, Minute
from hotplug.core.measuring import Change, Pair
from hotplug.core.target import Target
from hotplug.core.weighing import Weighed, history
from hotplug.handlers.weighing import Compared, usual_before, weighed_since
from local.self_deploy import variables

ARRIVAL = timedelta(minutes=1)


def judged_again(pages: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Assessment]]:
    """What was kept of each target, and what is found in it now."""
    return [(page, Weighed.from_json(page).assess()) for page in pages]


def past(
    cloud: LiveCloud, pair: Pair, begin: datetime, end: datetime, weight: float | None
) -> tuple[Weighed, Assessment]:
    """Two versions between two full minutes; `weight` is the candidate's share of calls, 0 to 1."""
    usual = usual_before(cloud, [pair.target], begin)[str(pair.target)]
    compared = Compared(replace(pair, slow_ms=usual.slow_ms), EvidenceSettings(), 0, history(usual))
    always = begin - timedelta(days=1)
    changes = [Change(always, always, weight or 0.0)]
    (weighed,) = weighed_since(cloud, [compared], changes, begin, end + ARRIVAL)
    if weight is None:
        weighed = replace(weighed, minutes=tuple(map(as_shared_out, weighed.minutes)))
    return weighed, weighed.assess()


def as_shared_out(minute: Minute) -> Minute:
    """With the share of calls that the candidate had for its weight."""
    calls = minute.candidate_calls + minute.stable_calls
    share = minute.candidate_calls / calls if calls else 0.0
    return minute._replace(weight_low=share, weight_high=share)


def main(arguments: Sequence[str]) -> int:
    """0, or 1 where a deployment would be judged otherwise now."""
    asked = parsed(arguments)
    found = variables()
    os.environ |= {name: value for name, value in found.items() if name.startswith("AWS_")}
    cloud = LiveCloud(Settings("*", "", found["HOTPLUG_LEDGER_TABLE"], "", keep_days=1))
    if asked.what == "versions":
        target = Target(*asked.target.split(":"))
        pair = Pair(target, asked.stable, asked.candidate)
        weighed, assessment = past(cloud, pair, asked.begin, asked.end, asked.weight)
        print(f"{weighed.target}: {assessment.verdict}: {assessment.reason}; latency by {weighed.latency}")
        return 0
    again = judged_again(cloud.book.kept(asked.name))
    for page, assessment in again:
        print(f"{page['target']}: {assessment.verdict} (then {page['verdict']}): {assessment.reason}")
    if not again:
        print(f"nothing is kept of a deployment {asked.name}", file=sys.stderr)
    return 0 if again and all(str(now.verdict) == page["verdict"] for page, now in again) else 1


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    reader = argparse.ArgumentParser(prog="local.judge", description="Judge a deployment or two versions.")
    kinds = reader.add_subparsers(dest="what", required=True)
    kinds.add_parser("deployment").add_argument("name")
    versions = kinds.add_parser("versions")
    for name in ("target", "stable", "candidate"):
        versions.add_argument(name)
    for name in ("begin", "end"):
        versions.add_argument(name, type=datetime.fromisoformat)
    versions.add_argument("--weight", type=lambda text: float(text) / 100)
    return reader.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
