"""The command `python -m bench`: measures, prints, and writes `bench/results.md`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import guard, initialisation, router, transitions
from bench.guard import POLL_SECONDS, TRIES, Delay
from bench.initialisation import ROUNDS, Initialisation
from bench.router import Latency, Work
from bench.transitions import BAKE_SECONDS, Run

RESULTS = Path(__file__).with_name("results.md")

PAGE = """# Measurements

Written by `make bench`, all tables in one run. Ratios hold on other machines, absolute figures don't.

## A deployment of N steps

Beside it aws-samples/aws-lambda-deploy: 5N + 2 transitions and 2N + 2 functions by its definition. Counted in
the history of real executions on the embedded AWS. The overhead is what a deployment takes beyond its bakes,
here {bake} s a step.

{runs}

## From a red alarm to the alias that is back

Seconds from `SetAlarmState` until `GetAlias` shows no weights any more, in the middle of a bake: {tries}
tries on the embedded AWS, whose EventBridge delivers at once. Beside it a machine that looks every {poll} s
and has no guard: by definition anything from 0 to {poll} s.

{delays}

## Initialisation of each function

Import of the handler in a fresh interpreter, which is what Lambda does before the first event, as a ratio to
`import boto3` and one client: medians of {rounds} neighbouring runs. hotplug's functions make a client at the
first event that needs it, so the last two columns add the one that all need.

{handlers}

The router makes its client while Lambda initialises it; the aim is at most 1.15.

## A call through the router

Milliseconds of an `Invoke` by alias, and of an `Invoke` of the router, which makes the same one: {calls} of
each, in turn, on the embedded AWS, one at a time. There an `Invoke` itself takes tens of milliseconds.

{latencies}

Work: processor time of one core for the SDK's `Invoke` and for the router's whole handler around it, against
a server that answers at once; medians of {router_rounds} neighbouring rounds.

{work}
"""


def main() -> None:
    """Measure everything, in a few minutes."""
    runs, delay, handlers = transitions.measure(), guard.measure(), initialisation.measure()
    latencies, work = router.latencies(), router.work()
    page = PAGE.format(
        bake=BAKE_SECONDS,
        rounds=ROUNDS,
        tries=TRIES,
        poll=POLL_SECONDS,
        runs=_table(
            ("steps", "transitions", "the sample's", "ratio", "functions run", "the sample's", "overhead, s"),
            map(_run, runs),
        ),
        delays=_table(
            ("", "least", "median", "9 of 10", "most"),
            [_delay("the guard", delay), _delay("the next look", Delay.of_the_next_look())],
        ),
        handlers=_table(
            ("handler", "ms here", "time", "peak memory", "with a client: time", "peak memory"),
            map(_handler, handlers),
        ),
        calls=router.CALLS,
        router_rounds=router.ROUNDS,
        latencies=_table(
            ("", "direct: median", "p99", "routed: median", "p99", "added: median", "p99"),
            map(_latency, latencies),
        ),
        work=_table(("", "calls a second and core", "ratio"), _work(work)),
    )
    RESULTS.write_text(page)
    print(page)


def _run(run: Run) -> Sequence[str]:
    return (
        str(run.steps),
        str(run.transitions),
        str(run.sample_transitions),
        f"{run.transitions / run.sample_transitions:.2f}",
        str(run.invocations),
        str(run.sample_invocations),
        f"{run.overhead_seconds:.1f}",
    )


def _delay(what: str, delay: Delay) -> Sequence[str]:
    return (what, *(f"{each:.2f}" for each in (delay.least, delay.half, delay.nine_of_ten, delay.most)))


def _handler(row: Initialisation) -> Sequence[str]:
    ratios = (row.time_ratio, row.memory_ratio, row.ready_ratio, row.ready_memory_ratio)
    return (row.handler, f"{row.milliseconds:.0f}", *(f"{ratio:.2f}" for ratio in ratios))


def _latency(row: Latency) -> Sequence[str]:
    added = (row.routed_median - row.direct_median, row.routed_99 - row.direct_99)
    figures = (row.direct_median, row.direct_99, row.routed_median, row.routed_99, *added)
    return (row.way, *(f"{each:.1f}" for each in figures))


def _work(work: Work) -> Iterable[Sequence[str]]:
    yield "the SDK's Invoke", f"{work.direct_a_second:.0f}", "1"
    ratio = work.routed_a_second / work.direct_a_second
    yield "the router", f"{work.routed_a_second:.0f}", f"{ratio:.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    main()
