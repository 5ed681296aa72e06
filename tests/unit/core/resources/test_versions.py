"""Which versions are beyond those that are kept, and how it is said."""

import pytest

from hotplug.core.resources.versions import PublishedVersion, beyond, in_words


def published(*versions: str) -> list[PublishedVersion]:
    return [PublishedVersion(version, f"arn:{version}") for version in versions]


@pytest.mark.parametrize(
    ("versions", "keep", "old"),
    [
        pytest.param("1 2 3", 1, "1 2", id="all but the newest"),
        pytest.param("1 2 3", 3, "", id="as many as are kept"),
        pytest.param("1 2 3", 9, "", id="fewer than are kept"),
        pytest.param("10 9 2 1", 2, "1 2", id="by number, not by letter"),
        pytest.param("3 7 90", 1, "3 7", id="where some are gone already"),
        pytest.param("", 1, "", id="none at all"),
        pytest.param("$LATEST 1 $LATEST.PUBLISHED 2", 1, "1", id="what has no number is no version"),
    ],
)
def test_those_beyond_the_newest_come_oldest_first(versions: str, keep: int, old: str) -> None:
    assert [one.version for one in beyond(published(*versions.split()), keep)] == old.split()


@pytest.mark.parametrize(
    ("deleted", "left", "used", "said"),
    [
        ([], 0, {}, "orders: deleted nothing"),
        (["1", "2"], 0, {}, "orders: deleted 1, 2"),
        (["1", "2", "3", "4", "5", "9"], 0, {}, "orders: deleted 1 to 9 (6)"),
        (["1"], 7, {}, "orders: deleted 1, 7 more are left for the next time"),
        (
            ["1"],
            0,
            {"10": "b", "3": "a"},
            "orders: deleted 1, 3 is kept: a, 10 is kept: b",
        ),
        ([], 0, {"10": "b", "next": "a"}, "orders: deleted nothing, 10 is kept: b, next is kept: a"),
    ],
)
def test_what_became_of_them_is_said(deleted: list[str], left: int, used: dict[str, str], said: str) -> None:
    assert in_words("orders", deleted, left, used) == said
