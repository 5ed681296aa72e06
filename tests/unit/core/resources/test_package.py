"""What can be told of a zip without unpacking it."""

from dataclasses import replace

import pytest

from hotplug.core.resources.package import Contents, absent_module, architecture, doubts, is_native, stems
from tests.unit.core.planning.test_planner import NEW_CODE

PYTHON = replace(NEW_CODE, runtime="python3.13", handler="app.handler")


def an_elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + machine.to_bytes(2, "little")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (an_elf(0x3E), "x86_64"),
        (an_elf(0xB7), "arm64"),
        (an_elf(0x28), None),
        (an_elf(0x3E)[:19], None),
        (b"", None),
        (b"MZ" + bytes(30), None),
    ],
)
def test_a_library_says_what_it_is_for(head: bytes, found: str | None) -> None:
    assert architecture(head) == found


@pytest.mark.parametrize(
    ("path", "native"),
    [("a/b.so", True), ("libssl.so.1.1", True), ("so", False), ("a.so.py", False), ("lib.solid", False)],
)
def test_a_library_is_known_by_its_name(path: str, native: bool) -> None:
    assert is_native(path) == native


@pytest.mark.parametrize(
    ("paths", "runtime", "handler", "absent"),
    [
        pytest.param(["app.py"], "python3.13", "app.handler", None, id="a file"),
        pytest.param(["app/__init__.py"], "python3.13", "app.handler", None, id="a package"),
        pytest.param(["src/app.py"], "python3.13", "app.handler", None, id="elsewhere, by PYTHONPATH"),
        pytest.param(["a/b/c.py"], "python3.13", "a.b.c.handler", None, id="dots"),
        pytest.param(["a/b/c.py"], "python3.13", "a/b/c.handler", None, id="slashes"),
        pytest.param(["app.cpython-313-x86_64-linux-gnu.so"], "python3.13", "app.handler", None, id="native"),
        pytest.param(["dist\\index.mjs"], "nodejs24.x", "dist/index.handler", None, id="packed on Windows"),
        pytest.param(["main.py"], "python3.13", "app.handler", "app", id="another module"),
        pytest.param(["index.js"], "nodejs24.x", "main.handler", "main", id="another file"),
        pytest.param(["bootstrap"], "provided.al2023", "app.handler", None, id="a runtime of one's own"),
        pytest.param(["app.jar"], "java21", "com.Orders::handle", None, id="Java"),
        pytest.param(["main.py"], "python3.13", "handler", None, id="a handler without a module"),
        pytest.param([], "python3.13", "app.handler", None, id="nothing seen"),
    ],
)
def test_a_module_that_nothing_can_be_is_absent(
    paths: list[str], runtime: str, handler: str, absent: str | None
) -> None:
    function = replace(NEW_CODE, runtime=runtime, handler=handler)
    assert absent_module(Contents(stems(paths)), function) == absent


def test_what_may_be_wrong_is_doubted() -> None:
    foreign = Contents(frozenset({"main"}), frozenset({"arm64"}))
    assert doubts(foreign, PYTHON, "orders") == (
        "app, the module of orders's handler, is not in the package: its layers must bring it",
        "native libraries in the package are for arm64, but orders runs on x86_64",
    )


@pytest.mark.parametrize("built", [set(), {"x86_64"}, {"x86_64", "arm64"}], ids=["none", "its own", "both"])
def test_libraries_for_its_own_architecture_are_not_doubted(built: set[str]) -> None:
    assert doubts(Contents(frozenset({"app"}), frozenset(built)), PYTHON, "orders") == ()
