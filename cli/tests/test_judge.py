"""`make judge`, and two versions' past: what they say, how they end, and what they don't take."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import judge
from cli.judge import main, parsed, past
from hotplug.aws.cloud import Settings
from hotplug.core.evidence.comparison import Comparison, Latency
from local.aws import places
from local.start import export_lines
from tests.fakes import InMemoryCloud, a_target, a_zip
from tests.fakes.clock import MORNING
from tests.support.machine.execution import Execution
from tests.support.traffic import Callers, always

LOCAL = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "a secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "HOTPLUG_ARTIFACT_BUCKET": "local-artifacts",
    "HOTPLUG_LEDGER_TABLE": "local-ledger",
}
MINUTE = timedelta(minutes=1)
BEGIN, END = MORNING - timedelta(hours=2), MORNING - timedelta(hours=1)
COMPARISON = Comparison(a_target("orders:live"), "41", "42")
VERSIONS = {
    "target": "orders:live",
    "stable": "41",
    "candidate": "42",
    "begin": "2026-11-24T07:00Z",
    "end": "2026-11-24T08:00Z",
}


@pytest.fixture(autouse=True)
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make local` has written its variables, and none is set."""
    for name in LOCAL:
        monkeypatch.setenv(name, "of the test")  # so that it is as before in the end, whatever sets it
        monkeypatch.delenv(name)
    monkeypatch.setattr(places, "STATE", tmp_path)
    (tmp_path / "env").write_text(export_lines(LOCAL))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> InMemoryCloud:
    """Orders on version 41 and a package that arrived, in the cloud that is gone to."""
    cloud = InMemoryCloud()
    cloud.has_function("orders", versions=["40", "41"])
    cloud.has_object("artifacts", "app.zip", a_zip("other"))

    def live(settings: Settings) -> InMemoryCloud:
        assert settings.ledger == LOCAL["HOTPLUG_LEDGER_TABLE"]
        assert os.environ["AWS_ENDPOINT_URL"] == LOCAL["AWS_ENDPOINT_URL"]
        return cloud

    monkeypatch.setattr(judge, "LiveCloud", live)
    return cloud


# A deployment


def deployed(cloud: InMemoryCloud, failing: float) -> None:
    """As d-1; the candidate fails at this rate."""
    Callers(cloud, "d-1", 600, failing={"42": always(failing)})
    asked = {"function": "orders", "source": {"bucket": "artifacts", "key": "app.zip"}}
    Execution(cloud, asked | {"strategy": {"type": "canary", "percent": 10, "bake": "10m"}}).run()


@pytest.mark.parametrize(
    ("failing", "verdict"),
    [pytest.param(0.0, "undecided", id="a good one"), pytest.param(0.1, "roll_back", id="a bad one")],
)
def test_a_deployment_that_is_judged_again_is_judged_alike(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str], failing: float, verdict: str
) -> None:
    deployed(shop, failing)
    assert main(["deployment", "d-1"]) == 0
    told = capsys.readouterr().out
    (page,) = shop.evidence_store.saved("d-1")
    assert told == f"orders:live: {verdict} (then {verdict}): {page['reason']}\n"


