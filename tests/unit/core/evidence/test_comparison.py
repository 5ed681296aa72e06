"""What is known of a target before its versions are compared."""

import pytest

from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import MAX_HISTORY, history
from hotplug.core.evidence.metrics.traffic import TrafficProfile


@pytest.mark.parametrize(
    ("profile", "rows"),
    [
        pytest.param(None, (), id="not known"),
        pytest.param(TrafficProfile(0, 0, 0), (), id="nobody called"),
        pytest.param(
            TrafficProfile(5, 5, 0.01), (Minute("errors", 0, 0, MAX_HISTORY, 20, 0.0, 0.0),), id="some failed"
        ),
    ],
)
def test_what_was_usual_is_a_minute_before_all_others(
    profile: TrafficProfile | None, rows: tuple[Minute, ...]
) -> None:
    assert history(profile) == rows
