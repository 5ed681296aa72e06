"""References that only exist until SAM's transform has run."""

from typing import Any

from ._version import require_known_emulator


def leave_to_the_transform() -> None:
    """`!Ref Function.Version` names what SAM makes; 1.3.2 looks it up before SAM has made it."""
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2.change_set_model import Nothing
    from localemu.services.cloudformation.engine.v2.change_set_model_preproc import PreprocEntityDelta
    from localemu.services.cloudformation.engine.v2.change_set_model_transform import ChangeSetModelTransform

    resolve = ChangeSetModelTransform._resolve_reference

    def resolve_reference(self: Any, logical_id: str) -> Any:
        if "." in logical_id:
            return PreprocEntityDelta(before=Nothing, after=Nothing)
        return resolve(self, logical_id)

    ChangeSetModelTransform._resolve_reference = resolve_reference
