"""References in a template that SAM's transform has yet to go through."""

import functools
from types import SimpleNamespace
from typing import Any

from ._version import require_known_emulator


def leave_to_the_transform() -> None:
    """Before the transform nobody knows what `!Ref Function.Version` or `!Ref MachineAliaslive` is.

    1.3.2 looks for it, and gives up where SAM has yet to make it, or never does where two name each other.
    """
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2 import change_set_model_preproc as preproc
    from localemu.services.cloudformation.engine.v2.change_set_model import NodeParameter, Nothing
    from localemu.services.cloudformation.engine.v2.change_set_model_transform import ChangeSetModelTransform

    resolve = ChangeSetModelTransform._resolve_reference

    def resolve_reference(self: Any, logical_id: str) -> Any:
        parameter = self._get_node_parameter_if_exists(parameter_name=logical_id)
        if logical_id in preproc._PSEUDO_PARAMETERS or isinstance(parameter, NodeParameter):
            return resolve(self, logical_id)
        return preproc.PreprocEntityDelta(before=Nothing, after=Nothing)

    def resolve_attribute(self: Any, arguments: Any, select_before: bool) -> Any:
        raise RuntimeError(f"{arguments}: known after the transform")  # as all that call it expect

    ChangeSetModelTransform._resolve_reference = resolve_reference
    ChangeSetModelTransform._resolve_attribute = resolve_attribute


def let_machines_name_alarms_on_themselves() -> None:
    """`Alarms` in a machine's `DeploymentPreference` belong to its alias, so they may look at the machine.

    1.3.2 compares templates before the transform too, and goes from one to the other without end.
    """
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2.change_set_model import ChangeSetModel, ChangeType

    visit = ChangeSetModel._visit_resource
    look_up = ChangeSetModel._retrieve_or_visit_resource
    unchanged = SimpleNamespace(change_type=ChangeType.UNCHANGED, properties=SimpleNamespace(properties=()))

    @functools.wraps(visit)
    def visit_resource(self: Any, scope: Any, resource_name: str, *resources: Any, **named: Any) -> Any:
        under_way = self.__dict__.setdefault("under_way", [])
        under_way.append(resource_name)
        try:
            return visit(self, scope, resource_name, *resources, **named)
        finally:
            under_way.pop()

    @functools.wraps(look_up)
    def retrieve_or_visit_resource(self: Any, resource_name: str) -> Any:
        if resource_name in self.__dict__.get("under_way", ()):
            return unchanged
        return look_up(self, resource_name)

    ChangeSetModel._visit_resource = visit_resource
    ChangeSetModel._retrieve_or_visit_resource = retrieve_or_visit_resource
