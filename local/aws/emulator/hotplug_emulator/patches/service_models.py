"""Models of the services, in botocore's files."""

import functools
from typing import Any

from ._version import require_known_emulator

_FILES = 64
"""More than the services in use need; there are files for hundreds."""


def read_each_file_once() -> None:
    """botocore's files do not change; 1.3.2 and moto have them read anew for each session."""
    require_known_emulator()
    from botocore.loaders import JSONFileLoader

    load = JSONFileLoader.load_file

    @functools.lru_cache(maxsize=_FILES)
    def loaded(path: str) -> Any:
        return load(JSONFileLoader(), path)

    JSONFileLoader.load_file = lambda self, file_path: loaded(file_path)  # type: ignore[method-assign]
