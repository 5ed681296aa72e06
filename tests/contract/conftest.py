"""The two clouds that have to behave alike."""

import uuid
from functools import cache

import pytest

from local.aws.embedded import EmbeddedAws
from tests.contract.surroundings import EmbeddedSurroundings, InMemorySurroundings, Surroundings


@cache
def _embedded(aws: EmbeddedAws) -> EmbeddedSurroundings:
    return EmbeddedSurroundings(aws, f"contract-{uuid.uuid4().hex[:12]}")


@pytest.fixture(
    params=[
        "memory",
        pytest.param("embedded", marks=pytest.mark.emulator),
    ]
)
def cloud(request: pytest.FixtureRequest) -> Surroundings:
    if request.param == "memory":
        return InMemorySurroundings()
    return _embedded(request.getfixturevalue("aws"))


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"t-{uuid.uuid4().hex[:12]}"
