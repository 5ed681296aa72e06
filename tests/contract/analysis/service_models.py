"""Members, enum values and errors of AWS' service models, held against what was decided about each."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

type Decided = Mapping[str, Mapping[str, str]]
"""By "service shape", or "service operation!" for its errors: each name, and what was decided about it."""


def loaded(service: str) -> dict[str, Any]:
    """The pinned model of a service, as its file has it."""
    found: dict[str, Any] = Loader().load_service_model(service, "service-2")
    return found


def names(model: ServiceModel, place: str) -> set[str]:
    """The members of a structure, the values of an enumeration, or the errors of an operation."""
    if place.endswith("!"):
        return {error.name for error in model.operation_model(place[:-1]).error_shapes}
    shape = model.shape_for(place)
    if isinstance(shape, StructureShape):
        return set(shape.members)
    return set(shape.enum) if isinstance(shape, StringShape) else set()


def another(shape: Shape) -> Any:
    """A value of a shape, with all that may be in it."""
    match shape:
        case StructureShape():
            return {name: another(each) for name, each in shape.members.items() if name != "Error"}
        case ListShape():
            return [another(shape.member)]
        case MapShape():
            return {"name": another(shape.value)}
        case StringShape():
            return "another"
    return shape.type_name == "boolean" or 7


def differences(model: ServiceModel, service: str, decided: Decided) -> Iterator[str]:
    """Yield what nobody decided about, and what was decided about and is gone."""
    for place, sentences in decided.items():
        owner, _, name = place.partition(" ")
        if owner != service:
            continue
        found = names(model, name)
        yield from (f"{place}: nothing is decided about {each}" for each in sorted(found - sentences.keys()))
        yield from (f"{place}: {each} does not exist any more" for each in sorted(sentences.keys() - found))
