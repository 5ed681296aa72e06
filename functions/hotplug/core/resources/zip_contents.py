"""Contents of a zip, from its directory and the first bytes of some of its files. Nothing is extracted."""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple

from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.resources.binaries import is_library
from hotplug.core.resources.package import FILE, MAX_BYTES, Contents

MAX_DIRECTORY_BYTES = 16_777_216
"""A directory of about 150,000 files, whose entries take some 100 MB of memory. A larger one is not read."""
ENCRYPTED = 1
"""Flag bit of an encrypted zip entry."""
COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Compression methods that are read; Python's other ones raise errors of their own."""
UNIX = frozenset({3, 19})
"""Systems that write Unix modes, Unix and macOS: APPNOTE.TXT of the ZIP format, 4.4.2.2."""
OTHERS_READ, OTHERS_RUN = 0o004, 0o001
"""Lambda runs the code as a user who is neither the owner of the files nor in their group."""
_DEPENDENCY = re.compile(r"(^|/)node_modules/")


class _Head(NamedTuple):
    """Files whose first bytes are read, how many of them at most, and how many bytes of each."""

    name: re.Pattern[str]
    most_files: int
    max_bytes: int


MAX_RELEASE = 10_000
HEADS = (
    _Head(re.compile(re.escape(FILE)), 1, MAX_RELEASE),
    _Head(re.compile(r"bootstrap"), 1, 256),
    _Head(re.compile(r"(.*/)?package\.json"), 50, 16_384),
    _Head(re.compile(r".*\.[cm]?js"), 500, 4_096),
)
LIBRARY = _Head(re.compile(r".*"), 2_000, 64)


class _TooLargeError(Exception):
    """The directory has more bytes than are read."""


class _Bounded:
    """A file from which no more than a directory is read at once: so much memory a lying zip can take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise _TooLargeError
        return self._file.read(size)


def read_contents(file: IO[bytes]) -> Contents:
    """Return the contents; raises ArtifactRefusedError for what Lambda certainly refuses."""
    bounded: Any = _Bounded(file)
    try:
        with zipfile.ZipFile(bounded) as package:
            entries = package.infolist()
            _check(entries)
            heads = dict(_heads(package, entries))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ArtifactRefusedError(f"it is not a zip ({error})") from error
    except _TooLargeError:
        return Contents(is_read=False)
    names = Counter(entry.filename for entry in entries)
    return Contents(
        files={entry.filename: _mode(entry) for entry in entries if not entry.is_dir()},
        heads=heads,
        unreadable={entry.filename: mode for entry in entries if (mode := _unreadable(entry)) is not None},
        packed={entry.filename: entry.compress_type for entry in entries if not _is_read(entry)},
        twice=tuple(name for name, count in names.items() if count > 1),
    )


def _check(entries: Sequence[zipfile.ZipInfo]) -> None:
    if all(entry.is_dir() for entry in entries):
        raise ArtifactRefusedError("it is a zip without a file in it")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise ArtifactRefusedError("it is encrypted, so that Lambda cannot unzip it")
    unzipped = sum(entry.file_size for entry in entries)
    if unzipped > MAX_BYTES:
        raise ArtifactRefusedError(f"it unzips to {unzipped:,} bytes, Lambda takes at most {MAX_BYTES:,}")


def _is_read(entry: zipfile.ZipInfo) -> bool:
    return entry.compress_type in COMPRESSIONS


def _mode(entry: zipfile.ZipInfo) -> int | None:
    """Return the Unix mode. Zips that are made on Windows have none, but some of them."""
    mode = entry.external_attr >> 16
    return mode if mode or entry.create_system in UNIX else None


def _unreadable(entry: zipfile.ZipInfo) -> int | None:
    """Return the mode if Lambda's user may not read the file, or may not enter the folder."""
    mode, needed = _mode(entry), OTHERS_READ | (OTHERS_RUN if entry.is_dir() else 0)
    return mode & 0o7777 if mode is not None and mode & needed != needed else None


def _heads(package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Yield the first bytes of each file that says something, up to the most of its kind.

    Of two files with one name the last counts, as for most programs that unzip them.
    """
    read: Counter[_Head] = Counter()
    for entry in {entry.filename: entry for entry in entries}.values():
        head = _head_of(entry.filename)
        if head and read[head] < head.most_files:
            read[head] += 1
            yield entry.filename, _first_bytes(package, entry, head.max_bytes)


def _head_of(name: str) -> _Head | None:
    if is_library(name):
        return LIBRARY
    if _DEPENDENCY.search(name):
        return None
    return next((head for head in HEADS if head.name.fullmatch(name)), None)


def _first_bytes(package: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """Return the first bytes of a file; empty if they can't be read."""
    if not _is_read(entry):
        return b""
    try:
        with package.open(entry) as file:
            return file.read(max_bytes)
    except (EOFError, KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error):
        return b""
