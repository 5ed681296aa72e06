"""What is known of a target before its versions are compared."""

import pytest

from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import MOST_HISTORY, history
from hotplug.core.evidence.metrics.traffic import Usual


@pytest.mark.parametrize(
    ("usual", "rows"),
    [
        pytest.param(None, (), id="not known"),
        pytest.param(Usual(0, 0, 0), (), id="nobody called"),
        pytest.param(
            Usual(5, 5, 0.01), (Minute("errors", 0, 0, MOST_HISTORY, 20, 0.0, 0.0),), id="some failed"
        ),
    ],
)
def test_what_was_usual_is_a_minute_before_all_others(usual: Usual | None, rows: tuple[Minute, ...]) -> None:
    assert history(usual) == rows
