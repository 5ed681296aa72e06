"""What is wrong with a request, said so that it can be put right without reading code."""

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type Schema = Mapping[str, Any]

LONGEST_SHOWN = 120
"""Characters of a given value that are repeated back."""
LONGEST_REASON = 30_000
"""Characters; Step Functions takes 32,768 as the cause of a failed execution."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One field, what came in it, and what is allowed there.

    `schema` is what is allowed as JSON Schema. Where that can't say all of it, it allows more, never less.
    """

    field: str
    given: str
    allowed: str
    schema: Schema | None = dataclasses.field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.field}: got {self.given}; allowed: {self.allowed}"


class MisfitError(Exception):
    """A value is not of the kind that its reader takes; message and schema say what is allowed."""

    def __init__(self, allowed: str, schema: Schema | None = None) -> None:
        super().__init__(allowed)
        self.schema = schema


def matching(pattern: re.Pattern[str]) -> Schema:
    """The schema of a text that is of this pattern from end to end; groups lose their names, as JavaScript
    spells those otherwise.
    """
    unnamed = re.sub(r"\(\?P<[a-z_]+>", "(", pattern.pattern)
    return {"type": "string", "pattern": f"^(?:{unnamed})$"}


def shown(value: object) -> str:
    """The value as JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__} that is too large, too deep or no JSON"
    return cut(as_utf_8(text), LONGEST_SHOWN)


def summary(problems: tuple[Problem, ...]) -> str:
    """All problems in one text, one a line."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"{count}, nothing was touched:", *(f"- {problem}" for problem in problems)]
    return cut("\n".join(lines), LONGEST_REASON)


def is_utf_8(text: str) -> bool:
    """Whether it has no half characters (lone surrogates), which JSON can escape and UTF-8 cannot say."""
    return as_utf_8(text) == text


def as_utf_8(text: str) -> str:
    """With half characters shown as escapes: no answer of a Lambda could carry them."""
    return text.encode("utf-8", "backslashreplace").decode()


def cut(text: str, longest: int) -> str:
    """At most so many characters of a text."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
