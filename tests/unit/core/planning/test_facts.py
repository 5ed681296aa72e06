"""What is observed before a plan is made, and what follows from it."""

from dataclasses import replace

import pytest

from hotplug.core.planning.facts import TargetFacts
from hotplug.core.resources.configuration import Configuration
from tests.unit.core.planning.test_planner import FACTS, VERSION_41

SAME = replace(FACTS, latest=replace(VERSION_41, version="$LATEST"))


def configured(facts: TargetFacts, live: Configuration, latest: Configuration) -> TargetFacts:
    assert facts.stable
    assert facts.latest
    return replace(
        facts,
        stable=replace(facts.stable, configuration=live),
        latest=replace(facts.latest, configuration=latest),
    )


def test_the_same_code_and_configuration_is_unchanged() -> None:
    assert configured(SAME, Configuration("a"), Configuration("a")).is_unchanged
    assert not configured(SAME, Configuration("a"), Configuration("b")).is_unchanged
    assert not configured(FACTS, Configuration("a"), Configuration("a")).is_unchanged


@pytest.mark.parametrize("unread", [("Environment", ""), ("", "Environment"), ("Environment",) * 2], ids=str)
def test_nothing_that_cannot_be_read_is_unchanged(unread: tuple[str, str]) -> None:
    live, latest = (Configuration("a", unread=each) for each in unread)
    assert not configured(SAME, live, latest).is_unchanged


@pytest.mark.parametrize("version", ["$LATEST", "$LATEST.PUBLISHED", "next"])
def test_an_alias_without_a_numbered_version_has_nothing_to_be_unchanged(version: str) -> None:
    assert not replace(SAME, stable=replace(VERSION_41, version=version)).is_unchanged
