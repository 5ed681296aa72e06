"""`make local`: a local AWS with hotplug and the demo application, which keeps running.

Safe to repeat. HOTPLUG_LOCAL_PORT sets another port than 4566.
"""

import os
import shlex
import sys
from collections.abc import Mapping

from local.aws import places
from local.aws.embedded import EmulatorFailed
from local.aws.processes import write_atomically
from local.aws.sam_cli import SamFailed
from local.stage import Stage, StageNotSet

DEFAULT_PORT = 4566
VARIABLES = {
    "HOTPLUG_STATE_MACHINE_ARN": "StateMachineArn",
    "HOTPLUG_ARTIFACT_BUCKET": "ArtifactBucketName",
    "HOTPLUG_LEDGER_TABLE": "LedgerTableName",
    "HOTPLUG_COMMAND_FUNCTION_ARN": "CommandFunctionArn",
    "HOTPLUG_NOTIFICATION_TOPIC": "NotificationTopicArn",
}


def local_stage() -> Stage:
    """The stage of `make local` and `make local-stop`."""
    return Stage(places.STATE, int(os.environ.get("HOTPLUG_LOCAL_PORT") or DEFAULT_PORT))


def start() -> dict[str, str]:
    """Set the stage; write its variables to `.local/env` and return them."""
    stage = local_stage()
    outputs = stage.set()
    variables = stage.aws.environment() | {name: outputs[key] for name, key in VARIABLES.items()}
    variables["HOTPLUG_ROUTER_URL"] = stage.aws.api_url(outputs["RouterApiId"], "api")
    write_atomically(places.STATE / "env", export_lines(variables))
    return variables


def export_lines(variables: Mapping[str, str]) -> str:
    """Format variables for a shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def main() -> int:
    """Return the exit code."""
    try:
        variables = start()
    except (EmulatorFailed, FileNotFoundError, SamFailed, StageNotSet) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"\n{export_lines(variables)}\nAlso in .local/env. `make local-stop` ends it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
