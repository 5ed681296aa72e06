"""The three voices of a story."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.e2e.story import Given, Then, When
from tests.e2e.world import Aws, World


@pytest.fixture
def world(aws: Aws, hotplug_stack: Mapping[str, str]) -> World:
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
