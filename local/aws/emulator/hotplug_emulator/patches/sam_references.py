"""References in a template to resources that SAM's transform creates."""

import functools
from types import SimpleNamespace
from typing import Any

from ._version import require_known_emulator


def leave_to_the_transform() -> None:
    """Before the transform, `!Ref Function.Version` or `!Ref MachineAliaslive` can't be resolved.

    1.3.2 tries to. It fails on resources that SAM has yet to create, and never ends if two refer to each
    other.
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
        raise RuntimeError(f"{arguments}: known after the transform")  # the error that callers expect

    ChangeSetModelTransform._resolve_reference = resolve_reference
    ChangeSetModelTransform._resolve_attribute = resolve_attribute


def let_machines_name_alarms_on_themselves() -> None:
    """`Alarms` in a machine's `DeploymentPreference` belong to its alias, so they may refer to the machine.

    1.3.2 also compares templates before the transform, and then follows the two references in an endless
    loop.
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
