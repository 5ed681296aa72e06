"""One AWS on this machine for the whole session, shared by its workers, with hotplug where needed."""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.aws.embedded import EmbeddedAws
from local.aws.places import ROOT
from local.stage import architecture

STATE = "HOTPLUG_TESTS_STATE"
"""The environment variable that tells workers where the AWS of this session has its state."""
STACK = "hotplug"
PARAMETERS = {
    "TargetFunctions": "story-*",
    "Architecture": architecture(),
    "Router": "on",
    "RouterAuth": "NONE",
    "RouterBinaryTypes": "application/octet-stream",
    "RoutableVersions": "3",
    "RouterAffinityHeader": "x-user",
    "RouterAffinityCookie": "hotplug-affinity",
    "RouterIssueAffinity": "true",
    "SelfStrategy": '{"type": "steps", "steps": [{"percent": 50, "bake": "5s"}]}',
}
CHECKED = {"IAM_ENFORCEMENT": "1"}
"""Every call of a function or of the machine is held against its role, as on AWS."""


def pytest_configure(config: pytest.Config) -> None:
    if STATE not in os.environ:
        directory = tempfile.mkdtemp(prefix="hotplug-tests-")
        os.environ[STATE] = directory
        config.add_cleanup(lambda: _end(Path(directory)))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def _end(directory: Path) -> None:
    os.environ.pop(STATE, None)
    EmbeddedAws(directory).stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def aws() -> EmbeddedAws:
    """Started by the first worker that needs it, and ended with the session."""
    embedded = EmbeddedAws(Path(os.environ[STATE]), settings=CHECKED)
    embedded.start()
    return embedded


@pytest.fixture(scope="session")
def hotplug_stack(aws: EmbeddedAws) -> Mapping[str, str]:
    """The outputs of the installation that most stories share."""
    return installed(aws, STACK)


def installed(aws: EmbeddedAws, stack: str) -> Mapping[str, str]:
    """The outputs of the real template, deployed by the first worker that needs it under this name.

    SAM deploys one stack, the others are made of what it has built.
    """
    with (Path(os.environ[STATE]) / f"{stack}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return aws.outputs(stack)
        except ClientError:
            if stack == STACK:
                return aws.deploy(stack, ROOT, PARAMETERS)
        installed(aws, STACK)
        return aws.deploy_again(STACK, stack, PARAMETERS)
