"""One AWS with hotplug in it for the whole session, shared by its workers, and the three voices of a story."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.embedded import EmbeddedAws
from local.places import ROOT
from local.stage import architecture
from tests.e2e.story import Given, Then, When
from tests.e2e.world import World

STATE = "HOTPLUG_TESTS_STATE"
"""The environment variable that tells workers where the AWS of this session has its state."""
STACK = "hotplug"
DEPLOYABLE = "story-*"


def pytest_configure(config: pytest.Config) -> None:
    if STATE not in os.environ:
        directory = tempfile.mkdtemp(prefix="hotplug-tests-")
        os.environ[STATE] = directory
        config.add_cleanup(lambda: _end(Path(directory)))


def _end(directory: Path) -> None:
    os.environ.pop(STATE, None)
    EmbeddedAws(directory).stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def aws() -> EmbeddedAws:
    """Started by the first worker that needs it, and ended with the session."""
    embedded = EmbeddedAws(Path(os.environ[STATE]))
    embedded.start()
    return embedded


@pytest.fixture(scope="session")
def hotplug_stack(aws: EmbeddedAws) -> Mapping[str, str]:
    """The outputs of the real template, deployed by the first worker that needs it."""
    with (Path(os.environ[STATE]) / "deploy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return aws.outputs(STACK)
        except ClientError:
            return aws.deploy(STACK, ROOT, {"TargetFunctions": DEPLOYABLE, "Architecture": architecture()})


@pytest.fixture
def world(aws: EmbeddedAws, hotplug_stack: Mapping[str, str]) -> World:
    return World(aws, hotplug_stack)


@pytest.fixture
def given(world: World) -> Iterator[Given]:
    with ExitStack() as afterwards:
        yield Given(world, afterwards)


@pytest.fixture
def when(world: World) -> When:
    return When(world)


@pytest.fixture
def then(world: World) -> Then:
    return Then(world)
