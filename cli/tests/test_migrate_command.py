"""`make migrate`: what it writes, prints and refuses."""

import json
from pathlib import Path

import pytest

from cli.migrate.__main__ import main
from cli.tests.migrating import SHAPES


def test_policies_are_written_as_the_bucket_holds_them(tmp_path: Path) -> None:
    assert main([str(SHAPES / "globals.yaml"), "--into", str(tmp_path)]) == 0

    written = {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*.json")}
    assert set(written) == {"orders/policy.json", "billing/policy.json"}
    assert json.loads(written["billing/policy.json"])["strategy"] == "AllAtOnce"


def test_what_has_a_source_is_no_policy(tmp_path: Path) -> None:
    assert main([str(SHAPES / "appspec.yaml"), "--into", str(tmp_path)]) == 0

    assert [file.name for file in tmp_path.rglob("*.json")] == ["request.json"]


def test_without_a_folder_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SHAPES / "by_stage.yaml"), "Stage=prod"]) == 0

    assert json.loads(capsys.readouterr().out)["function"] == "orders-prod"


def test_after_a_problem_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SHAPES / "made_up_names.yaml"), "Orders=orders", "--into", str(tmp_path)]) == 1

    said = capsys.readouterr().err
    assert "2 problems, nothing was written:\n- Orders.DeploymentPreference.Alarms[0]: got" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "template.yaml")]) == 1

    assert "No such file" in capsys.readouterr().err
