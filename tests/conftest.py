"""An AWS on this machine for each worker of a session, with hotplug where needed.

One for all would be what all wait for.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.embedded import EmbeddedAws
from local.places import ROOT
from local.stage import architecture

STATE = "HOTPLUG_TESTS_STATE"
"""The environment variable that tells workers where the session's AWSs have their state."""
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


def _end(directory: Path) -> None:
    os.environ.pop(STATE, None)
    for started in directory.iterdir():
        EmbeddedAws(started).stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def aws() -> EmbeddedAws:
    """Started when a worker first needs it, and ended with the session."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    embedded = EmbeddedAws(Path(os.environ[STATE]) / worker, settings=CHECKED)
    embedded.start()
    return embedded


@pytest.fixture(scope="session")
def hotplug_stack(aws: EmbeddedAws) -> Mapping[str, str]:
    """The outputs of the installation that most stories share."""
    return installed(aws, STACK)


def installed(aws: EmbeddedAws, stack: str) -> Mapping[str, str]:
    """The outputs of the real template, deployed under this name when it is first needed."""
    try:
        return aws.outputs(stack)
    except ClientError:
        return aws.deploy(stack, ROOT, PARAMETERS)
