"""What GetMetricData is asked, how its pages go together, and that half an answer is none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from hotplug.aws.metrics import AwsMetrics
from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.evidence.metrics.queries import MetricQuery
from tests.fakes import refusal
from tests.fakes.clock import MORNING
from tests.unit.aws.clients import a_client

ERRORS = MetricQuery("Errors", "Sum", "orders", "live", "42")
SLOW = MetricQuery("Duration", "p99", "orders", "live", None)
AN_HOUR = MetricQuery("Invocations", "Sum", "orders", "live", None, 3600)
MINUTE = timedelta(minutes=1)

type Json = dict[str, Any]


class Watch:
    """A client of CloudWatch that answers with these pages, or that nothing was measured."""

    def __init__(self, *pages: list[Json], fails: Callable[[], object] = lambda: None) -> None:
        self.pages, self.fails, self.asked = list(pages), fails, list[Json]()

    def get_metric_data(self, **request: Any) -> Json:
        self.fails()
        self.asked.append(request)
        if not self.pages:
            return {"MetricDataResults": [result(query["Id"]) for query in request["MetricDataQueries"]]}
        more = {"NextToken": f"page {len(self.asked) + 1}"} if len(self.pages) > 1 else {}
        return {"MetricDataResults": self.pages.pop(0), **more}


def result(name: str, state: str = "Complete", **values: float) -> Json:
    """Of one query: values by the minute, such as m3=5."""
    minutes = [MORNING + int(minute[1:]) * MINUTE for minute in values]
    return {"Id": name, "StatusCode": state, "Timestamps": minutes, "Values": [*values.values()]}


def read(
    client: Any, *series: MetricQuery, begin: datetime = MORNING, end: datetime = MORNING + 5 * MINUTE
) -> dict[MetricQuery, dict[int, float]]:
    """Values by the minute."""
    found = AwsMetrics(client).read(series, begin, end)
    start = MORNING.timestamp()
    return {one: {int(at - start) // 60: value for at, value in found[one].items()} for one in found}


def test_every_series_is_one_query_that_aws_takes() -> None:
    client = a_client("cloudwatch")
    place = [{"Name": "FunctionName", "Value": "orders"}, {"Name": "Resource", "Value": "orders:live"}]
    executed = {"Name": "ExecutedVersion", "Value": "42"}
    queries = [
        {
            "Id": "q0",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Errors",
                    "Dimensions": [*place, executed],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        },
        {
            "Id": "q1",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Duration", "Dimensions": place},
                "Period": 60,
                "Stat": "p99",
            },
        },
    ]
    with Stubber(client) as stubber:
        expected = {
            "MetricDataQueries": queries,
            "StartTime": MORNING,
            "EndTime": MORNING + 5 * MINUTE,
            "ScanBy": "TimestampAscending",
        }
        answer = {"MetricDataResults": [result("q0", m0=3.0, m4=1.0), result("q1", m1=250.5)]}
        stubber.add_response("get_metric_data", answer, expected)
        assert read(client, ERRORS, SLOW) == {ERRORS: {0: 3, 4: 1}, SLOW: {1: 250.5}}


@pytest.mark.parametrize(
    ("series", "begin", "end", "expected"),
    [
        pytest.param(ERRORS, 0, 60, (0, 60), id="whole minutes"),
        pytest.param(ERRORS, 59.5, 60.5, (0, 120), id="parts of minutes"),
        pytest.param(AN_HOUR, 60, 120, (0, 3600), id="a part of an hour"),
        pytest.param(AN_HOUR, 3600, 7201, (3600, 10800), id="an hour and a second"),
    ],
)
def test_begin_and_end_are_those_of_periods(
    series: MetricQuery, begin: float, end: float, expected: tuple[int, int]
) -> None:
    client = Watch()
    read(client, series, begin=MORNING + timedelta(seconds=begin), end=MORNING + timedelta(seconds=end))
    (request,) = client.asked
    asked = [(request[key] - MORNING).total_seconds() for key in ("StartTime", "EndTime")]
    assert tuple(asked) == expected


def test_each_period_length_is_a_call_of_its_own_and_nothing_is_asked_twice() -> None:
    client = Watch()
    assert read(client, AN_HOUR, ERRORS, ERRORS, SLOW) == {AN_HOUR: {}, ERRORS: {}, SLOW: {}}
    periods = [[each["MetricStat"]["Period"] for each in one["MetricDataQueries"]] for one in client.asked]
    assert periods == [[3600], [60, 60]]


@pytest.mark.parametrize(
    ("series", "minutes", "calls"),
    [
        pytest.param(0, 5, [], id="nothing"),
        pytest.param(3, 0, [], id="no time"),
        pytest.param(500, 200, [500], id="as many as fit"),
        pytest.param(501, 200, [500, 1], id="one more"),
        pytest.param(500, 202, [499, 1], id="more points than one call answers"),
        pytest.param(3, 60_000, [1, 1, 1], id="as long as can be"),
        pytest.param(2, 200_000, [1, 1], id="longer than fits on one page"),
    ],
)
def test_no_call_asks_more_than_one_call_answers(series: int, minutes: int, calls: list[int]) -> None:
    client = Watch()
    wanted = [MetricQuery("Errors", "Sum", "orders", "live", str(version)) for version in range(series)]
    assert read(client, *wanted, end=MORNING + minutes * MINUTE) == {one: {} for one in wanted}
    assert [len(request["MetricDataQueries"]) for request in client.asked] == calls


def test_pages_go_together() -> None:
    client = Watch(
        [result("q0", "PartialData", m0=1.0), result("q1", m0=9.0)],
        [result("q0", "PartialData", m1=2.0)],
        [result("q0", m2=3.0)],
    )
    assert read(client, ERRORS, SLOW) == {ERRORS: {0: 1, 1: 2, 2: 3}, SLOW: {0: 9}}
    assert [request.get("NextToken") for request in client.asked] == [None, "page 2", "page 3"]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param([result("q0"), result("q1", "PartialData", m0=1.0)], id="a part"),
        pytest.param([result("q0"), result("q1", "InternalError")], id="an error inside"),
        pytest.param([result("q0")], id="nothing"),
        pytest.param([result("q0"), result("q1", "SomethingNew", m0=1.0)], id="something new"),
    ],
)
def test_half_an_answer_is_none(page: list[Json]) -> None:
    with pytest.raises(TryAgainError, match="CloudWatch"):
        read(Watch(page), ERRORS, SLOW)


def test_an_error_on_one_page_is_not_made_good_by_the_next() -> None:
    with pytest.raises(TryAgainError):
        read(Watch([result("q0", "InternalError")], [result("q0", m0=1.0)]), ERRORS)


def test_a_metric_that_is_kept_from_us_says_why() -> None:
    said = {"Messages": [{"Code": "Forbidden", "Value": "a text of AWS"}]}
    with pytest.raises(ForbiddenError, match="a text of AWS"):
        read(Watch([result("q0", "Forbidden") | said]), ERRORS)


@pytest.mark.parametrize(
    ("trouble", "meaning"),
    [
        pytest.param(refusal("Throttling", "GetMetricData", "slowly"), TryAgainError, id="throttled"),
        pytest.param(refusal("InternalFailure", "GetMetricData", "oh"), TryAgainError, id="a fault"),
        pytest.param(refusal("AccessDenied", "GetMetricData", "no"), ForbiddenError, id="denied"),
        pytest.param(ReadTimeoutError(endpoint_url="x"), TryAgainError, id="too slow"),
    ],
)
def test_trouble_has_its_meaning(trouble: Exception, meaning: type[Exception]) -> None:
    def fails() -> None:
        raise trouble

    with pytest.raises(meaning):
        read(Watch(fails=fails), ERRORS)
