"""Zips to test with, file by file."""

import io
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

UNIX, WINDOWS = 3, 0
"""Systems that a zip may be made on, as its directory names them."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in a zip; without a mode it is as a zip that was made on Windows has it."""

    body: bytes | str = ""
    mode: int | None = 0o644
    method: int = zipfile.ZIP_DEFLATED


def zip_of(files: Mapping[str, File | bytes | str]) -> bytes:
    """A zip of these files, in this order. Folders end with a slash."""
    return zip_of_all(
        [(name, each if isinstance(each, File) else File(each)) for name, each in files.items()]
    )


def zip_of_all(files: list[tuple[str, File]]) -> bytes:
    """The same, in which a name may come twice."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package, warnings.catch_warnings(action="ignore"):
        for name, file in files:
            entry = zipfile.ZipInfo(name)
            entry.filename = name
            entry.compress_type = file.method
            entry.create_system = WINDOWS if file.mode is None else UNIX
            package.writestr(entry, file.body)
            entry.external_attr = (file.mode or 0) << 16  # after `writestr`, which makes 0600 of nothing
    return stream.getvalue()


def an_elf(machine: int, length: int = 200) -> bytes:
    """The beginning of a program or library for Linux on this machine (e_machine)."""
    return (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + machine.to_bytes(2, "little")).ljust(
        length, b"\0"
    )


X86_64, ARM64 = an_elf(0x3E), an_elf(0xB7)
MACOS, WINDOWS_PE = b"\xcf\xfa\xed\xfe" + bytes(60), b"MZ" + bytes(60)
