"""Pictures of the page."""

from collections.abc import Collection, Mapping
from math import log, log10

from bench.evidence.cells import BAD, GOOD, MAKERS, OURS
from bench.evidence.results import Results, pooled
from bench.evidence.story import Story, stories
from bench.evidence.svg import Drawing, Scale

FIVE_PERCENT = tuple(cell for cell in BAD if cell.candidate == 0.05)
SPOILT_AT_RPM = 1_000
POWERS = 5
"""The axis of failed calls goes from 1 to 10 to the power of this."""
ROW, PANEL = 25, 130
"""Pixels."""

type Point = tuple[float, float]


def plots(results: Results) -> Mapping[str, str]:
    """Return the files by name."""
    return {
        "evidence-errors.svg": str(_errors(results)),
        "evidence-spoilt.svg": str(_spoilt(results)),
        "evidence-story.svg": str(_stories(results.seed)),
    }


def _style(rule: str) -> str:
    return "ours" if rule in OURS else "peer"


def _errors(results: Results) -> Drawing:
    """Draw both kinds of error of each rule. The best place is at the top left."""
    drawing = Drawing(880, 510, "Good versions rolled back, and bad ones found")
    x, y = Scale((0, 100), (60, 500)), Scale((0, 100), (450, 80))
    for value in range(0, 101, 20):
        drawing.line(x(value), y(0), x(value), y(100))
        drawing.text(x(value), y(0) + 18, f"{value} %", style="quiet", anchor="middle")
        drawing.line(x(0), y(value), x(100), y(value))
        drawing.text(x(0) - 8, y(value) + 4, f"{value} %", style="quiet", anchor="end")
    drawing.text(280, 492, "good versions rolled back, mean of all kinds", style="quiet", anchor="middle")
    drawing.text(20, 58, "5 % failing at 100, 1,000 and 10,000 calls/min: found", style="quiet")
    dots = {rule: (x(false), y(found)) for rule, (false, found) in _both_errors(results).items()}
    numbers: list[Point] = []
    for at, (rule, dot) in enumerate(dots.items(), 1):
        drawing.dot(*dot, _style(rule), rule)
        numbers.append(_free_place(dot, dots.values(), numbers))
        drawing.text(*numbers[-1], str(at), style="quiet")
        drawing.text(530, 56 + 24 * at, f"{at}  {rule}")
    return drawing


def _both_errors(results: Results) -> Mapping[str, Point]:
    """Return by rule the percentage of good versions rolled back, and of bad ones found."""
    return {
        rule: (
            100 * pooled(results.all_of([rule], GOOD)).rolled_back,
            100 * pooled(results.all_of([rule], FIVE_PERCENT)).rolled_back,
        )
        for rule in MAKERS
    }


def _free_place(dot: Point, dots: Collection[Point], numbers: Collection[Point]) -> Point:
    """Return where a number can be read: the nearest place to the right without a dot or another number."""

    def is_free(x: float, y: float) -> bool:
        hidden = any(-5 < at[0] - x < 18 and -14 < at[1] - y < 6 for at in dots)
        return not hidden and not any(abs(at[0] - x) < 16 and abs(at[1] - y) < 11 for at in numbers)

    places = ((dot[0] + right, dot[1] + down) for right in range(8, 400, 8) for down in (4, 17, -9))
    return next(place for place in places if is_free(*place))


def _spoilt(results: Results) -> Drawing:
    """Draw the calls that users lost to a bad version, on a logarithmic scale."""
    bottom = 85 + ROW * len(MAKERS)
    title = f"Calls spoilt by a bad version within an hour, mean, {SPOILT_AT_RPM:,} calls/min"
    drawing = Drawing(980, bottom + 35, title)
    for row, rule in enumerate(MAKERS):
        drawing.text(20, 92 + ROW * row, rule)
    columns = [cell for cell in BAD if cell.rpm == SPOILT_AT_RPM]
    for column, cell in enumerate(columns):
        scale = Scale((0, POWERS), (310 + 220 * column, 470 + 220 * column))
        drawing.text(scale(0), 60, f"{cell.candidate:.0%} of its calls fail", style="title")
        for power in range(POWERS + 1):
            drawing.line(scale(power), 70, scale(power), bottom)
        for row, rule in enumerate(MAKERS):
            spoilt = results.of(rule, cell).spoilt
            end = max(scale(0) + 2, scale(log10(max(1.0, spoilt))))
            drawing.box(scale(0), 80 + ROW * row, end - scale(0), 14, _style(rule))
            drawing.text(end + 5, 92 + ROW * row, f"{spoilt:,.0f}")
    drawing.text(310, bottom + 20, "from 1; each line is ten times the one before", style="quiet")
    return drawing


def _stories(seed: int) -> Drawing:
    told = stories(seed)
    drawing = Drawing(880, 60 + 240 * len(told), "Two deployments at the adaptive pace, 1,000 calls/min")
    for row, story in enumerate(told):
        top = 62 + 240 * row
        drawing.text(20, top, f"{story.title}: {story.outcome.end} after {story.outcome.minute} min")
        _weights(drawing, story, top)
        _evidence(drawing, story, top)
    return drawing


def _weights(drawing: Drawing, story: Story, top: int) -> None:
    x, y = _axes(drawing, story, (60, top), (-1, 2))
    drawing.text(60, top + 24, "the candidate's share of calls", style="quiet")
    for power in (0, 1, 2):
        drawing.text(52, y(power) + 4, f"{10**power} %", style="quiet", anchor="end")
        drawing.line(x(0), y(power), x(_minutes(story)), y(power))
    steps = [(x(0), y(-1))]
    for told in story.told:
        height = y(log10(100 * told.weight)) if told.weight else y(-1)
        steps += [(x(told.tick), steps[-1][1]), (x(told.tick), height)]
    drawing.path(steps, "ours-line")


def _evidence(drawing: Drawing, story: Story, top: int) -> None:
    x, y = _axes(drawing, story, (500, top), (-2, 4))
    drawing.text(500, top + 24, "evidence against it, to one; 100 rolls back (dashed)", style="quiet")
    for power in range(-2, 5):
        drawing.text(492, y(power) + 4, f"{10**power:,g}", style="quiet", anchor="end")
        drawing.line(x(0), y(power), x(_minutes(story)), y(power), "mark" if power == 2 else "grid")
    drawing.path([(x(told.tick), y(told.log_evidence / log(10))) for told in story.told], "bad-line")


def _axes(
    drawing: Drawing, story: Story, corner: tuple[int, int], values: tuple[float, float]
) -> tuple[Scale, Scale]:
    """Return scales of minutes to the right and values upwards, and draw the outages behind."""
    left, top = corner
    last = _minutes(story)
    x, y = Scale((0, last), (left, left + 340)), Scale(values, (top + 40 + PANEL, top + 40))
    for outage in story.outages:
        start, end = x(outage.start / 60), x(outage.end / 60)
        drawing.box(start, top + 40, end - start, PANEL, "shade")
    for minute in range(0, last + 1, 2):
        drawing.text(x(minute), top + 58 + PANEL, str(minute), style="quiet", anchor="middle")
    return x, y


def _minutes(story: Story) -> int:
    return story.told[-1].tick + 1
