"""hotplug's own package: all that it needs, nothing else, and always the same bytes."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import bundle as bundle_room
from cli.bundle import PACKAGE, bundle
from hotplug.core.planning.release import read_release
from hotplug.core.request.self_release import TRIALS
from hotplug.core.resources.package import FILE

FUNCTIONS = PACKAGE.parent
A_LATER_YEAR = 2_000_000_000


def bytes_of(target: Path) -> bytes:
    bundle(target)
    return target.read_bytes()


@pytest.fixture
def bundled(tmp_path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(bytes_of(tmp_path / "hotplug.zip")))


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package elsewhere, its files written in the opposite order; it is what is bundled now."""
    package = tmp_path / "elsewhere" / "hotplug"
    for file in sorted(PACKAGE.rglob("*"), reverse=True):
        if file.suffix in {".py", ".json"}:
            copied = package / file.relative_to(PACKAGE)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())
    monkeypatch.setattr(bundle_room, "PACKAGE", package)
    return package


# What is in it


def test_every_module_is_in_it_with_its_bytes(bundled: zipfile.ZipFile) -> None:
    modules = {file.relative_to(FUNCTIONS).as_posix(): file.read_bytes() for file in PACKAGE.rglob("*.py")}
    assert modules.items() <= {name: bundled.read(name) for name in bundled.namelist()}.items()
    assert {f"hotplug/handlers/{handler}.py" for handler in TRIALS} <= set(modules)


def test_it_says_what_the_release_is(bundled: zipfile.ZipFile) -> None:
    assert bundled.read(FILE) == (FUNCTIONS / FILE).read_bytes()
    assert read_release(bundled.read(FILE).decode()).name


def test_nothing_else_is_in_it(copy: Path, tmp_path: Path) -> None:
    before = bytes_of(tmp_path / "before.zip")
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "plan.cpython-313.pyc").write_bytes(b"cached")
    (copy / "handlers" / "plan.pyc").write_bytes(b"cached")
    (copy / "notes.txt").write_text("to do")
    (copy / ".DS_Store").write_bytes(b"\x00")
    assert bytes_of(tmp_path / "after.zip") == before
    names = zipfile.ZipFile(tmp_path / "after.zip").namelist()
    assert {Path(name).suffix for name in names} == {".py", ".json"}
    assert len(names) == len(set(names))


def test_a_function_can_be_made_of_it(bundled: zipfile.ZipFile, tmp_path: Path) -> None:
    """As Lambda unpacks it, beside the layer that has the dependencies."""
    bundled.extractall(tmp_path / "task")
    imports = "; ".join(f"import hotplug.handlers.{handler}" for handler in TRIALS)
    program = f"{imports}; import hotplug; print(hotplug.__file__)"
    variables = {
        "PYTHONPATH": str(tmp_path / "task"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "task" / "hotplug" / "__init__.py")


# That it is always the same


def test_twice_it_is_the_same_and_it_is_named_by_its_hash(tmp_path: Path) -> None:
    first, second = bytes_of(tmp_path / "one.zip"), bytes_of(tmp_path / "two.zip")
    assert first == second
    assert bundle(tmp_path / "three.zip") == hashlib.sha256(first).hexdigest()


def test_an_older_bundle_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "hotplug.zip").write_bytes(b"x" * 10_000_000)
    assert bytes_of(tmp_path / "hotplug.zip") == bytes_of(tmp_path / "new.zip")


def test_the_directory_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert bytes_of(tmp_path / "a" / "b" / "hotplug.zip") == bytes_of(tmp_path / "new.zip")


def _times(package: Path) -> None:
    for file in package.rglob("*"):
        os.utime(file, (A_LATER_YEAR, A_LATER_YEAR))


def _permissions(package: Path) -> None:
    for file in package.rglob("*.py"):
        file.chmod(0o700)


def _written_again(package: Path) -> None:
    for file in sorted(package.rglob("*.py")):
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="another place and order"),
        pytest.param(_times, id="other times"),
        pytest.param(_permissions, id="other permissions"),
        pytest.param(_written_again, id="yet another order"),
    ],
)
def test_only_names_and_contents_count(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    change(copy)
    elsewhere = bytes_of(tmp_path / "elsewhere.zip")
    monkeypatch.setattr(bundle_room, "PACKAGE", PACKAGE)
    assert elsewhere == bytes_of(tmp_path / "here.zip")


def test_it_is_no_zip_of_the_day_or_the_machine_it_was_made_on(bundled: zipfile.ZipFile) -> None:
    names = bundled.namelist()
    assert names == sorted(names, key=lambda name: Path(name).parts)
    for entry in bundled.infolist():
        assert (entry.date_time, entry.create_system) == ((1980, 1, 1, 0, 0, 0), 3)
        assert (entry.external_attr >> 16, entry.compress_type) == (0o644, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("release.json", b"{}", id="what it says of itself"),
        pytest.param("handlers/plan.py", b"# new", id="a module"),
        pytest.param("handlers/another.py", b"", id="one more module"),
    ],
)
def test_a_change_of_one_file_makes_another_bundle(
    copy: Path, tmp_path: Path, file: str, content: bytes
) -> None:
    before = bundle(tmp_path / "before.zip")
    (copy / file).write_bytes(content)
    assert bundle(tmp_path / "after.zip") != before
