"""Native libraries by their names and first bytes, as far as a function can load them."""

import pytest

from hotplug.core.resources.binaries import foreign, is_library, other_pythons, platform
from tests.support.zips import ARM64, MACOS, WINDOWS_PE, X86_64, an_elf


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (X86_64, "x86_64"),
        (ARM64, "arm64"),
        (an_elf(0x28), "another processor"),
        (an_elf(0x3E)[:19], None),
        (b"\x7fELF\x02\x02" + bytes(12) + b"\x00\x16", "another processor"),
        (b"", None),
        (WINDOWS_PE, "Windows"),
        (MACOS, "macOS"),
        (b"\xca\xfe\xba\xbe" + bytes(30), "macOS"),
        (b"INPUT(libc.so.6)", None),
    ],
)
def test_a_library_says_what_it_is_for(head: bytes, found: str | None) -> None:
    assert platform(head) == found


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("a/b.so", True),
        ("libssl.so.1.1", True),
        ("build/Release/sharp.node", True),
        ("_core.cp313-win_amd64.pyd", True),
        ("libvips.42.dylib", True),
        ("so", False),
        ("a.so.py", False),
        ("lib.solid", False),
        ("setuptools/cli.exe", False),
        ("Orders.dll", False),
    ],
)
def test_a_library_is_known_by_its_name(path: str, is_one: bool) -> None:
    assert is_library(path) == is_one


@pytest.mark.parametrize(
    ("heads", "strangers"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"numpy/core.so": X86_64}, {}, id="its own"),
        pytest.param({"numpy/core.so": ARM64}, {"numpy/core.so": "arm64"}, id="another architecture"),
        pytest.param({"numpy/core.so": b"no library"}, {}, id="no library"),
        pytest.param(
            {
                "node_modules/bufferutil/prebuilds/darwin-x64/node.node": MACOS,
                "node_modules/bufferutil/prebuilds/linux-x64/node.node": X86_64,
                "node_modules/bufferutil/prebuilds/win32-x64/node.node": WINDOWS_PE,
            },
            {},
            id="one for every platform",
        ),
        pytest.param(
            {
                "node_modules/@img/sharp-darwin-arm64/lib/sharp.node": MACOS,
                "node_modules/@img/sharp-linux-x64/lib/sharp.node": X86_64,
            },
            {},
            id="one for every platform, in packages of one scope",
        ),
        pytest.param(
            {"node_modules/a/a.node": MACOS, "node_modules/b/b.node": X86_64},
            {"node_modules/a/a.node": "macOS"},
            id="that of one package",
        ),
        pytest.param(
            {"numpy/core.so": ARM64, "numpy.libs/blas.so": ARM64, "pandas/x.so": X86_64},
            {"numpy/core.so": "arm64", "numpy.libs/blas.so": "arm64"},
            id="that of one package in Python",
        ),
        pytest.param(
            {
                "vendor/bundle/ruby/3.4.0/gems/nokogiri-1.18/lib/nokogiri.bundle": MACOS,
                "vendor/bundle/ruby/3.4.0/gems/bcrypt-3.1/lib/bcrypt.so": X86_64,
            },
            {"vendor/bundle/ruby/3.4.0/gems/nokogiri-1.18/lib/nokogiri.bundle": "macOS"},
            id="that of one gem",
        ),
        pytest.param(
            {"_core.cpython-313-x86_64-linux-musl.so": X86_64},
            {"_core.cpython-313-x86_64-linux-musl.so": "musl (Alpine Linux)"},
            id="Alpine",
        ),
    ],
)
def test_libraries_for_other_platforms_are_foreign_where_none_beside_them_fits(
    heads: dict[str, bytes], strangers: dict[str, str]
) -> None:
    assert foreign(heads, "x86_64") == strangers


@pytest.mark.parametrize(
    ("names", "others"),
    [
        pytest.param(["a/b.cpython-313-x86_64-linux-gnu.so"], [], id="its own"),
        pytest.param(
            ["a/b.cpython-311-x86_64-linux-gnu.so"], ["a/b.cpython-311-x86_64-linux-gnu.so"], id="another"
        ),
        pytest.param(
            ["a/b.cpython-313t-x86_64-linux-gnu.so"], ["a/b.cpython-313t-x86_64-linux-gnu.so"], id="no GIL"
        ),
        pytest.param(["b.cp311-win_amd64.pyd"], ["b.cp311-win_amd64.pyd"], id="another, for Windows"),
        pytest.param(["b.cp313-win_amd64.pyd"], [], id="its own, for Windows"),
        pytest.param(
            ["b.pypy310-pp73-x86_64-linux-gnu.so"], ["b.pypy310-pp73-x86_64-linux-gnu.so"], id="PyPy"
        ),
        pytest.param(["b.abi3.so", "libc.so.6", "c.so"], [], id="any Python"),
        pytest.param(
            ["b.cpython-311-x86_64-linux-gnu.so", "b.cpython-313-x86_64-linux-gnu.so"], [], id="several"
        ),
        pytest.param(["b.cpython-311-x86_64-linux-gnu.so", "b.abi3.so"], [], id="another and any"),
        pytest.param(["__pycache__/b.cpython-311.pyc"], [], id="a cache"),
    ],
)
def test_extension_modules_for_another_python_are_known_by_their_names(
    names: list[str], others: list[str]
) -> None:
    assert list(other_pythons(dict.fromkeys(names), "python3.13")) == others
