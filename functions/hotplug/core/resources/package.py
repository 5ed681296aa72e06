"""What a zip holds that can be told from its directory and from the first bytes of its native libraries."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hotplug.core.resources.function import FunctionState


@dataclass(frozen=True, slots=True)
class Contents:
    """What can be seen in a package: its files and folders, and what its native libraries are for.

    `stems` are their names, each up to its first dot.
    """

    stems: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A package that was read whole: its base64 SHA-256, which Lambda must report back, and its bytes.

    `release` is the text of the file in it by which releases of hotplug say what they need; else empty.
    """

    version_id: str | None
    sha256: str
    size_bytes: int
    release: str = ""
    contents: Contents = field(default=Contents(), compare=False)


FILE = "hotplug/release.json"


ELF = b"\x7fELF"
HEAD_BYTES = 20
"""Of a native library, which say what machine it is for."""
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
"""e_machine in the header of ELF, and Lambda's word for it."""
NATIVE = re.compile(r"\.so(\.[0-9.]+)?$")
READ_BY_NAME = ("python", "nodejs")
"""Runtimes whose handler is a module by its file's name, and a function in it."""


def stems(paths: Iterable[str]) -> frozenset[str]:
    """Each part of each path, without what follows its first dot."""
    return frozenset(part.partition(".")[0] for path in paths for part in re.split(r"[/\\]", path)) - {""}


def is_native(path: str) -> bool:
    """Whether it is called like a library of Linux."""
    return bool(NATIVE.search(path))


def architecture(head: bytes) -> str | None:
    """What a library is for, from its first bytes; None where that is neither of Lambda's."""
    if len(head) < HEAD_BYTES or not head.startswith(ELF):
        return None
    return MACHINES.get(int.from_bytes(head[18:20], "little"))


def absent_module(contents: Contents, function: FunctionState) -> str | None:
    """The module of the handler, if nothing in the package can be it, wherever in it that lies."""
    if not contents.stems or not function.runtime.startswith(READ_BY_NAME):
        return None
    module = re.split(r"[./]", function.handler.rpartition(".")[0])[-1]
    return module if module and module not in contents.stems else None


def doubts(contents: Contents, function: FunctionState, name: str) -> tuple[str, ...]:
    """What may be wrong with the package, and may be as it should."""
    found = []
    module = absent_module(contents, function)
    if module:
        found.append(
            f"{module}, the module of {name}'s handler, is not in the package: its layers must bring it"
        )
    if contents.architectures and function.architecture not in contents.architectures:
        built = " and ".join(sorted(contents.architectures))
        found.append(
            f"native libraries in the package are for {built}, but {name} runs on {function.architecture}"
        )
    return tuple(found)
