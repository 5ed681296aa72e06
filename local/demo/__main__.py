"""`make demo`: the stage, the acts one after the other, a report, and the clean-up.

Exits with 0 only if every act ended as expected and every call was answered.
"""

import sys

from rich.console import Console

from local.aws import places
from local.aws.embedded import EmulatorFailed
from local.aws.sam_cli import SamFailed
from local.demo.acts import ACTS, Ending, play
from local.demo.scene import Eye
from local.demo.screen import Screen, ending
from local.stage import CALLS_PER_SECOND, DEMO_ALIAS, DEMO_FUNCTION, Stage, StageNotSet

PLAIN_WIDTH = 110


def main() -> int:
    """Return the exit code."""
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    stage = Stage(places.STATE / "demo")
    try:
        stage.clear()  # an interrupted run may have left processes
        outputs = stage.set()
        return _perform(console, Eye(stage.aws, outputs, stage.counts))
    except (EmulatorFailed, FileNotFoundError, SamFailed, StageNotSet) as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        stage.clear()


def _perform(console: Console, eye: Eye) -> int:
    console.print(
        f"\n{DEMO_FUNCTION}:{DEMO_ALIAS} takes {CALLS_PER_SECOND} calls a second. Only zips are uploaded."
    )
    screen, endings = Screen(console), list[Ending]()
    for act in ACTS:
        screen.begin(act.title)
        try:
            endings.append(play(act, eye, screen.show))
        finally:
            screen.end()
        console.print(f"{endings[-1].outcome}: {endings[-1].reason}", soft_wrap=True, highlight=False)
    unanswered = eye.look("", ACTS[0].target, None, 0.0).unanswered
    console.print()
    console.print(ending(endings, unanswered))
    return 0 if unanswered == 0 and all(it.is_right for it in endings) else 1


if __name__ == "__main__":
    sys.exit(main())
