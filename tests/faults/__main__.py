"""`make faults`: every case of the sweep, then every protection taken away in turn.

With a text as argument, only the cases whose name has it, or only the protections whose name has it.
"""

import logging
import sys
from collections import Counter
from collections.abc import Sequence
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
    if sys.argv[1:2] == ["--until-noticed"]:
        return until_noticed(sys.argv[2])
    only = " ".join(sys.argv[1:])
    at = [number for number, case in enumerate(cases()) if only in str(case)]
    mutations = [mutation for mutation in MUTATIONS if only in mutation.name]
    if not at and not mutations:
        print(f'neither a case nor a protection has "{only}" in its name', file=sys.stderr)
        return 2
    wrong = bool(at) and sweep(at)
    return int((bool(mutations) and swept_without_each(mutations, PROCESSES)) or wrong)


def sweep(at: Sequence[int]) -> bool:
    """Whether anything is wrong with the cases at these places."""
    began, results = monotonic(), list[tuple[Case, Result]]()
    numbers = [list(batch) for batch in batched(at, BATCH, strict=False)]
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


def until_noticed(first: str) -> int:
    """Says the first case that goes wrong in a product that lacks a protection.

    The order is shuffled, but for the cases with this text in their name: they come first.
    """
    try:
        shuffled = sorted(Random(SEED).sample(cases(), len(cases())), key=lambda case: first not in str(case))
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
