"""`make faults`: every case of the sweep, then every protection taken away in turn."""

import logging
import sys
from collections import Counter
from itertools import batched
from multiprocessing import get_context
from random import Random
from time import monotonic

from tests.faults.mutations import swept_without_each
from tests.faults.protections import MUTATIONS
from tests.faults.sweep import Case, Result, cases, problems, result

PROCESSES = 2
BATCH = 50
SEED = 7
MAX_SHOWN = 20


def main() -> int:
    logging.disable(logging.CRITICAL)
    if "--until-noticed" in sys.argv:
        return until_noticed()
    wrong = sweep()
    return int(swept_without_each(MUTATIONS, PROCESSES) or wrong)


def sweep() -> bool:
    """Whether anything is wrong."""
    began, results = monotonic(), list[tuple[Case, Result]]()
    numbers = [list(batch) for batch in batched(range(len(cases())), BATCH, strict=False)]
    with get_context("fork").Pool(PROCESSES) as pool:
        for said in pool.imap_unordered(_results, numbers):
            results += [(cases()[at], result) for at, result in said]
    struck = [case for case, result in results if result.is_struck]
    wrong = [f"{case}: {'; '.join(result.problems)}" for case, result in results if result.problems]
    _table("fault", Counter(case.fault.kind for case in struck))
    _table("state", Counter(case.visit.state for case in struck))
    print("\n".join(wrong[:MAX_SHOWN]), end="\n" if wrong else "")
    print(f"{len(struck):,} cases, {len(wrong)} violations, {monotonic() - began:.0f} s", end=" ")
    print(f"({len(results) - len(struck):,} more made no sense where they were to strike)\n")
    return bool(wrong)


def _results(numbers: list[int]) -> list[tuple[int, Result]]:
    return [(at, result(cases()[at])) for at in numbers]


def until_noticed() -> int:
    """Says the first case, in a shuffled order, that goes wrong in a product that lacks a protection."""
    try:
        shuffled = Random(SEED).sample(cases(), len(cases()))
    except AssertionError as problem:
        print(f"0|{problem}")
        return 0
    for tried, case in enumerate(shuffled, 1):
        if said := problems(case):
            print(f"{tried}|{case}: {said[0]}")
            return 0
    return 1


def _table(head: str, counts: Counter[str]) -> None:
    print(f"{'cases':>7}  {head}")
    for name, count in sorted(counts.items()):
        print(f"{count:>7,}  {name}")
    print()


if __name__ == "__main__":
    raise SystemExit(main())
