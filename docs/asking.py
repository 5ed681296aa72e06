"""What a request may hold, found by asking the code that reads it.

Each field is given something that can't be right, and the refusal says what is allowed, to people and as JSON
Schema. So nothing that is read is left out, and nothing is described that isn't read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from docs.field_documentation import NOTHING, Json, Told
from docs.input_fields import FIELDS
from hotplug.core.parsing.fields import ANYTHING, OBJECT
from hotplug.core.parsing.problem import Problem, Schema
from hotplug.core.request.request import Request, read_request

type Read = Callable[[object], Request | tuple[Problem, ...]]

MISFITS: tuple[Json, ...] = (object(), "")
"""What no field takes; the second shows where a text may stand for an object."""
UNKNOWN = "nonsense"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its path, as problems name it, and a whole request with that value in it."""

    path: str
    put: Callable[[Json], Json]
    read: Read

    def problems(self, value: Json) -> tuple[Problem, ...]:
        read = self.read(self.put(value))
        return () if isinstance(read, Request) else read

    def refusal(self, value: Json) -> Problem | None:
        """What is said of that value here, or else beneath."""
        problems, beneath = self.problems(value), (f"{self.path}.", f"{self.path}[")
        here = [it for it in problems if it.field == self.path]
        return next(iter((*here, *(it for it in problems if it.field.startswith(beneath)))), None)

    def key(self, key: str, form: Mapping[str, Json], told: Told) -> "Place":
        """One key of an object that is of this form otherwise."""
        others = {name: value for name, value in form.items() if name not in (key, told.instead_of)}
        others |= told.beside

        def put(value: Json) -> Json:
            return self.put(others if value is NOTHING else others | {key: value}) | told.request

        return Place(f"{self.path}.{key}" if self.path else key, put, self.read)

    def item(self) -> "Place":
        """The only item of a list."""
        return Place(f"{self.path}[0]", lambda value: self.put([value]), self.read)


@dataclass(frozen=True, slots=True)
class Found:
    """One field, by its name in the table; `kind` is the type of the object around it, if it has several."""

    name: str
    kind: str
    told: Told
    example: Json
    allowed: str
    is_needed: bool
    schema: Schema
    place: Place


class Asking:
    """All that is found. `lacking` names what is missing, field by field."""

    def __init__(self, fields: Mapping[str, Told] = FIELDS, read: Read = read_request) -> None:
        self._fields = fields
        self.found: list[Found] = []
        self.lacking: list[str] = []
        self._types: dict[str, list[str]] = {}
        [self.schema] = self._objects("", "", Place("", lambda value: value, read), [{"function": "orders"}])
        self._look_for_more()
        self.lacking = [*dict.fromkeys(self.lacking)]

    def _look_for_more(self) -> None:
        """What is told and not read, and types of which there is no example."""
        shown = {(found.name, found.kind) for found in self.found}
        for name, types in self._types.items():
            self.lacking += [f'{name}: no example of "{it}"' for it in types if (name, it) not in shown]
        for name in sorted({*self._fields} - {name for name, _ in shown}):
            self.lacking.append(f"{name}: no such field is read")

    def _objects(self, name: str, kind: str, place: Place, examples: Iterable[Json]) -> Iterator[Schema]:
        """The schema of an object, once for each set of keys that it may have."""
        seen = set()
        for form in examples:
            if not isinstance(form, Mapping):
                continue
            known = _known(place, form)
            if known is None:
                yield OBJECT
                continue
            types = [
                form[key] for key in known if (told := self._describe(name, kind, key)[1]) and told.chooses
            ]
            form_kind = types[0] if types else kind
            if (known, form_kind) not in seen:
                seen.add((known, form_kind))
                yield self._object(name, form_kind, place, form, known)

    def _object(
        self, name: str, kind: str, place: Place, form: Mapping[str, Json], known: Iterable[str]
    ) -> Schema:
        properties, needed, either = {}, [], []
        for key in known:
            inner_name, told = self._describe(name, kind, key)
            if told is None:
                self.lacking.append(f"{inner_name}: no sentence and no example in docs/input_fields.py")
                continue
            found = self._field(inner_name, kind, told, place.key(key, form, told), form.get(key))
            properties[key] = _property(found)
            if told.instead_of:
                either.append(key)
            elif found.is_needed:
                needed.append(key)
        return {
            "type": "object",
            "properties": properties,
            **({"required": needed} if needed else {}),
            **({"oneOf": [{"required": [key]} for key in either]} if either else {}),
            "additionalProperties": False,
        }

    def _describe(self, name: str, kind: str, key: str) -> tuple[str, Told | None]:
        """The name of a key in the table, and what is told there."""
        plain = f"{name}.{key}" if name else key
        special = f"{name}({kind}).{key}"
        chosen = special if special in self._fields else plain
        return chosen, self._fields.get(chosen)

    def _field(self, name: str, kind: str, told: Told, place: Place, given: Json) -> Found:
        at = len(self.found)
        schema: Schema = {"const": given}
        if not told.chooses:
            examples = self._fields.get(told.like, told).examples
            schema = self._shape(told.like or name, kind, place, examples)
        if told.like:
            del self.found[at:]
        refusal = next((it for misfit in reversed(MISFITS) if (it := place.refusal(misfit))), None)
        if told.chooses and refusal:
            self._types[name] = (refusal.schema or {})["enum"]
        is_needed = bool(place.problems(NOTHING))
        if [told.default is not NOTHING, bool(told.absent)].count(True) != (0 if is_needed else 1):
            self.lacking.append(f"{name}: a default, or what holds when it is absent, if it may be")
        example = given if told.chooses else told.example
        allowed = refusal.allowed if refusal else ""
        found = Found(name, kind, told, example, allowed, is_needed, schema, place)
        self.found.insert(at, found)
        return found

    def _shape(self, name: str, kind: str, place: Place, examples: Iterable[Json]) -> Schema:
        """What may stand in a place, as the refusals have it; items and keys have refusals of their own."""
        schemas = [refusal.schema for misfit in MISFITS if (refusal := place.refusal(misfit))]
        told = [it for at, it in enumerate(schemas) if it is not None and it not in schemas[:at]]
        if None in schemas or not schemas:
            self.lacking.append(f"{name}: its reader refuses without a schema")
        if ANYTHING in told:
            return ANYTHING
        forms: list[Schema] = []
        for schema in told:
            if schema.get("type") == "array" and "items" not in schema:
                items = [item for example in examples if isinstance(example, list) for item in example]
                forms.append({**schema, "items": self._shape(f"{name}[]", kind, place.item(), items)})
            elif schema != OBJECT:
                forms += schema.get("anyOf", [schema])
        forms += self._objects(name, kind, place, examples)
        return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _known(place: Place, form: Mapping[str, Json]) -> tuple[str, ...] | None:
    """The keys that an object of this form may have; None if it may have any."""
    problems = place.problems({**form, UNKNOWN: 0})
    refused = [it.schema for it in problems if it.given == "an unknown key" and it.schema]
    return tuple(refused[0]["enum"]) if refused else None


def _property(found: Found) -> Schema:
    """The schema of one key, with what editors show beside it."""
    told = found.told
    profile = {} if told.default is NOTHING else {"default": told.default}
    examples = {"examples": [found.example] if told.chooses else [*told.examples]}
    points_at = told.like and "." not in told.like
    shape = {"$ref": f"#/properties/{told.like}"} if points_at else found.schema
    return {"description": told.what, **profile, **examples, **shape}
