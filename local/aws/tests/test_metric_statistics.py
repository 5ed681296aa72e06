import pytest

from hotplug_emulator.metric_statistics import Sample, series, value_of

DURATIONS = [
    Sample(60 + second, 1, value, value, value) for second, value in enumerate([1.0, 2.0, 3.0, 4.0, 100.0])
]
ERRORS = [Sample(60, 10, 3, 0, 1), Sample(70, 5, 0, 0, 0)]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("SampleCount", 5),
        ("Sum", 110.0),
        ("Average", 22.0),
        ("Minimum", 1.0),
        ("Maximum", 100.0),
        ("p50", 3.0),
        ("p100", 100.0),
        ("p99.9", pytest.approx(99.616)),
        ("TC(2:4)", 2.0),
        ("TC(:2)", 2.0),
        ("PR(2:)", 60.0),
    ],
)
def test_a_statistic_over_single_values(statistic: str, expected: float) -> None:
    assert value_of(statistic, DURATIONS) == expected


def test_a_statistic_set_counts_for_the_values_in_it() -> None:
    assert value_of("Sum", ERRORS) == 3
    assert value_of("SampleCount", ERRORS) == 15
    assert value_of("Average", ERRORS) == 0.2


def test_values_fall_into_periods_that_begin_at_multiples_of_their_length() -> None:
    assert series([*ERRORS, Sample(119, 1, 7, 7, 7), Sample(121, 1, 9, 9, 9)], "Sum", 60) == {60: 10, 120: 9}


def test_nothing_has_no_value() -> None:
    assert value_of("Sum", []) is None
    assert series([], "p99", 60) == {}


def test_an_unknown_statistic_is_refused() -> None:
    with pytest.raises(ValueError, match="IQM"):
        value_of("IQM", DURATIONS)
