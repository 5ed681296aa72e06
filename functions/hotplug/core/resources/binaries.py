"""Native libraries: the platform that their first bytes name, and those that a function can't load."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

ELF = b"\x7fELF"
HEAD_BYTES = 20
"""First bytes of an ELF file, which include its architecture."""
BIG_ENDIAN = 2
"""EI_DATA in the ELF header."""
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
"""Lambda's names of e_machine in the ELF header."""
MACH_O = frozenset(
    bytes.fromhex(magic) for magic in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "cafebabf")
)
"""First bytes of macOS' binaries, in either order of bytes, and of those for several architectures."""
WINDOWS = b"MZ"
MUSL = "-linux-musl.so"
"""Ends the name of a Python extension module for Alpine Linux. Lambda's Linux has glibc."""
_LIBRARY = re.compile(r"\.(so(\.[0-9.]+)?|node|pyd|dylib|bundle)$")
_SHARED = re.compile(r"^(?:.*/)?(?:node_modules|site-packages|gems)/(?:@[^/]+|[^/]+)|^[^/.]+")
_TAG = re.compile(r"(?P<module>.+?)\.(?P<tag>cpython-\d+[a-z]*|cp\d+[a-z]*|pypy\d+-pp\d+)-[^/]*\.(so|pyd)")


def is_library(path: str) -> bool:
    """Whether the name is that of a native library, of Linux, macOS or Windows."""
    return bool(_LIBRARY.search(path))


def platform(head: bytes) -> str | None:
    """Return what a binary is for by its first bytes: Lambda's architecture, or another platform.

    None if it is no binary that is known.
    """
    if head.startswith(WINDOWS):
        return "Windows"
    if head[:4] in MACH_O:
        return "macOS"
    if len(head) < HEAD_BYTES or not head.startswith(ELF):
        return None
    is_little = head[5] != BIG_ENDIAN
    machine = int.from_bytes(head[18:20], "little" if is_little else "big")
    return MACHINES.get(machine, "another processor")


def foreign(heads: Mapping[str, bytes], architecture: str) -> dict[str, str]:
    """Return the libraries that Lambda can't load on this architecture, with what each is for.

    Many packages bring a library for every platform. Nothing is foreign where one beside it fits.
    """
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name in filter(is_library, heads):
        built = "musl (Alpine Linux)" if name.endswith(MUSL) else platform(heads[name])
        if built:
            found[_bundle(name)][name] = built
    return {
        name: built
        for bundle in found.values()
        if architecture not in bundle.values()
        for name, built in bundle.items()
    }


def _bundle(path: str) -> str:
    """Return the dependency that a library is a part of, or its top folder. Scopes of npm count as one."""
    found = _SHARED.match(path)
    return found[0] if found else path


def other_pythons(names: Mapping[str, object], runtime: str) -> Iterator[str]:
    """Yield the extension modules that are, by their names, for another Python than the runtime's.

    A module that is there for the runtime's Python too is left out.
    """
    wanted = f"cpython-{runtime.removeprefix('python').replace('.', '')}"
    tagged = {name: found for name in names if is_library(name) and (found := _TAG.fullmatch(name))}
    fit = {found["module"] for found in tagged.values() if found["tag"] == wanted}
    for name, found in tagged.items():
        tag = found["tag"].replace("cp3", "cpython-3") if found["tag"].startswith("cp3") else found["tag"]
        plain = (f"{found['module']}.abi3.so", f"{found['module']}.so")
        if tag != wanted and found["module"] not in fit and not any(each in names for each in plain):
            yield name
