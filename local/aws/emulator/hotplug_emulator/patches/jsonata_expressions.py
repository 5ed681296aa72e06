"""JSONata in state machines: 1.3.2 has no evaluator and raises `NotImplementedError`."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

import jsonata

from ._version import require_known_emulator


class Undefined(Exception):
    """The expression has no value, which JSONata distinguishes from null."""


def evaluate_in_process() -> None:
    """Step Functions evaluates `{% … %}` with `$states`, the variables and its own functions in scope.

    Values are bound as data: 1.3.2 writes them into the expression, strings without escapes.
    """
    require_known_emulator()
    from localemu.services.stepfunctions.asl.component.common.string.string_expression import (
        StringJSONata,
        StringVariableSample,
    )
    from localemu.services.stepfunctions.asl.component.intrinsic.jsonata import (
        get_intrinsic_functions_declarations,
    )
    from localemu.services.stepfunctions.asl.jsonata.jsonata import extract_jsonata_variable_references

    def evaluate_state_expression(self: Any, env: Any) -> None:
        references = extract_jsonata_variable_references(self.expression)
        declarations = get_intrinsic_functions_declarations(references - set(_FUNCTIONS))
        try:
            value = evaluate(f"({declarations}{self.expression})", _bindings(env))
        except Undefined:
            raise _failure(
                env, f"The JSONata expression '{self.expression}' returned nothing (undefined)."
            ) from None
        except Exception as error:
            cause = f"The JSONata expression '{self.expression}' threw an error during evaluation. {error}"
            raise _failure(env, cause) from error
        env.stack.append(value)

    StringJSONata._eval_body = evaluate_state_expression
    StringVariableSample._eval_body = evaluate_state_expression


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """Evaluate to plain JSON data. Raises `Undefined`, and the errors of `jsonata`."""
    program = jsonata.Jsonata(expression)
    program.output_convert_nulls = False
    for name, function in _FUNCTIONS.items():
        program.register_lambda(name.removeprefix("$"), function)
    value = program.evaluate(None, dict(bindings))
    if value is None:
        raise Undefined
    return json.loads(json.dumps(jsonata.utils.Utils.convert_nulls(value)))


def _bindings(env: Any) -> dict[str, Any]:
    variables = env.variable_store
    bound = {**variables._outer_scope, **variables._inner_scope, "states": env.states._states_data}
    return {name: _with_nulls(value) for name, value in bound.items()}


def _with_nulls(value: Any) -> Any:
    """Copy with null as a value: `jsonata` treats Python's None as undefined."""
    match value:
        case None:
            return jsonata.utils.Utils.NULL_VALUE
        case dict():
            return {key: _with_nulls(item) for key, item in value.items()}
        case list():
            return [_with_nulls(item) for item in value]
        case _:
            return value


def _failure(env: Any, cause: str) -> Exception:
    """`States.QueryEvaluationError`, recorded in the history as on AWS."""
    from localemu.aws.api.stepfunctions import EvaluationFailedEventDetails, HistoryEventType
    from localemu.services.stepfunctions.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from localemu.services.stepfunctions.asl.component.common.error_name.states_error_name import (
        StatesErrorName,
    )
    from localemu.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
        StatesErrorNameType,
    )
    from localemu.services.stepfunctions.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EvaluationFailedEventDetails(cause=cause, error=name.error_name)
    failure = FailureEventException(
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=EventDetails(evaluationFailedEventDetails=details),
        )
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(
            evaluationFailedEventDetails=failure.get_evaluation_failed_event_details()
        ),
    )
    raised: Exception = failure
    return raised


def _hash(content: Any, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", "").lower(), str(content).encode()).hexdigest()


# Step Functions' own functions. For the first two, 1.3.2 returns a sentence.
_FUNCTIONS = {"$hash": _hash, "$uuid": lambda: str(uuid.uuid4()), "$parse": json.loads}
