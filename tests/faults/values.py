"""Fills expressions in, as Step Functions does: null is a value, and to have none is an error."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

from tests.contract.analysis.expressions import Uses, expression_in, uses


class StateFailedError(Exception):
    """What a Retry or a Catch can hear of, as `Error` and `Cause`."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


def filled(template: Any, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
    """The template with every expression in it replaced by its value; `states` is `$states`."""
    match template:
        case str():
            expression = expression_in(template)
            return template if expression is None else _value(expression, variables, states)
        case dict():
            return {key: filled(each, variables, states) for key, each in template.items()}
        case list():
            return [filled(each, variables, states) for each in template]
        case _:
            return template


@cache
def _program(expression: str) -> tuple[Jsonata, Uses]:
    program = Jsonata(expression)
    program.output_convert_nulls = False
    return program, uses(expression)


def _value(expression: str, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
    program, used = _program(expression)
    bound: dict[str, Any] = {name: variables[name] for name in used.variables if name in variables}
    bound["states"] = {name: states[name] for name in used.states_fields if name in states}
    try:
        value = program.evaluate(None, _with_nulls(bound))
    except JException as problem:
        raise StateFailedError("States.QueryEvaluationError", f"{expression}: {problem}") from problem
    if value is None:
        raise StateFailedError("States.QueryEvaluationError", f"{expression} returned nothing (undefined)")
    return json.loads(json.dumps(Utils.convert_nulls(value)))


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
