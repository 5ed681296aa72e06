from local.traffic import Answer, Tally


def test_calls_are_counted_per_version() -> None:
    tally = Tally(begun=100.0)
    for answer in (
        Answer(101, "1", False),
        Answer(102, "10", True),
        Answer(103, "", True),
        Answer(104, "2", False),
    ):
        tally.add(answer)
    assert tally.summary(104.0) == {
        "seconds": 4.0,
        "calls": 4,
        "errors": 1,
        "unanswered": 1,
        "versions": {
            "1": {"calls": 1, "errors": 0},
            "2": {"calls": 1, "errors": 0},
            "10": {"calls": 1, "errors": 1},
        },
        "recent": {
            "1": {"calls": 1, "errors": 0},
            "2": {"calls": 1, "errors": 0},
            "10": {"calls": 1, "errors": 1},
        },
    }


def test_recent_forgets_what_is_older_than_ten_seconds() -> None:
    tally = Tally(begun=100.0)
    tally.add(Answer(100, "1", False))
    tally.add(Answer(108, "2", False))
    summary = tally.summary(111.0)
    assert summary["recent"] == {"2": {"calls": 1, "errors": 0}}
    assert summary["calls"] == 2
