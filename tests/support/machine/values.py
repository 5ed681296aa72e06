"""Fills expressions in, as Step Functions does: null is a value, and to have none is an error."""

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

from tests.contract.analysis.expressions import expression_in, uses

LOOKUP = re.compile(r"\$[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)
"""`$plan`, `$states.result.plan`: most expressions are no more, and need no interpreter of JSONata."""


class StateFailedError(Exception):
    """What a Retry or a Catch can hear of, as `Error` and `Cause`."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


def filled(template: Any, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
    """The template with every expression in it replaced by its value; `states` is `$states`."""
    return _filled(template, {**variables, "states": states})


def _filled(template: Any, known: Mapping[str, Any]) -> Any:
    match template:
        case str():
            expression = expression_in(template)
            return template if expression is None else _value(expression, known)
        case dict():
            return {key: _filled(each, known) for key, each in template.items()}
        case list():
            return [_filled(each, known) for each in template]
        case _:
            return template


def _value(expression: str, known: Mapping[str, Any]) -> Any:
    value: Any = known
    for name in _path(expression):
        if not isinstance(value, Mapping) or name not in value:
            break
        value = value[name]
    else:
        return value
    return evaluated(expression, known)


@cache
def _path(expression: str) -> tuple[str, ...]:
    """The names of a lookup one after the other; of anything else one that is nowhere."""
    return tuple(expression[1:].split(".")) if LOOKUP.fullmatch(expression) else ("",)


def evaluated(expression: str, known: Mapping[str, Any]) -> Any:
    """The value as JSONata has it, of variables and `states`."""
    used = _uses(expression)
    bound: dict[str, Any] = {name: known[name] for name in used.variables if name in known}
    bound["states"] = {name: known["states"][name] for name in used.states_fields if name in known["states"]}
    return json.loads(_evaluated(expression, json.dumps(bound)))


_uses = cache(uses)


@lru_cache(maxsize=10_000)
def _evaluated(expression: str, bound: str) -> str:
    """Evaluated once for the same values: no expression has a clock or chance. In and out is JSON."""
    try:
        value = _program(expression).evaluate(None, _with_nulls(json.loads(bound)))
    except JException as problem:
        raise StateFailedError("States.QueryEvaluationError", f"{expression}: {problem}") from problem
    if value is None:
        raise StateFailedError("States.QueryEvaluationError", f"{expression} returned nothing (undefined)")
    return json.dumps(Utils.convert_nulls(value))


@cache
def _program(expression: str) -> Jsonata:
    program = Jsonata(expression)
    program.output_convert_nulls = False
    return program


def _with_nulls(value: Any) -> Any:
    """A copy in which null is a value: `jsonata` takes Python's None for undefined."""
    match value:
        case None:
            return Utils.NULL_VALUE
        case dict():
            return {key: _with_nulls(item) for key, item in value.items()}
        case list():
            return [_with_nulls(item) for item in value]
        case _:
            return value
