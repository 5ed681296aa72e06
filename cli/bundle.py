"""`make bundle`: a reproducible package of hotplug, byte for byte the same from the same source."""

import hashlib
import zipfile
from pathlib import Path

from local.aws import places

PACKAGE = places.ROOT / "functions" / "hotplug"
BUNDLE = places.ROOT / "dist" / "hotplug.zip"
SUFFIXES = {".py", ".json"}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest timestamp that a zip can hold."""
READABLE = 0o644 << 16


def bundle(target: Path = BUNDLE) -> str:
    """Write the zip and return its SHA-256 in hex.

    Files are stored, not deflated: deflate's output differs between versions of zlib.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(file for file in PACKAGE.rglob("*") if file.suffix in SUFFIXES)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(PACKAGE.parent).as_posix(), EPOCH)
            entry.external_attr = READABLE
            entry.create_system = 3  # Unix, on every platform
            archive.writestr(entry, file.read_bytes())
    return hashlib.sha256(target.read_bytes()).hexdigest()


if __name__ == "__main__":
    print(f"{BUNDLE.relative_to(places.ROOT)} {bundle()}")
