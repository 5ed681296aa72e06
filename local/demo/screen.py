"""Output of scenes: a live panel in a terminal, plain lines elsewhere."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.demo.acts import BAKE_SECONDS, Ending
from local.demo.scene import ALARM, FUNCTION, Scene

COLOURS = {"OK": "green", "ALARM": "bold red", "INSUFFICIENT_DATA": "yellow"}
LINES_SHOWN = 6


class Screen:
    """A live panel in a terminal; elsewhere, a line for each change."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._told: tuple[object, ...] = ()

    def begin(self, title: str) -> None:
        """Print an act's title."""
        self.console.print(f"\n{title}", style="bold")
        if self._live:
            self._live.start()

    def end(self) -> None:
        """Keep the last panel on the screen."""
        if self._live:
            self._live.stop()

    def show(self, scene: Scene) -> None:
        """Show a scene."""
        if self._live:
            self._live.update(picture(scene))
            return
        news = (scene.routing, scene.alarm, len(scene.lines))
        if news != self._told:
            self._told = news
            self.console.print(line(scene), soft_wrap=True, highlight=False)


def line(scene: Scene) -> str:
    """A scene in one line."""
    answered = ", ".join(
        f"{version} {share:.0f} %" for version in scene.recent if (share := scene.share_answered(version))
    )
    failed = sum(counted.failed for counted in scene.recent.values())
    return (
        f"{scene.seconds:5.1f} s  {scene.target} on {scene.routing}  |  "
        f"{FUNCTION} answered in 10 s: {answered}  |  "
        f"failed: {failed}  |  alarm {scene.alarm}  |  {scene.headline}: {scene.reason}"
    )


def picture(scene: Scene) -> Panel:
    """A scene as a panel: versions, alarm, time until the next change, and timeline."""
    left = scene.next_change_seconds(BAKE_SECONDS)
    status = Text.assemble(
        "alarm ",
        (f"{ALARM}: {scene.alarm}", COLOURS.get(scene.alarm, "")),
        f"   {scene.headline}",
        "" if left is None else f"   next change in {left:.0f} s",
    )
    timeline = Text("\n").join(
        Text.assemble((f"{item['at'][11:19]}  {item['state']:<10}", "cyan"), str(item["reason"]))
        for item in scene.lines[-LINES_SHOWN:]
    )
    return Panel(
        Group(_versions(scene), status, Text(), timeline),
        title=str(scene.target),
        subtitle=f"{scene.seconds:.0f} s",
        box=box.ROUNDED,
    )


def _versions(scene: Scene) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for head in ("version", "weight set", "answered, last 10 s", "", "failed, last 10 s", "failed in all"):
        table.add_column(head, justify="left" if not head else "right")
    routing, is_ours = scene.routing, scene.target.function == FUNCTION
    weights = {version: f"{scene.share_set(version)} %" for version in (routing.version, *routing.weights)}
    shown = {*(weights if is_ours else ()), *scene.recent}
    for version in sorted(shown, key=int):
        share, colour = scene.share_answered(version), "green" if version == routing.version else "blue"
        recent, counted = scene.recent.get(version), scene.counted.get(version)
        table.add_row(
            version,
            weights.get(version, "0 %") if is_ours else "",
            "" if share is None else f"{share:.0f} %",
            Text("█" * round((share or 0) / 4), style=colour),
            str(recent.failed if recent else 0),
            str(counted.failed if counted else 0),
        )
    return table


def ending(endings: Sequence[Ending], unanswered: int) -> Table:
    """Report of all acts."""
    table = Table(box=box.ASCII, title="What happened", title_justify="left")
    heads = ("act", "from", "candidate", "live now", "outcome", "took", "calls", "failed", "as it should")
    for head in heads:
        table.add_column(head, justify="left" if head in {"act", "outcome"} else "right", overflow="fold")
    for it in endings:
        table.add_row(
            it.act.title.partition(":")[0],
            it.before,
            it.candidate,
            it.after,
            it.outcome,
            f"{it.seconds:.0f} s",
            str(it.calls),
            str(it.failed),
            "yes" if it.is_right else "NO",
        )
    table.caption = (
        f"calls and failed count the candidate's, and in the last act all of {FUNCTION}; "
        f"calls that nobody answered: {unanswered}"
    )
    table.caption_justify = "left"
    return table
