"""The request reference and its JSON Schema, from the code that reads a request: `python -m docs.input`."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from docs.asking import Asking, Found
from docs.field_documentation import NOTHING, Json

PAGE = Path(__file__).with_name("input.md")
SCHEMA = Path(__file__).with_name("input.schema.json")
WIDTH = 110
INTRODUCTION = """\
# The request

What an execution of the machine gets as its input, and, without a `source`, what a standing policy
(`policy.json`) holds. This page and [input.schema.json](input.schema.json) are made by `make reference` from
the code that reads a request. Each example is tested.

A request with anything wrong in it touches nothing, and is answered with all of its problems at once.
Editors find most of them earlier: give them the schema (JSON Schema, draft 2020-12; in VS Code by
`json.schemas`), and your pipeline any validator for it. What the schema refuses, hotplug refuses. What a
schema can't say is left to hotplug: how long a duration like `"5m"` may be, that weights have at most two
decimals, how fields go together.

| field | | left out |
|---|---|---|
"""
TABLE = "| field | | allowed | left out | example |\n|---|---|---|---|---|\n"


def page(found: Sequence[Found]) -> str:
    """A chapter for each field of the request, with a table of the fields in it."""
    chapters = [
        list(fields) for _, fields in groupby(found, key=lambda it: re.split(r"\W", it.place.path)[0])
    ]
    overview = [
        f"| [`{field.name}`](#{field.name.lower()}) | {field.told.what} | {_left_out(field)} |\n"
        for field, *_ in chapters
    ]
    return INTRODUCTION + "".join(overview) + "".join(_chapter(field, inner) for field, *inner in chapters)


def _chapter(field: Found, inner: Sequence[Found]) -> str:
    examples = "\n".join(_written(field.place.put(example)) for example in field.told.examples)
    text = f"\n## {field.name}\n\n{field.told.what}\n\n"
    text += f"- allowed: {field.allowed}\n- left out: {_left_out(field)}\n\n```json\n{examples}\n```\n"
    return text + "".join(_tables(inner))


def _tables(fields: Sequence[Found]) -> Iterator[str]:
    """One for each type of the object, and one for what several types share."""
    kinds: dict[str, dict[str, Found]] = {}
    for field in fields:
        if not field.told.chooses:
            kinds.setdefault(field.name, {})[field.kind] = field
    rows: dict[tuple[str, ...], str] = {}
    for by_kind in kinds.values():
        shared = tuple(by_kind)
        rows[shared] = rows.get(shared, "") + _row(next(iter(by_kind.values())))
    for shared in sorted(rows, key=len):
        title = f'\nOf `"type": {", ".join(json.dumps(kind) for kind in shared)}`\n' if any(shared) else ""
        yield f"{title}\n{TABLE}{rows[shared]}"


def _row(field: Found) -> str:
    path = field.place.path.replace("[0]", "[]")
    key = path.rpartition(".")[2]
    chapter = re.split(r"\W", field.told.like)[0].lower()
    allowed = f"as [`{field.told.like}`](#{chapter})" if chapter else field.allowed
    example = f'`"{key}": {json.dumps(field.example)}`'
    cells = (f"`{path}`", field.told.what, allowed, _left_out(field), example)
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |\n"


def _left_out(field: Found) -> str:
    """What holds when the field is not there."""
    if field.told.instead_of:
        return f"`{field.told.instead_of}` must be there"
    if field.is_needed:
        return "must be there"
    return field.told.absent if field.told.default is NOTHING else f"`{json.dumps(field.told.default)}`"


def _written(request: Json) -> str:
    line = json.dumps(request)
    if len(line) <= WIDTH:
        return line
    keys = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in request.items())
    return f"{{\n{keys}\n}}"


def schema(asked: Asking) -> str:
    """The JSON Schema as a file."""
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A request to hotplug",
        "description": "Made by `make reference` from the code that reads a request.",
    }
    return json.dumps(about | dict(asked.schema), indent=2) + "\n"


def files() -> Iterator[tuple[Path, str]]:
    """What is to stand in them. A field that lacks its sentence or schema ends it."""
    asked = Asking()
    if asked.lacking:
        raise SystemExit("\n".join(asked.lacking))
    yield PAGE, page(asked.found)
    yield SCHEMA, schema(asked)


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text)