def test_one_that_would_be_judged_otherwise_now_says_both_and_ends_with_1(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(shop, 0.1)
    (page,) = shop.evidence_store.saved("d-1")
    shop.evidence_store.save("d-1", "orders:live", page | {"verdict": "undecided"}, shop.now())
    assert main(["deployment", "d-1"]) == 1
    assert capsys.readouterr().out.startswith("orders:live: roll_back (then undecided): ")


def test_of_an_unknown_deployment_nothing_is_kept(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deployment", "d-7"]) == 1
    assert capsys.readouterr() == ("", "nothing is kept of a deployment d-7\n")


# Two versions


def called(
    cloud: InMemoryCloud, bad: int, stable_failures: int = 0, slow: Mapping[float, int] | None = None
) -> None:
    """In every minute of the hour; a tenth of the calls came to version 42. The days before were quiet."""
    for minute in range(60):
        begin = BEGIN + minute * MINUTE
        cloud.metrics.had("orders:live", "42", begin, calls=100, bad=bad, slow=slow)
        cloud.metrics.had("orders:live", "41", begin, calls=900, bad=stable_failures)
    cloud.metrics.had("orders:live", "41", BEGIN - timedelta(days=1), calls=60_000, bad=60)


def command(**changed: str) -> list[str]:
    return ["versions", *(VERSIONS | changed).values()]


@pytest.mark.parametrize(
    ("bad", "stable_failures", "slow", "told"),
    [
        pytest.param(5, 0, {}, "roll_back: the candidate failed 300 of 6,000 calls", id="one that fails"),
        pytest.param(0, 0, {900: 60}, "roll_back: ", id="one that is slow"),
        pytest.param(0, 0, {}, "promote: ", id="a good one"),
        pytest.param(5, 45, {}, "undecided: ", id="trouble that both had"),
    ],
)
def test_any_two_versions_past_is_judged(
    shop: InMemoryCloud,
    capsys: pytest.CaptureFixture[str],
    bad: int,
    stable_failures: int,
    slow: Mapping[float, int],
    told: str,
) -> None:
    called(shop, bad, stable_failures, slow)
    assert main(command()) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"orders:live: {told}")
    assert said.endswith("; latency by counts\n")


def test_where_nobody_called_it_says_so(shop: InMemoryCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command()) == 0
    assert capsys.readouterr().out == (
        "orders:live: undecided: the candidate had no calls that could be compared; latency by none\n"
    )


def test_the_hour_is_judged_and_nothing_after_it(shop: InMemoryCloud) -> None:
    called(shop, bad=0)
    shop.metrics.had("orders:live", "42", END, calls=100, bad=100)
    measured, _ = past(shop, COMPARISON, BEGIN, END, None)
    assert (measured.begin, measured.until, len(measured.failures)) == (BEGIN, END, 60)
    assert sum(minute.candidate_failures for minute in measured.failures) == 0


@pytest.mark.parametrize(
    ("weight", "share"), [pytest.param(None, 0.1, id="as it was"), pytest.param(0.5, 0.5, id="as is said")]
)
def test_the_candidates_share_of_calls_is_what_it_had_unless_it_is_said(
    shop: InMemoryCloud, weight: float | None, share: float
) -> None:
    called(shop, bad=0)
    measured, _ = past(shop, COMPARISON, BEGIN, END, weight)
    assert {(minute.weight_low, minute.weight_high) for minute in measured.failures} == {(share, share)}


def test_a_weight_is_said_in_percent() -> None:
    assert parsed([*command(), "--weight", "2.5"]).weight == 0.025
    assert parsed(command()).weight is None


def test_percentiles_in_place_of_counts_are_said(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    called(shop, bad=5)
    shop.metrics.counts_by_duration = False
    assert main(command()) == 0
    assert capsys.readouterr().out.endswith(f"; latency by {Latency.PERCENTILES}\n")


# What it does not take


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


A_MINUTE = "a full minute with its zone, like 2026-11-24T09:00Z"
A_TIME = "a time with its zone, in ISO 8601"


@pytest.mark.parametrize(
    ("field", "given", "allowed"),
    [
        pytest.param("target", "orders", "a function and its alias, like orders:live", id="no alias"),
        pytest.param("target", "orders:41", "a function and its alias, like orders:live", id="a version"),
        pytest.param("target", "a:b:c", "a function and its alias, like orders:live", id="three parts"),
        pytest.param("stable", "$LATEST", "the number of a published version", id="no version"),
        pytest.param("candidate", "live", "the number of a published version", id="an alias"),
        pytest.param("begin", "yesterday", A_TIME, id="no time"),
        pytest.param("begin", "2026-11-24T07:00", A_TIME, id="no zone"),
        pytest.param("begin", "2026-11-24T07:00:30Z", A_MINUTE, id="within a minute"),
        pytest.param("end", "", A_TIME, id="nothing"),
        pytest.param("--weight", "half", "a number from 0 to 100", id="no number"),
        pytest.param("--weight", "nan", "a number from 0 to 100", id="not even a number"),
        pytest.param("--weight", "101", "a number from 0 to 100", id="more than all"),
    ],
)
def test_what_does_not_fit_is_named_with_what_came_and_what_is_allowed(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str], field: str, given: str, allowed: str
) -> None:
    asked = [*command(), field, given] if field.startswith("--") else command(**{field: given})
    told = f'cli.judge versions: error: argument {field}: got "{given}"; allowed: {allowed}'
    assert refused(capsys, *asked).startswith(told)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param(
            {"candidate": "41"}, 'candidate: got "41"; allowed: another version than stable', id="one version"
        ),
        pytest.param(
            {"end": "2026-11-24T07:00Z"},
            "end: got 2026-11-24T07:00:00+00:00; allowed: later than 2026-11-24T07:00:00+00:00",
            id="no time between",
        ),
    ],
)
def test_what_does_not_fit_together_is_named_too(
    shop: InMemoryCloud, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], told: str
) -> None:
    assert refused(capsys, *command(**changed)) == f"cli.judge versions: error: {told}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], "required: what", id="nothing"),
        pytest.param(["deployment"], "required: name", id="no name"),
        pytest.param(["versions", "orders:live", "41"], "required: candidate, begin, end", id="too few"),
        pytest.param(["verdict"], "invalid choice: 'verdict'", id="something else"),
    ],
)
def test_what_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert told in refused(capsys, *arguments)


def test_without_a_place_to_go_to_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    (places.STATE / "env").unlink()
    assert main(["deployment", "d-1"]) == 2
    assert "or start `make local`" in capsys.readouterr().err
