"""Minutes without a word of environments are judged as by the release that first kept them."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotplug.core.evidence import EvidenceSettings, Judge, Minute

GOLDEN: list[dict[str, Any]] = json.loads((Path(__file__).parents[4] / "golden" / "judge-1.json").read_text())


@pytest.mark.parametrize("history", GOLDEN, ids=lambda history: history["name"])
def test_minutes_without_environments_are_judged_as_ever_to_the_last_digit(history: dict[str, Any]) -> None:
    judge = Judge(EvidenceSettings())
    judge.see(Minute(*history["before"]))
    for minute in history["minutes"]:
        for row in minute["rows"]:
            judge.see(Minute(*row))
        found = judge.assessment()
        assert found.verdict == minute["verdict"]
        assert found.log_evidence == minute["logEvidence"]
        assert found.excess_upper_bound == minute["excessUpperBound"]
        assert (found.is_settled, found.settles_in) == (True, None)
