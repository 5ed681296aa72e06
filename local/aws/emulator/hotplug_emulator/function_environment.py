"""Process environment of a function: AWS' variables, from LocalEmu's."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from .runtime_client import PYTHON_VERSION

_EMULATORS_OWN = ("LOCALEMU_", "EDGE_PORT")


def process_environment(
    given: Mapping[str, object],
    code_directory: Path,
    layer_directories: Iterable[Path],
    client_directory: Path,
) -> dict[str, str]:
    """`given` is the function's configuration and takes precedence, except for paths of this machine."""
    variables = {name: str(value) for name, value in given.items() if not name.startswith(_EMULATORS_OWN)}
    layers = list(layer_directories)
    search = [code_directory, *layer_packages(layers), client_directory]
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **variables,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{PYTHON_VERSION}",
        "LAMBDA_TASK_ROOT": str(code_directory),
        "LAMBDA_RUNTIME_DIR": str(client_directory),
        "PATH": os.pathsep.join(
            [*(str(layer / "bin") for layer in layers), os.environ.get("PATH", os.defpath)]
        ),
        "PYTHONPATH": os.pathsep.join([*map(str, search), *filter(None, [variables.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
    }


def layer_packages(layers: list[Path]) -> list[Path]:
    """Import paths of the layers. Later layers win, as on AWS, which extracts them in order into /opt."""
    inside = (Path("python") / "lib" / f"python{PYTHON_VERSION}" / "site-packages", Path("python"))
    return [layer / place for layer in reversed(layers) for place in inside]
