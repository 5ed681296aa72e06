"""Expressions of JSONPath in machines."""

import functools

from ._version import require_known_emulator


def parse_each_expression_once() -> None:
    """A definition has few expressions; 1.3.2 makes a parser for each evaluation, which takes 20 ms."""
    require_known_emulator()
    from localemu.services.stepfunctions.asl.component.common.path import result_path
    from localemu.services.stepfunctions.asl.utils import json_path

    for module in (result_path, json_path):
        module.parse = functools.lru_cache(maxsize=1024)(module.parse)
