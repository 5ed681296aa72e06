"""A deployment package: its size and hash, and what its directory and the first bytes of some files say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotplug.core.parsing.problem import cut

FILE = "hotplug/release.json"
"""The file in which a release of hotplug states its needs."""
MAX_BYTES = 262_144_000
"""250 MB unzipped, layers included: Lambda quotas, "Deployment package (.zip file archive) size"."""
MAX_NAME = 80
"""Characters of a file's name in a sentence."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a package by name, each with its Unix mode; None where the zip says none.

    `heads` are the first bytes of those files that say what can run: libraries, scripts, `bootstrap`.
    `unreadable` are the files and folders that Lambda's user may not read. `packed` are the files that are
    neither stored nor deflated, with the number of their compression method. `twice` are the names that the
    directory lists more than once. Without `is_read` the directory is too large to be read.
    """

    files: Mapping[str, int | None] = field(default_factory=dict)
    heads: Mapping[str, bytes] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    packed: Mapping[str, int] = field(default_factory=dict)
    twice: tuple[str, ...] = ()
    is_read: bool = True


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


def shown_name(name: str) -> str:
    """Return the name of a file as a sentence takes it: shortened, and without what can't be printed."""
    return cut("".join(char if char.isprintable() else "?" for char in name), MAX_NAME)
