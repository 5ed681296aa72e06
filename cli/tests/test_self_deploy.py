"""`make self-deploy`: where it goes to, what it uploads, and how it follows the release to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli import self_deploy
from cli.bundle import bundle
from cli.self_deploy import NEEDED, follow, main, upload, variables
from hotplug.aws.ledger import AwsLedger
from hotplug.core.deployment.transition import Outcome, State, Transition
from hotplug.core.request.upload import read_upload
from local.aws import places
from local.start import export_lines
from tests.fakes.table import Table

DEPLOYMENT = "hotplug-4f2a"
LOCAL = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "a secret with 'quotes' and = signs",
    "AWS_DEFAULT_REGION": "us-east-1",
    "HOTPLUG_ARTIFACT_BUCKET": "local-artifacts",
    "HOTPLUG_LEDGER_TABLE": "local-ledger",
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable says where to, and no local AWS was started; nobody waits."""
    for name in LOCAL:
        monkeypatch.setenv(name, "of the test")  # so that it is as before in the end, whatever sets it
        monkeypatch.delenv(name)
    monkeypatch.setattr(places, "STATE", tmp_path / "state")
    monkeypatch.setattr(self_deploy, "LOOK_SECONDS", 0)
    monkeypatch.setattr(self_deploy, "BUNDLE", tmp_path / "hotplug.zip")
    monkeypatch.setattr(self_deploy, "bundle", lambda: bundle(tmp_path / "hotplug.zip"))


