"""A page can be made of a measurement, however small."""

from collections.abc import Callable, Iterable
from itertools import islice
from xml.etree import ElementTree as ET

import pytest

from bench.evidence.deployment import End, Outcome
from bench.evidence.environments.measure import deploy, tasks
from bench.evidence.measure import _deploy, _deployments, measure
from bench.evidence.page import page, table
from bench.evidence.plots import plots
from bench.evidence.results import Results, Tally, pooled, ranked
from bench.evidence.show import Show
from bench.evidence.shows import shows
from bench.evidence.svg import Drawing, Scale

pytestmark = pytest.mark.slow
SOME = 10
"""Of so many tasks one is done again."""


@pytest.fixture(scope="module")
def results() -> Results:
    """One deployment of each kind."""
    return measure(1, 0.0, _one_by_one)


def _one_by_one[Task, Done](do: Callable[[Task], Done], tasks: Iterable[Task], /) -> Iterable[Done]:
    return map(do, tasks)


def test_the_page_has_every_line_that_must_be_shown(results: Results) -> None:
    written = page(results)
    assert all(show.what in written for show in shows(results))
    assert "{" not in written


def test_the_pictures_are_well_formed(results: Results) -> None:
    drawn = plots(results)
    assert len(drawn) == 3
    for picture in drawn.values():
        assert ET.fromstring(picture).tag.endswith("svg")


def test_the_same_seed_measures_the_same(results: Results) -> None:
    for key, again in map(_deploy, islice(_deployments(1, 0.0), 0, None, SOME)):
        assert results.tallies[key].outcomes == again
    for found in map(deploy, islice(tasks(1, 0.0), 0, None, SOME)):
        assert {trial: results.fresh[trial].outcomes for trial in found} == found


@pytest.mark.parametrize(
    ("show", "verdict"),
    [
        (Show("", 1.0, 1.0, "%"), "met"),
        (Show("", 1.1, 1.0, "%"), "MISSED"),
        (Show("", 99.0, 99.0, "%", at_least=True), "met"),
        (Show("", 98.9, 99.0, "%", at_least=True), "MISSED"),
        (Show("", 98.9, None, "%"), "-"),
    ],
)
def test_a_bar_is_met_or_missed(show: Show, verdict: str) -> None:
    assert show.verdict == verdict
    assert show.cells[3] == verdict


def test_a_tally_counts() -> None:
    tally = Tally([
        Outcome(End.ROLLED_BACK, "evidence", 3, 100, 5),
        Outcome(End.PROMOTED, "evidence", 10, 300, 0),
        Outcome(End.PROMOTED, "time", 30, 500, 1),
        Outcome(End.PROMOTED, "evidence", 12, 100, 2),
    ])  # fmt: skip
    assert (tally.rolled_back, tally.proven_safe, tally.spoilt, tally.candidate_calls) == (0.25, 0.5, 2, 250)
    assert (tally.minute_at(0.5, End.PROMOTED), tally.minute_at(0.95, End.PROMOTED)) == (12, 30)
    assert pooled([tally, tally]).rolled_back == 0.25
    assert Tally(tally.outcomes[1:]).minute_at(0.5, End.ROLLED_BACK) is None


def test_a_quantile_was_measured() -> None:
    assert [ranked(share, range(1, 101)) for share in (0.5, 0.95, 1.0)] == [51, 96, 100]


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_words_in_a_picture_are_escaped_and_points_stay_on_it() -> None:
    drawing = Drawing(10, 10, "a < b")
    drawing.text(1, 1, "c & d")
    assert ET.fromstring(str(drawing))[0].text == "a < b"
    assert [Scale((0, 10), (100, 200))(value) for value in (-1, 5, 11)] == [100, 150, 200]
