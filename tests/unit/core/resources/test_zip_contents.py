"""What is read of a zip: its directory, and the first bytes of the files that say what can run."""

import io
import struct
import zipfile
from typing import Any

import pytest

from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.resources import zip_contents
from hotplug.core.resources.package import FILE, MAX_BYTES, Contents
from hotplug.core.resources.zip_contents import read_contents
from tests.support.zips import ARM64, File, zip_of, zip_of_all

METHOD = 10
"""Where an entry of the directory names its compression method."""


def contents_of(body: bytes) -> Contents:
    return read_contents(io.BytesIO(body))


def with_method(method: int) -> bytes:
    """A zip whose last file claims to be compressed by this method."""
    body = bytearray(zip_of({"app.py": "x", "lib/core.so": ARM64}))
    struct.pack_into("<H", body, body.rindex(b"PK\x01\x02") + METHOD, method)
    return bytes(body)


def test_files_have_the_modes_that_the_zip_says_and_folders_are_no_files() -> None:
    found = contents_of(
        zip_of({"app.py": "x", "run": File(mode=0o755), "dos.py": File(mode=None), "lib/": File(mode=0o755)})
    )
    assert found.files == {"app.py": 0o644, "run": 0o755, "dos.py": None}
    assert found.unreadable == {}


@pytest.mark.parametrize(
    ("name", "mode", "is_unreadable"),
    [
        pytest.param("app.py", 0o000, True, id="nobody"),
        pytest.param("app.py", 0o600, True, id="its owner alone"),
        pytest.param("app.py", 0o640, True, id="its group too"),
        pytest.param("app.py", 0o100604, False, id="everybody"),
        pytest.param("app.py", None, False, id="no mode is said"),
        pytest.param("lib/", 0o744, True, id="a folder that is not entered"),
        pytest.param("lib/", 0o755, False, id="a folder"),
    ],
)
def test_what_others_may_not_read_is_known(name: str, mode: int | None, is_unreadable: bool) -> None:
    body = zip_of({"other.py": "x", name: File(mode=mode)})
    assert contents_of(body).unreadable == ({name: mode} if is_unreadable else {})


def test_first_bytes_are_read_of_what_can_say_something() -> None:
    found = contents_of(
        zip_of(
            {
                FILE: "{}",
                "bootstrap": "#!/bin/sh\n",
                "package.json": '{"type": "module"}',
                "src/index.mjs": "export const handler = 1",
                "numpy/core.so": ARM64,
                "node_modules/sharp/sharp.node": ARM64,
                "node_modules/x/index.js": "not read",
                "node_modules/x/package.json": "{}",
                "data.bin": "not read",
            }
        )
    )
    assert found.heads == {
        FILE: b"{}",
        "bootstrap": b"#!/bin/sh\n",
        "package.json": b'{"type": "module"}',
        "src/index.mjs": b"export const handler = 1",
        "numpy/core.so": ARM64[:64],
        "node_modules/sharp/sharp.node": ARM64[:64],
    }


def test_only_first_bytes_are_read_and_of_so_many_files() -> None:
    scripts = {f"src/{number}.js": "x" * 10_000 for number in range(510)}
    heads = contents_of(zip_of(scripts)).heads
    assert len(heads) == 500
    assert {len(head) for head in heads.values()} == {4_096}


def test_names_that_come_twice_are_known_and_the_last_one_is_read() -> None:
    first, last = File("#!/bin/a"), File("#!/bin/b")
    found = contents_of(zip_of_all([("bootstrap", first), ("app.py", File()), ("bootstrap", last)]))
    assert found.twice == ("bootstrap",)
    assert found.heads["bootstrap"] == b"#!/bin/b"


@pytest.mark.parametrize("method", [9, 12, 14, 93, 99])
def test_what_is_compressed_by_another_method_is_known_and_not_read(method: int) -> None:
    found = contents_of(with_method(method))
    assert found.packed == {"lib/core.so": method}
    assert found.heads == {"lib/core.so": b""}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"hello", "it is not a zip", id="a text"),
        pytest.param(zip_of({}), "without a file in it", id="a zip of nothing"),
        pytest.param(zip_of({"lib/": File(mode=0o755)}), "without a file in it", id="a zip of folders"),
    ],
)
def test_what_lambda_certainly_refuses_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ArtifactRefusedError, match=words):
        contents_of(body)


def test_a_directory_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = zip_of({f"{number}.py": "" for number in range(2_000)})
    monkeypatch.setattr(zip_contents, "MAX_DIRECTORY_BYTES", len(body))
    assert len(contents_of(body).files) == 2_000
    monkeypatch.setattr(zip_contents, "MAX_DIRECTORY_BYTES", 66_000)
    assert contents_of(body) == Contents(is_read=False)


def test_no_more_than_a_directory_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever size the end of the zip claims for it."""
    asked: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size)

    body = zip_of({"app.py": "x"})
    large: Any = Counted(body + bytes(MAX_BYTES // 100))
    with pytest.raises(ArtifactRefusedError, match="it is not a zip"):
        read_contents(large)
    assert max(asked) < 70_000


def test_a_library_that_is_damaged_is_as_if_it_said_nothing() -> None:
    body = bytearray(zip_of({"app.py": "x", "core.so": File(ARM64, method=zipfile.ZIP_DEFLATED)}))
    start = body.index(b"core.so") + len("core.so")
    body[start : start + 8] = b"\xff" * 8
    assert contents_of(bytes(body)).heads == {"core.so": b""}
