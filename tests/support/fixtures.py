"""Fixtures of tests that need no AWS: they open no socket, and every fault that they plan has to happen."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.fakes import InMemoryCloud, InMemoryRouterCloud

settings.register_profile("unit", deadline=None)  # a busy machine is no failure
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def no_sockets(socket_disabled: None) -> None:
    """A unit test that wants the network is no unit test."""


@pytest.fixture
def cloud() -> Iterator[InMemoryCloud]:
    """An empty AWS in memory."""
    cloud = InMemoryCloud()
    yield cloud
    assert cloud.unspent == [], "these verbs were to be spoilt, but the test never came to them"


@pytest.fixture
def router(cloud: InMemoryCloud) -> Iterator[InMemoryRouterCloud]:
    """What the router sees of it."""
    router = InMemoryRouterCloud(cloud)
    yield router
    assert router.unspent == [], "these verbs were to be spoilt, but the test never came to them"
