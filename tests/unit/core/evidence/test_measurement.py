"""What is kept of the evidence, and what it says of several targets together."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence import EvidenceSettings, Finding, Minute
from hotplug.core.evidence.comparison import Comparison, Latency, history
from hotplug.core.evidence.measurement import Evidence, Measurement
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode
from tests.fakes import a_target
from tests.support.unknown_keys import Steps, objects_in, with_unknown_key

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def minutes_of(*failed: tuple[int, int], calls: int = 1_000) -> list[Minute]:
    """A tenth of the calls is the candidate's; pairs of failed calls, the candidate's first."""
    tenth = calls // 10
    return [Minute("errors", tenth, bad, calls - tenth, other, 0.1, 0.1) for bad, other in failed]


def measured(minutes: Sequence[Minute] = (), *, target: str = "orders:live", **more: Any) -> Measurement:
    until = NINE + timedelta(minutes=len(minutes))
    comparison = Comparison(a_target(target), "41", "42")
    return replace(Measurement(comparison, Latency.COUNTS, NINE, until, (), tuple(minutes)), **more)


def evidence(*all_of_them: Measurement, unread: str = "") -> Evidence:
    return Evidence(all_of_them, tuple(one.assess() for one in all_of_them), unread=unread)


BAD, GOOD, UNKNOWN = (
    minutes_of((20, 0), (20, 0), (20, 0)),
    minutes_of(*[(0, 1)] * 20),
    minutes_of((0, 0)),
)


@pytest.mark.parametrize(
    ("targets", "finding"),
    [
        pytest.param([GOOD, GOOD], Finding.PROMOTE, id="all are safe"),
        pytest.param([GOOD, UNKNOWN], Finding.UNDECIDED, id="one is not proven"),
        pytest.param([GOOD, UNKNOWN, BAD], Finding.ROLL_BACK, id="one is bad"),
        pytest.param([], Finding.UNDECIDED, id="there is none"),
    ],
)
def test_the_worst_of_all_targets_counts(targets: list[list[Minute]], finding: Finding) -> None:
    assert evidence(*map(measured, targets)).finding is finding


def test_what_could_not_be_read_proves_nothing() -> None:
    unread = evidence(measured(GOOD), unread="CloudWatch is away")
    assert unread.finding is Finding.UNDECIDED
    assert str(unread) == "no evidence, as the metrics could not be read: CloudWatch is away"


def test_the_targets_that_decide_are_told_first_and_not_all_of_many() -> None:
    many = [measured(GOOD, target=f"good-{at}:live") for at in range(5)]
    told = str(evidence(*many, measured(BAD, target="bad:live")))
    assert told.startswith("bad:live, version 42 against 41: roll_back: the candidate failed 60 of 300 calls")
    assert told.endswith("and 3 more targets")


def test_percentiles_in_place_of_counts_are_said() -> None:
    assert str(evidence(measured(BAD, latency=Latency.PERCENTILES))).endswith("latency by percentiles")


def test_what_is_kept_says_all_that_it_takes_to_judge_again() -> None:
    comparison = Comparison(a_target("orders:live"), "41", "42", EvidenceSettings(error_burst_size=2))
    one = measured(BAD, before=history(TrafficProfile(10, 10, 0.01)), comparison=comparison)
    page = json.loads(json.dumps(one.to_json(EvidenceMode.ON, one.assess())))
    assert Measurement.from_json(page) == one
    assert (page["verdict"], page["settings"]["mode"]) == ("roll_back", "on")


@pytest.mark.parametrize(
    ("environments", "busy_seconds"),
    [
        pytest.param(3, 41.5, id="both"),
        pytest.param(2.0, None, id="one"),
        pytest.param(None, 0.1, id="other"),
    ],
)
def test_what_is_kept_says_what_is_known_of_environments(
    environments: float | None, busy_seconds: float | None
) -> None:
    known = BAD[0]._replace(environments=environments, busy_seconds=busy_seconds)
    one = measured([known, *BAD[1:]])
    page = json.loads(json.dumps(one.to_json(EvidenceMode.ON, one.assess())))
    assert Measurement.from_json(page) == one
    assert page["columns"][-2:] == ["environments", "busy_seconds"]
    assert [len(row) for row in page["minutes"]] == [9] + [7] * len(BAD[1:])


GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[3] / "golden" / "evidence-1.json").read_text())


def test_a_page_of_an_earlier_release_is_judged_alike_and_written_as_it_was() -> None:
    page = Measurement.from_json(GOLDEN)
    settings = EvidenceSettings(tolerate_errors=0.0125)
    assert page.comparison == Comparison(a_target("orders:live"), "41", "42", settings)
    assert page.latency is Latency.COUNTS
    assert (page.begin, page.until) == (NINE, NINE + timedelta(minutes=2))
    assert page.before == history(TrafficProfile(1200, 900.5, 0.0125))
    assert page.minutes[2] == Minute("errors", 130, 20, 870, 6, 0.1, 0.125)
    assessment = page.assess()
    assert str(assessment.verdict) == GOLDEN["verdict"]
    told = replace(assessment, reason=GOLDEN["reason"])
    written = page.to_json(EvidenceMode.ON, told)
    assert written.pop("logEvidence") == assessment.log_evidence
    assert json.dumps(written) == json.dumps(GOLDEN)


@pytest.mark.parametrize("path", list(objects_in(GOLDEN)), ids=lambda path: "/".join(path) or "page")
def test_a_key_that_a_later_release_added_to_a_page_changes_nothing(path: Steps) -> None:
    assert Measurement.from_json(with_unknown_key(GOLDEN, path)) == Measurement.from_json(GOLDEN)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"minutes": [["errors", 1, 0, 1, 0, 0.1]]}, id="a short row"),
        pytest.param({"minutes": [["errors", -1, 0, 1, 0, 0.1, 0.1]]}, id="less than no calls"),
        pytest.param(
            {"minutes": [["errors", 1, 0, 1, 0, 0.1, 0.1, -1, None]]}, id="less than no environments"
        ),
        pytest.param({"minutes": [["errors", 1, 0, 1, 0, 0.1, 0.1, 1]]}, id="a row with one of two columns"),
        pytest.param({"minutes": [["errors", "1", 0, 1, 0, 0.1, 0.1]]}, id="a text for a number"),
        pytest.param({"minutes": "none"}, id="no list"),
        pytest.param({"begin": "yesterday"}, id="no time"),
        pytest.param({"latency": "guessed"}, id="no way of measuring"),
        pytest.param({"settings": {}}, id="no settings"),
        pytest.param({"target": "orders"}, id="no target"),
    ],
)
def test_what_cannot_be_read_is_refused(harm: dict[str, Any]) -> None:
    one = measured(BAD)
    with pytest.raises(UnreadableError):
        Measurement.from_json(one.to_json(EvidenceMode.ON, one.assess()) | harm)


def test_calls_a_minute_are_those_of_the_last_minutes() -> None:
    assert measured().calls_per_minute is None
    busy = [*minutes_of((0, 0), (0, 0), calls=10), *minutes_of((0, 0), (0, 0), (0, 0), calls=600)]
    assert measured(busy).calls_per_minute == 600


def test_trouble_is_only_looked_for_after_a_moment() -> None:
    one = measured(minutes_of((0, 0), (50, 450), (0, 0), (50, 450)))
    assert one.trouble_since(NINE) == [False, True, False, True]
    assert one.trouble_since(NINE + timedelta(minutes=2)) == [False, True]
