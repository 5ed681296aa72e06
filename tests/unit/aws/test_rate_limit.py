"""Calls are kept apart, and which of Lambda's are."""

from typing import Any

import pytest

from hotplug.aws.cloud import LiveCloud, Settings
from hotplug.aws.functions import AwsFunctions
from hotplug.aws.rate_limit import UNLIMITED, RateLimit
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.configuration import CodeStorage
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package

ALIAS = {"FunctionVersion": "1", "RevisionId": "r"}
CONFIGURATION = {
    "FunctionName": "orders",
    "Version": "1",
    "CodeSha256": "s",
    "RevisionId": "r",
    "Role": "role",
}
TARGET = Target("orders", "live")


class Watch:
    """A clock, and how long was slept by it."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, 0.0

    def limit(self, calls_a_second: float) -> RateLimit:
        return RateLimit(calls_a_second, lambda: self.now, self.sleeps)

    def sleeps(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


class Client:
    """Lambda, as far as an adapter reads it."""

    def __getattr__(self, method: str) -> Any:
        return lambda **_: ALIAS | {"Version": "1", "Configuration": CONFIGURATION}


def test_the_first_call_goes_out_at_once_and_the_next_ones_keep_their_distance() -> None:
    watch = Watch()
    limit = watch.limit(10)

    limit.wait()
    assert watch.slept == 0
    limit.wait()
    limit.wait()

    assert watch.slept == pytest.approx(0.2)


def test_a_pause_is_not_saved_up_for_a_burst() -> None:
    watch = Watch()
    limit = watch.limit(10)
    limit.wait()
    watch.now += 60

    limit.wait()
    limit.wait()

    assert watch.slept == pytest.approx(0.1)


def test_calls_that_take_longer_than_their_distance_do_not_wait() -> None:
    watch = Watch()
    limit = watch.limit(10)

    for _ in range(5):
        limit.wait()
        watch.now += 0.15

    assert watch.slept == 0


def test_without_a_limit_nobody_waits() -> None:
    for _ in range(1_000):
        UNLIMITED.wait()


@pytest.mark.parametrize(
    ("verb", "arguments", "waits"),
    [
        ("describe", ("orders",), False),
        ("alias", (TARGET,), True),
        ("update_code", ("orders", Package("bucket", "key"), "r", CodeStorage()), True),
        ("publish", ("orders", "sha", "r"), True),
        ("point", (TARGET, Routing("1"), "r"), True),
        ("create", (TARGET, Routing("1")), True),
        ("delete", (TARGET,), True),
    ],
)
def test_all_that_shares_the_accounts_quota_waits(verb: str, arguments: tuple[Any, ...], waits: bool) -> None:
    watch, client = Watch(), Client()
    lambdas: Any = AwsFunctions(client, watch.limit(1))  # type: ignore[arg-type]
    getattr(lambdas, verb)(*arguments)

    getattr(lambdas, verb)(*arguments)

    assert watch.slept == pytest.approx(1.0 if waits else 0.0)


def test_on_aws_two_tasks_at_once_stay_below_what_the_account_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    lambdas = LiveCloud(Settings("*", "", "ledger", "topic", keep_days=1)).functions

    assert isinstance(lambdas, AwsFunctions)
    assert lambdas._limit._apart_seconds == 1 / LAMBDA_CALLS_A_SECOND
    assert 2 * (LAMBDA_CALLS_A_SECOND + 1) < 15  # one that took long may be followed at once
