"""How definitions of state machines are read."""

import functools
import threading
from typing import Any

from ._version import require_known_emulator

_DEFINITIONS = 64


def read_each_definition_once() -> None:
    """1.3.2 parses the definition anew for each execution, which takes 0.4 s of its one core.

    What was parsed holds nothing of an execution: that is in the environment, under a key of each component,
    which is made when it is first asked for.
    """
    require_known_emulator()
    from localemu.services.stepfunctions.asl.component.eval_component import EvalComponent
    from localemu.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser

    key, turn = EvalComponent.heap_key.fget, threading.Lock()

    def heap_key(self: Any) -> str:
        with turn:
            made: str = key(self)
            return made

    parse = functools.lru_cache(maxsize=_DEFINITIONS)(AmazonStateLanguageParser.parse)
    EvalComponent.heap_key = property(heap_key)
    AmazonStateLanguageParser.parse = staticmethod(parse)
