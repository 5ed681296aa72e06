"""Fuzzes everything that comes from outside: `python -m tests.fuzz 100000`.

The number is how many requests; the other kinds get their share. `python -m tests.fuzz one tasks 4711` does
one input again, for a debugger.
"""

import logging
import sys
from random import Random
from time import monotonic

from tests.fuzz.kinds import KINDS
from tests.fuzz.trial import SEED, Tally, tried


def main(arguments: list[str]) -> int:
    logging.disable(logging.CRITICAL)
    if arguments[:1] == ["one"]:
        return _once(arguments[1], int(arguments[2]))
    requests = int(arguments[0]) if arguments else 100_000
    began = monotonic()
    tallies = [_run(kind, round(requests * share)) for kind, (_, share) in KINDS.items()]
    total = sum(tally.inputs for tally in tallies)
    print(f"{total:,} inputs in {monotonic() - began:.0f} s, seed {SEED}")
    return 0 if all(tally.is_clean for tally in tallies) else 1


def _run(kind: str, inputs: int) -> Tally:
    tally = tried(kind, KINDS[kind][0], inputs)
    print(tally, flush=True)
    for line in tally.shown:
        print(f"  {line}")
    return tally


def _once(kind: str, number: int) -> int:
    print(KINDS[kind][0](Random(f"{kind} {SEED} {number}")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
