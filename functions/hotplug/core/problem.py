"""What is wrong with a request, said so that it can be put right without reading code."""

import json
from dataclasses import dataclass

LONGEST_SHOWN = 120
"""Characters of a given value that are repeated back."""
LONGEST_SUMMARY = 30_000
"""Characters; Step Functions takes 32,768 as the cause of a failed execution."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One field, what came in it, and what is allowed there."""

    field: str
    given: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.field}: got {self.given}; allowed: {self.allowed}"


class MisfitError(Exception):
    """A value is not of the kind that its reader takes; the message is what is allowed."""


def shown(value: object) -> str:
    """The value as JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return cut(text, LONGEST_SHOWN)


def summary(problems: tuple[Problem, ...]) -> str:
    """All problems in one text, one a line."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"{count}, nothing was touched:", *(f"- {problem}" for problem in problems)]
    return cut("\n".join(lines))


def cut(text: str, longest: int = LONGEST_SUMMARY) -> str:
    """The text, shortened if it has to be."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
