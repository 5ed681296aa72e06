"""The picture of the machine in the README, drawn from its definition: `python docs/picture.py`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DEFINITION = Path(__file__).resolve().parent.parent / "statemachine/deploy.asl.json"
SHAPES = {"Choice": '{{"{}"}}', "Wait": '(["{}"])', "Succeed": '(("{}"))', "Fail": '>"{}"]'}


def picture(states: Mapping[str, Mapping[str, Any]]) -> str:
    """A Mermaid flowchart; dotted arrows are where an error leads."""
    nodes = {name: _node(name, state) for name, state in states.items()}
    lines = ["flowchart TD"]
    for name, state in states.items():
        for arrow, target in _arrows(state):
            lines.append(f"  {_once(nodes, name)} {arrow} {_once(nodes, target)}")
    return "\n".join(lines)


def _node(name: str, state: Mapping[str, Any]) -> str:
    return _id(name) + SHAPES.get(state["Type"], '["{}"]').format(name)


def _once(nodes: dict[str, str], name: str) -> str:
    """A state's shape where it is first named, its id after that."""
    first, nodes[name] = nodes[name], _id(name)
    return first


def _id(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _arrows(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in state.get("Choices", []):
        yield f'-->|"{_label(choice["Condition"])}"|', choice["Next"]
    for target in (state.get("Default"), state.get("Next")):
        if target:
            yield "-->", target
    for catch in state.get("Catch", []):
        yield "-.->", catch["Next"]


def _label(condition: str) -> str:
    """What there must be of the plan, or the word that a condition compares with; what is 0 is a "none"."""
    word = re.search(r"\$plan\.(?:\w+\.)*(\w+)[^>]*> 0", condition) or re.search(r"= '(\w+)'", condition)
    return word[1].replace("_", " ") if word else "none"


if __name__ == "__main__":
    print(picture(json.loads(DEFINITION.read_text())["States"]))
