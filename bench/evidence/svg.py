"""A few shapes as SVG, on a card that follows the reader's light or dark mode."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 14px; font-weight: 600 }
  .quiet { fill: #57606a }
  .card { fill: #ffffff; stroke: #d0d7de }
  .grid { stroke: #d8dee4; fill: none }
  .ours { fill: #0969da }
  .peer { fill: #8c959f }
  .bad { fill: #cf222e }
  .ours-line { stroke: #0969da; stroke-width: 2; fill: none }
  .bad-line { stroke: #cf222e; stroke-width: 2; fill: none }
  .mark { stroke: #57606a; stroke-dasharray: 4 3; fill: none }
  .shade { fill: #afb8c1; opacity: 0.35 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #262c36 }
    .ours { fill: #4493f8 }
    .bad { fill: #f85149 }
    .ours-line { stroke: #4493f8 }
    .bad-line { stroke: #f85149 }
    .mark { stroke: #9198a1 }
  }
"""


@dataclass(slots=True)
class Drawing:
    """A drawing in pixels, from the top left. The names in `STYLE` style its shapes."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str = "grid") -> None:
        """Draw a line."""
        self.parts.append(f'<path class="{style}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')

    def path(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Draw a path through all points."""
        joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.parts.append(f'<path class="{style}" d="M{joined}"/>')

    def box(self, x: float, y: float, width: float, height: float, style: str) -> None:
        """Draw a rectangle."""
        size = f'width="{width:.1f}" height="{height:.1f}"'
        self.parts.append(f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" {size}/>')

    def dot(self, x: float, y: float, style: str, told: str = "") -> None:
        """Draw a dot with a tooltip."""
        self.parts.append(
            f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{escape(told)}</title></circle>'
        )

    def text(self, x: float, y: float, words: str, *, style: str = "", anchor: str = "start") -> None:
        """Write a text on this baseline."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self.parts.append(f'<text class="{style}" {place}>{escape(words)}</text>')

    def __str__(self) -> str:
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        card = (
            f'<rect class="card" x=".5" y=".5" width="{self.width - 1}" height="{self.height - 1}" rx="8"/>'
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<title>{escape(self.title)}</title>'
        )
        title = f'<text class="title" x="20" y="28">{escape(self.title)}</text>'
        return "\n".join([head, f"<style>{STYLE}</style>", card, title, *self.parts, "</svg>\n"])


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to pixels."""

    values: tuple[float, float]
    pixels: tuple[float, float]

    def __call__(self, value: float) -> float:
        """Return the pixel. Values outside the range are put at the edge."""
        low, high = self.values
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return self.pixels[0] + share * (self.pixels[1] - self.pixels[0])

    def ticks(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """Return each value with its pixel."""
        return [(value, self(value)) for value in values]
