"""Problems of a request, with enough detail to fix them without reading code."""

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type Schema = Mapping[str, Any]

MAX_SHOWN = 120
"""Characters of the given value that a problem repeats."""
MAX_REASON = 30_000
"""Characters. Step Functions accepts 32,768 as the cause of a failed execution."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One field, the value given, and what is allowed.

    `schema` is what is allowed, as JSON Schema. Where a schema cannot express everything, it allows more,
    never less.
    """

    field: str
    given: str
    allowed: str
    schema: Schema | None = dataclasses.field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.field}: got {self.given}; allowed: {self.allowed}"


class MisfitError(Exception):
    """The value does not fit its reader. Message and schema state what is allowed."""

    def __init__(self, allowed: str, schema: Schema | None = None) -> None:
        super().__init__(allowed)
        self.schema = schema


def matching(pattern: re.Pattern[str]) -> Schema:
    """Return the schema of a text that matches this pattern from end to end.

    Named groups lose their names, because JavaScript has another syntax for them.
    """
    unnamed = re.sub(r"\(\?P<[a-z_]+>", "(", pattern.pattern)
    return {"type": "string", "pattern": f"^(?:{unnamed})$"}


def shown(value: object) -> str:
    """Return the value as JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__} that is too large, too deep or no JSON"
    return cut(as_utf_8(text), MAX_SHOWN)


def summary(problems: tuple[Problem, ...]) -> str:
    """Return all problems as one text, one per line."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"{count}, nothing was touched:", *(f"- {problem}" for problem in problems)]
    return cut("\n".join(lines), MAX_REASON)


def is_utf_8(text: str) -> bool:
    """Return whether the text has no lone surrogates. JSON can escape them, but UTF-8 cannot encode them."""
    return as_utf_8(text) == text


def as_utf_8(text: str) -> str:
    """Return the text with lone surrogates as escapes. A Lambda response cannot carry them."""
    return text.encode("utf-8", "backslashreplace").decode()


def cut(text: str, longest: int) -> str:
    """Return at most `longest` characters of a text."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
