"""SAM's transform of templates."""

import functools
import threading
from typing import Any

from ._version import require_known_emulator


def translate_one_template_at_a_time() -> None:
    """Templates may be translated at once; 1.3.2 sets the region as an environment variable for each.

    The first to end takes the variable from the others. SAM then finds no region, and keeps that answer.
    """
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2.change_set_model_transform import ChangeSetModelTransform

    translate = ChangeSetModelTransform._apply_global_serverless_transformation
    turn = threading.Lock()

    @functools.wraps(translate)
    def translate_in_turn(*arguments: Any, **named: Any) -> Any:
        with turn:
            return translate(*arguments, **named)

    ChangeSetModelTransform._apply_global_serverless_transformation = staticmethod(translate_in_turn)
