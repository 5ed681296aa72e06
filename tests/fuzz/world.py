"""A small company on the AWS in memory: functions in every condition, packages, and alarms of each colour."""

import json
from typing import Any

from hotplug.core.resources.alias import AliasState
from tests.fakes import NO_DATA, RED, InMemoryCloud, a_zip, split

BUCKET = "artifacts"
ALARMS = ("errors", "loud", "silent")
MAX_CAUSE = 32_768
"""Characters that Step Functions takes as the cause of a failed execution."""

type Aliases = dict[str, AliasState]


def a_company() -> InMemoryCloud:
    """`orders` and `billing` as they should be, `search` half shifted by nobody, `mail` without an alias."""
    cloud = InMemoryCloud()
    cloud.has_function("orders", versions=("40", "41"))
    cloud.has_function("billing", versions=("7",))
    cloud.has_function("search", versions=("1", "2"))
    cloud.somebody_moves("search:live", split("1", "2", 10))
    cloud.has_function("mail", versions=(), alias=None)
    cloud.somebody_saves("orders")
    cloud.somebody_saves("billing")
    for name in ALARMS:
        cloud.alarm(name)
    cloud.alarm("loud").goes(RED)
    cloud.alarm("silent").goes(NO_DATA)
    cloud.has_object(BUCKET, "orders/app.zip", PACKAGE)
    cloud.has_object(BUCKET, "orders/text.zip", b"hello")
    return cloud


PACKAGE = a_zip("better")


def aliases(cloud: InMemoryCloud) -> Aliases:
    """Every alias as it is now."""
    return {
        f"{function.name}:{alias}": state
        for function in cloud.functions.functions.values()
        for alias, state in function.aliases.items()
    }


def check_answer(answer: dict[str, Any]) -> None:
    """It can leave the Lambda, which does not escape what UTF-8 cannot say, and go into a cause."""
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    reason = answer.get("reason", "")
    assert len(reason) <= MAX_CAUSE, f"a reason of {len(reason)} characters"


def check_told(cloud: InMemoryCloud) -> None:
    """The ledger can hold every line, and each of them was told: a message that fails is only logged."""
    lines = [line for timeline in cloud.ledger.lines.values() for line in timeline.values()]
    json.dumps(lines, ensure_ascii=False, allow_nan=False).encode()
    told = len(cloud.notifications.messages)
    assert told >= len(lines), f"{told} messages for {len(lines)} lines"
