"""hotplug as a target: each file has its own installation, so that none is driven by what another broke."""

import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest

from hotplug.core.request.self_release import PREFIX, TRIALS
from local.aws.embedded import EmbeddedAws
from tests.conftest import installed
from tests.e2e.cast import Deployment, Function
from tests.e2e.release.builds import Upload, release
from tests.e2e.story import When
from tests.e2e.world import World, eventually


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> str:
    name: str = request.module.STACK
    return name


@pytest.fixture
def world(aws: EmbeddedAws, stack: str) -> World:
    return World(aws, installed(aws, stack))


@pytest.fixture
def own(world: World, stack: str) -> list[Function]:
    return [Function(world, f"{stack}_{handler}") for handler in TRIALS]


@pytest.fixture
def upload(world: World, when: When, tmp_path: Path) -> Upload:
    """Upload a release below hotplug/, as a maintainer does; the deployment that it starts."""

    def upload(changes: Mapping[str, str] | None = None) -> Deployment:
        before = when.all_started_by(PREFIX)
        world.put(f"{PREFIX}/{secrets.token_hex(6)}.zip", release(tmp_path, changes))

        def started() -> Deployment | None:
            return next((each for each in when.all_started_by(PREFIX) if each not in before), None)

        return eventually(started, "the upload started a release")

    return upload
