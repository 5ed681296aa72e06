"""CloudWatch metric math for one period at a time: the subset for alarms on rates and sums.

A missing value stays missing, and a division by zero is missing. FILL replaces a missing value.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping

type Value = float | None
type Values = Mapping[str, Value]
type Expression = Callable[[Values], Value]


class MathError(ValueError):
    """The text is no expression, or it has an unsupported function."""


def compile_expression(text: str) -> Expression:
    """Compile to a function of the values by id. Raises `MathError`."""
    reader = _Reader(text)
    expression = _binary(reader, 0)
    reader.expect("")
    return expression


def _compare(holds: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: float(holds(left, right))


_OPERATORS: tuple[dict[str, Callable[[float, float], float]], ...] = (
    {
        "||": lambda left, right: float(bool(left) or bool(right)),
        "OR": lambda a, b: float(bool(a) or bool(b)),
    },
    {
        "&&": lambda left, right: float(bool(left) and bool(right)),
        "AND": lambda a, b: float(bool(a) and bool(b)),
    },
    {
        "==": _compare(operator.eq),
        "!=": _compare(operator.ne),
        "<=": _compare(operator.le),
        ">=": _compare(operator.ge),
        "<": _compare(operator.lt),
        ">": _compare(operator.gt),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
    {"^": math.pow},
)
_ONE_ARGUMENT: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG10": math.log10,
}
_OF_MANY: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
    "METRIC_COUNT": len,
}
_TOKEN = re.compile(r"\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|\w+|\|\||&&|[=!<>]=|[-+*/^<>(),\[\]])")


class _Reader:
    """Tokens of an expression with the current one; "" is the end."""

    def __init__(self, text: str) -> None:
        self._tokens = iter([*_split(text), ""])
        self.current = next(self._tokens)

    def take(self) -> str:
        taken, self.current = self.current, next(self._tokens, "")
        return taken

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise MathError(f"expected {token or 'the end'!r}")


def _split(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip())
    while position < end:
        matched = _TOKEN.match(text, position)
        if matched is None:
            raise MathError(f"cannot be read from {text[position:]!r} on")
        position = matched.end()
        yield matched[1]


def _binary(reader: _Reader, level: int) -> Expression:
    if level == len(_OPERATORS):
        return _unary(reader)
    left = _binary(reader, level + 1)
    while operation := _OPERATORS[level].get(reader.current):
        reader.take()
        left = _combined(operation, left, _binary(reader, level + 1))
    return left


def _combined(operation: Callable[[float, float], float], left: Expression, right: Expression) -> Expression:
    def evaluate(values: Values) -> Value:
        one, other = left(values), right(values)
        if one is None or other is None:
            return None
        try:
            return operation(one, other)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None

    return evaluate


def _unary(reader: _Reader) -> Expression:
    token = reader.take()
    if token == "-":
        return _combined(operator.mul, lambda _: -1.0, _unary(reader))
    if token == "(":
        inner = _binary(reader, 0)
        reader.expect(")")
        return inner
    if re.fullmatch(r"[\d.].*", token):
        number = float(token)
        return lambda _: number
    if re.fullmatch(r"\w+", token):
        return _call(token.upper(), reader) if reader.current == "(" else lambda values: values[token]
    raise MathError(f"{token or 'the end'!r} is not expected here")


def _call(name: str, reader: _Reader) -> Expression:
    arguments = _arguments(reader, "(", ")")
    if name in _OF_MANY:
        return _of_many(_OF_MANY[name], arguments)
    match name, arguments:
        case "IF", [condition, then]:
            return lambda values: then(values) if condition(values) else None
        case "IF", [condition, then, otherwise]:
            return lambda values: _chosen(condition(values), then, otherwise, values)
        case "FILL", [series, filling]:
            return lambda values: filling(values) if (value := series(values)) is None else value
        case _, [argument] if name in _ONE_ARGUMENT:
            function = _ONE_ARGUMENT[name]
            return lambda values: None if (value := argument(values)) is None else function(value)
        case _:
            raise MathError(f"{name} with {len(arguments)} arguments is not known here")


def _chosen(condition: Value, then: Expression, otherwise: Expression, values: Values) -> Value:
    if condition is None:
        return None
    return then(values) if condition else otherwise(values)


def _of_many(function: Callable[[list[float]], float], arguments: list[Expression]) -> Expression:
    """Aggregate the values that are present; without any, the result is missing."""

    def evaluate(values: Values) -> Value:
        present = [value for argument in arguments if (value := argument(values)) is not None]
        return function(present) if present else None

    return evaluate


def _arguments(reader: _Reader, opening: str, closing: str) -> list[Expression]:
    """Read arguments. A list in square brackets is expanded into the arguments around it."""
    reader.expect(opening)
    arguments: list[Expression] = []
    while reader.current != closing:
        arguments += _arguments(reader, "[", "]") if reader.current == "[" else [_binary(reader, 0)]
        if reader.current != closing:
            reader.expect(",")
    reader.expect(closing)
    return arguments
