"""The sweep as tests, one for each state. `make faults` runs all of it; here every few cases do."""

import logging
from collections.abc import Iterator

import pytest

from tests.contract.analysis.state_graph import all_states
from tests.contract.analysis.template import ROOT
from tests.faults.mutations import Mutation, noticed
from tests.faults.protections import MUTATIONS
from tests.faults.sweep import cases, problems
from tests.support.machine.execution import DEFINITION

ONE_IN = 29


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of faults are logged by the product, as they should be."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("state", sorted(all_states(DEFINITION)))
def test_no_fault_leaves_an_alias_half_shifted(state: str) -> None:
    there = [case for case in cases() if case.visit.state == state][::ONE_IN]
    assert there, f"nothing strikes in {state}"
    assert {str(case): said for case in there if (said := problems(case))} == {}


def test_there_are_enough_cases() -> None:
    assert len(cases()) >= 300


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_protection_can_still_be_taken_away(mutation: Mutation) -> None:
    before = (ROOT / mutation.file).read_text()
    assert mutation.change(before) != before


def test_a_protection_that_is_taken_away_is_noticed() -> None:
    """Of the many that `make faults` takes away, the first."""
    notice = noticed(MUTATIONS[0])
    assert " failed in Claim " in notice.case