@pytest.fixture
def started(tmp_path: Path) -> None:
    """`make local` has written its variables."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "env").write_text(export_lines(LOCAL))


@pytest.fixture
def ledger() -> AwsLedger:
    """The real one over a table in memory."""
    client: Any = Table()
    return AwsLedger(client, "ledger", keep_days=1)


def happens(
    ledger: AwsLedger,
    state: State,
    at: int,
    *,
    outcome: Outcome | None = None,
    deployment: str = DEPLOYMENT,
    reason: str = "because",
) -> None:
    """The release comes to a state, `at` seconds after nine."""
    when = f"2026-11-24T09:00:{at:02d}+00:00"
    key = f"{state}#00000"
    ledger.append(Transition(deployment, "arn", state, key, when, (), reason, outcome=outcome))


# Where to


def test_the_environment_says_where_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.setenv(name, f"my {name}")
    found = variables()
    assert [found[name] for name in NEEDED] == [f"my {name}" for name in NEEDED]
    assert "AWS_ENDPOINT_URL" not in found


def test_the_environment_counts_even_if_a_local_aws_was_started(
    started: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NEEDED:
        monkeypatch.setenv(name, f"my {name}")
    found = variables()
    assert found["HOTPLUG_LEDGER_TABLE"] == "my HOTPLUG_LEDGER_TABLE"
    assert "AWS_ENDPOINT_URL" not in found


def test_otherwise_the_local_aws_is_meant(started: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C")
    found = variables()
    assert found.items() >= LOCAL.items()
    assert found["LANG"] == "C"


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", ["mine", ""], ids=["is set", "is empty"])
def test_half_of_what_is_needed_is_none_of_it(
    started: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")
    assert variables().items() >= LOCAL.items()


def test_where_there_is_neither_it_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError) as missing:
        variables()
    words = "set HOTPLUG_ARTIFACT_BUCKET and HOTPLUG_LEDGER_TABLE, or start `make local`"
    assert str(missing.value) == words


# What is uploaded


@dataclass
class Bucket:
    """A client of S3 that keeps what is put, with the version id of each."""

    put: list[Mapping[str, Any]] = field(default_factory=list)

    def put_object(self, **request: Any) -> dict[str, str]:
        self.put.append(request)
        return {"VersionId": f"version-{len(self.put)}"}


def test_a_fresh_bundle_is_uploaded_below_hotplug(tmp_path: Path) -> None:
    bucket = Bucket()
    upload(bucket, "artifacts")
    (put,) = bucket.put
    digest = bundle(tmp_path / "again.zip")
    assert (put["Bucket"], put["Key"]) == ("artifacts", f"hotplug/{digest[:12]}.zip")
    assert put["Body"] == (tmp_path / "again.zip").read_bytes()


def test_it_is_followed_under_the_name_that_its_event_is_started_with() -> None:
    bucket = Bucket()
    name = upload(bucket, "artifacts")
    found = {"key": bucket.put[0]["Key"], "version-id": "version-1", "etag": "e", "sequencer": "0061"}
    event = {"detail": {"bucket": {"name": "artifacts"}, "object": found}}
    assert read_upload(event).execution_name == name
    assert upload(bucket, "artifacts") != name, "the same bundle again is a release of its own"


# How it is followed


def test_each_line_is_told_once_until_the_one_with_the_outcome(ledger: AwsLedger) -> None:
    happens(ledger, State.PLANNED, 1)
    happens(ledger, State.CLAIMED, 2)
    lines = follow(ledger, DEPLOYMENT)
    assert [next(lines)["state"], next(lines)["state"]] == ["planned", "claimed"]
    happens(ledger, State.PUBLISHED, 3)
    happens(ledger, State.TESTED, 4)
    assert [next(lines)["state"], next(lines)["state"]] == ["published", "tested"]
    happens(ledger, State.TESTED, 5)
    happens(ledger, State.CLOSED, 6, outcome=Outcome.DEPLOYED)
    assert [(line["state"], line["outcome"]) for line in lines] == [("closed", "deployed")]


def test_lines_are_told_in_the_order_of_their_time(ledger: AwsLedger) -> None:
    happens(ledger, State.CLOSED, 3, outcome=Outcome.DEPLOYED)
    happens(ledger, State.CLAIMED, 2)
    happens(ledger, State.PLANNED, 1)
    assert [line["state"] for line in follow(ledger, DEPLOYMENT)] == ["planned", "claimed", "closed"]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_an_end(ledger: AwsLedger, outcome: Outcome) -> None:
    happens(ledger, State.CLOSED, 1, outcome=outcome)
    assert [line["outcome"] for line in follow(ledger, DEPLOYMENT)] == [str(outcome)]


def test_what_others_do_meanwhile_is_not_told(ledger: AwsLedger) -> None:
    happens(ledger, State.PLANNED, 1, deployment="another")
    happens(ledger, State.CLOSED, 2, outcome=Outcome.DEPLOYED, deployment=f"{DEPLOYMENT}-2")
    happens(ledger, State.CLOSED, 3, outcome=Outcome.UNCHANGED)
    assert [line["at"][17:19] for line in follow(ledger, DEPLOYMENT)] == ["03"]


def test_before_its_first_line_is_there_it_is_waited_for(ledger: AwsLedger) -> None:
    @dataclass
    class Late:
        looks: int = 0

        def timeline(self, deployment: str) -> Any:
            self.looks += 1
            if self.looks == 3:
                happens(ledger, State.REFUSED, 1, outcome=Outcome.REFUSED)
            return ledger.timeline(deployment)

    late: Any = Late()
    assert [line["state"] for line in follow(late, DEPLOYMENT)] == ["refused"]
    assert late.looks == 3


def test_one_that_does_not_end_is_given_up(ledger: AwsLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_deploy, "PATIENCE_SECONDS", 0.05)
    happens(ledger, State.PLANNED, 1)
    lines = follow(ledger, DEPLOYMENT)
    assert next(lines)["state"] == "planned"
    with pytest.raises(TimeoutError, match=f"{DEPLOYMENT} did not end"):
        next(lines)


# What a shell sees


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        pytest.param(Outcome.DEPLOYED, 0, id="it runs"),
        pytest.param(Outcome.UNCHANGED, 0, id="it runs already"),
        pytest.param(Outcome.ROLLED_BACK, 1, id="it was put back"),
        pytest.param(Outcome.REFUSED, 1, id="it was refused"),
        pytest.param(Outcome.BUSY, 1, id="another was first"),
    ],
)
def test_the_exit_code_says_whether_hotplug_runs_the_release(
    started: None,
    ledger: AwsLedger,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome,
    code: int,
) -> None:
    class Released(Bucket):
        """What arrives is released at once."""

        def put_object(self, **request: Any) -> dict[str, str]:
            stored = super().put_object(**request)
            object_ = {"key": request["Key"], "version-id": stored["VersionId"]}
            name = read_upload({"detail": {"bucket": {"name": request["Bucket"]}, "object": object_}})
            for state, at, end in ((State.PLANNED, 1, None), (State.CLOSED, 2, outcome)):
                happens(ledger, state, at, outcome=end, deployment=name.execution_name)
            return stored

    clients: dict[str, Any] = {"dynamodb": ledger._client, "s3": Released()}
    monkeypatch.setattr(boto3, "client", clients.__getitem__)
    assert main() == code
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("uploaded; deployment hotplug-")
    assert told[1:] == ["09:00:01 planned: because", "09:00:02 closed: because"]
    assert clients["s3"].put[0]["Bucket"] == "local-artifacts"


def test_without_a_place_to_go_to_nothing_is_uploaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "client", None)
    assert main() == 2
    assert "or start `make local`" in capsys.readouterr().err
