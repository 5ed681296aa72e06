"""A claim of the measurement, with its figure, its bar, and whether it is met."""

from dataclasses import dataclass

PERCENT, CALLS, TIMES, MINUTES, MS, KB = "%", "calls", "x", "min", "ms", "kB"


@dataclass(frozen=True, slots=True)
class Show:
    """One claim. The figure must not be above the bar, or below it if `at_least`. Both are in `unit`."""

    what: str
    figure: float
    bar: float | None
    unit: str
    at_least: bool = False
    counted: str = ""
    """The numbers behind the figure."""

    @property
    def verdict(self) -> str:
        """Whether the bar is met. A dash if there is none."""
        if self.bar is None:
            return "-"
        is_met = self.figure >= self.bar if self.at_least else self.figure <= self.bar
        return "met" if is_met else "MISSED"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The claim as a row of a table."""
        sign = ">=" if self.at_least else "<="
        bar = "-" if self.bar is None else f"{sign} {self.bar:g} {self.unit}"
        figure = f"{self.figure:.3g} {self.unit}"
        return self.what, f"{figure} ({self.counted})" if self.counted else figure, bar, self.verdict
