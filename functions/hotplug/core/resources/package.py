"""Contents of a zip, as far as its directory and the first bytes of its native libraries show."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hotplug.core.resources.function import FunctionState


@dataclass(frozen=True, slots=True)
class Contents:
    """Names in a package, and the architectures of its native libraries.

    `stems` are the names of its files and folders, each up to its first dot.
    """

    stems: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A package that was read in full: its size and base64 SHA-256, which Lambda must report as CodeSha256.

    `release` is the text of the package's release file, which states the needs of a release of hotplug; else
    empty.
    """

    version_id: str | None
    sha256: str
    size_bytes: int
    release: str = ""
    contents: Contents = field(default=Contents(), compare=False)


FILE = "hotplug/release.json"


ELF = b"\x7fELF"
HEAD_BYTES = 20
"""First bytes of a native library, which include its architecture."""
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
"""Lambda's names of e_machine in the ELF header."""
NATIVE = re.compile(r"\.so(\.[0-9.]+)?$")
READ_BY_NAME = ("python", "nodejs")
"""Runtimes whose handler names a file and a function in it."""


def stems(paths: Iterable[str]) -> frozenset[str]:
    """Return each part of each path up to its first dot."""
    return frozenset(part.partition(".")[0] for path in paths for part in re.split(r"[/\\]", path)) - {""}


def is_native(path: str) -> bool:
    """Whether the name is that of a Linux shared library."""
    return bool(NATIVE.search(path))


def architecture(head: bytes) -> str | None:
    """Return a library's architecture from its first bytes; None if Lambda does not support it."""
    if len(head) < HEAD_BYTES or not head.startswith(ELF):
        return None
    return MACHINES.get(int.from_bytes(head[18:20], "little"))


def absent_module(contents: Contents, function: FunctionState) -> str | None:
    """Return the handler's module if no file or folder of the package has its name."""
    if not contents.stems or not function.runtime.startswith(READ_BY_NAME):
        return None
    module = re.split(r"[./]", function.handler.rpartition(".")[0])[-1]
    return module if module and module not in contents.stems else None


def doubts(contents: Contents, function: FunctionState, name: str) -> tuple[str, ...]:
    """Describe what may be wrong with the package; each may also be intended."""
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
