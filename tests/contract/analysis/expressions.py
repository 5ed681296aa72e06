"""Reads JSONata expressions for what they use, without evaluating them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException

OF_STEP_FUNCTIONS = {"hash", "parse", "partition", "random", "range", "uuid"}
BUILT_IN = (set(Jsonata.static_frame.bindings) | OF_STEP_FUNCTIONS) - {"eval"}  # Step Functions has no $eval


class SyntaxProblemError(Exception):
    """The text is not a JSONata expression; the message says why."""


@dataclass(frozen=True, slots=True)
class Uses:
    """`variables` it reads and does not bind itself, and the fields of `$states` it looks at."""

    variables: frozenset[str]
    states_fields: frozenset[str]


def expression_in(text: str) -> str | None:
    """What stands between `{%` and `%}`; Step Functions takes a string with anything around them as text."""
    return text[2:-2].strip() if text.startswith("{%") and text.endswith("%}") else None


def uses(expression: str) -> Uses:
    try:
        tree = Jsonata(expression).ast
    except JException as problem:
        raise SyntaxProblemError(str(problem)) from None
    names = frozenset(_free(tree, frozenset())) - BUILT_IN - {"", "$", "states"}
    return Uses(names, frozenset(_states_fields(tree)))


def _free(node: Any, bound: frozenset[str]) -> Iterator[str]:
    match getattr(node, "type", None):
        case "variable" if node.value not in bound:
            yield node.value
        case "lambda":
            yield from _free(node.body, bound | {argument.value for argument in node.arguments})
            return
        case "block":
            for expression in node.expressions:
                yield from _free(expression, bound)
                bound |= {expression.lhs.value} if expression.type == "bind" else set()
            return
        case "bind":
            yield from _free(node.rhs, bound)
            return
    for child in _children(node):
        yield from _free(child, bound)


def _states_fields(node: Any) -> Iterator[str]:
    if getattr(node, "type", None) == "path":
        first, *rest = node.steps
        if first.type == "variable" and first.value == "states" and rest:
            yield rest[0].value
    for child in _children(node):
        yield from _states_fields(child)


def _children(node: Any) -> Iterator[Any]:
    """The parser keeps operands, steps and branches under many names; the rest is its machinery."""
    if isinstance(node, list | tuple):
        yield from node
    elif hasattr(node, "type"):
        yield from (value for name, value in vars(node).items() if name not in _MACHINERY and _is_tree(value))


_MACHINERY = {"_outer_instance", "ancestor", "environment", "errors", "seeking_parent", "slot", "token"}


def _is_tree(value: object) -> bool:
    return isinstance(value, list | tuple) or hasattr(value, "type")
