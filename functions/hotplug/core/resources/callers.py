"""Unqualified callers of a function, which receive any change of $LATEST at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ASLEEP = frozenset({"Disabled", "Disabling", "Deleting"})
"""States in which an event source sends no events."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """An event source mapping; `function` is an ARN, with or without a qualifier."""

    function: str
    source: str
    state: str


def unqualified_callers(sources: Sequence[EventSource], policy: str) -> tuple[str, ...]:
    """Return the unqualified callers: enabled event sources, and principals that the policy allows.

    `policy` is the resource policy of the unqualified function as JSON, empty without one.
    """
    read = (each.source for each in sources if _is_unqualified(each.function) and each.state not in ASLEEP)
    return tuple(dict.fromkeys((*read, *_admitted(policy))))


def _is_unqualified(function: str) -> bool:
    """Whether an ARN has no qualifier.

    `arn:aws:lambda:us-east-1:111122223333:function:orders` has seven parts; an alias is the eighth.
    """
    return len(function.split(":")) <= len(("arn", "aws", "lambda", "region", "account", "function", "name"))


def _admitted(policy: str) -> Iterator[str]:
    try:
        statements = json.loads(policy)["Statement"] if policy else ()
    except (ValueError, KeyError, TypeError):
        return
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
            yield _who(statement)


def _who(statement: Mapping[str, object]) -> str:
    principal = statement.get("Principal")
    named = list(principal.values()) if isinstance(principal, Mapping) else [principal]
    condition = json.dumps(statement["Condition"]) if statement.get("Condition") else ""
    source = next((part for part in condition.split('"') if part.startswith("arn:")), "")
    return f"{', '.join(map(str, named))}{f' ({source})' if source else ''}"
