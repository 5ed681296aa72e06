"""`make self-deploy`: a bundle of hotplug, uploaded and followed until its deployment ends.

It goes to the account and Region of the AWS_* variables, and to the installation that the HOTPLUG_* variables
name (`make local` writes them to `.local/env`). Without them it goes to the local AWS.
"""

import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

from cli.bundle import BUNDLE, bundle
from hotplug.aws.ledger import AwsLedger
from hotplug.core.request.self_release import PREFIX
from hotplug.core.request.upload import Upload
from local.aws import places

WELL = ("deployed", "unchanged")
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 6 * 3600
NEEDED = ("HOTPLUG_ARTIFACT_BUCKET", "HOTPLUG_LEDGER_TABLE")


def variables() -> dict[str, str]:
    """The environment's variables, or those of the local AWS; raises FileNotFoundError without either."""
    if all(os.environ.get(name) for name in NEEDED):
        return dict(os.environ)
    local = places.STATE / "env"
    if not local.exists():
        raise FileNotFoundError(f"set {' and '.join(NEEDED)}, or start `make local`")
    words = [shlex.split(line.removeprefix("export ")) for line in local.read_text().splitlines()]
    return dict(os.environ) | dict(word.split("=", 1) for (word,) in words)


def installation() -> dict[str, str]:
    """Return the same variables, and set the AWS_* ones in the environment for all clients."""
    found = variables()
    os.environ |= {name: value for name, value in found.items() if name.startswith("AWS_")}
    return found


def upload(objects: Any, bucket: str) -> str:
    """Upload a new bundle and return the name of its deployment."""
    key = f"{PREFIX}/{bundle()[:12]}.zip"
    stored = objects.put_object(Bucket=bucket, Key=key, Body=BUNDLE.read_bytes())
    return Upload(bucket, key, stored["VersionId"], stored["VersionId"]).execution_name


def follow(ledger: AwsLedger, deployment: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of the timeline as they appear, until the one with the outcome."""
    told, give_up = set[str](), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        lines = sorted(ledger.timeline(deployment), key=lambda line: str(line["at"]))
        for line in lines:
            if line["sk"] not in told:
                told.add(line["sk"])
                yield line
        if any(line["outcome"] for line in lines):
            return
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"{deployment} did not end in {PATIENCE_SECONDS} s")


def main() -> int:
    """Return 0 if the release is deployed, 1 if it was rolled back or refused, 2 without an installation."""
    try:
        found = installation()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 2
    ledger = AwsLedger(boto3.client("dynamodb"), found["HOTPLUG_LEDGER_TABLE"], keep_days=1)
    deployment = upload(boto3.client("s3"), found["HOTPLUG_ARTIFACT_BUCKET"])
    print(f"uploaded; deployment {deployment}", flush=True)
    outcome = None
    for line in follow(ledger, deployment):
        print(f"{line['at'][11:19]} {line['state']}: {line['reason']}", flush=True)
        outcome = line["outcome"] or outcome
    return 0 if outcome in WELL else 1


if __name__ == "__main__":
    sys.exit(main())
