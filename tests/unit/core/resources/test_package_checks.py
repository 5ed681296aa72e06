"""What certainly or likely keeps a package from running, told from its directory and first bytes."""

import io
import zipfile
from dataclasses import replace

import pytest

from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.package import Contents
from hotplug.core.resources.package_checks import absent_handler, doubts
from hotplug.core.resources.zip_contents import read_contents
from tests.support.zips import ARM64, MACOS, WINDOWS_PE, X86_64, File, zip_of, zip_of_all
from tests.unit.core.planning.test_planner import NEW_CODE

PYTHON = replace(NEW_CODE, runtime="python3.13", handler="app.handler")
NODE = replace(NEW_CODE, runtime="nodejs22.x", handler="index.handler")
JAVA = replace(NEW_CODE, runtime="java21", handler="com.Orders::handle")
DOTNET = replace(NEW_CODE, runtime="dotnet8", handler="Orders::Orders.Api::Handle")
CUSTOM = replace(NEW_CODE, runtime="provided.al2023", handler="bootstrap")
GO = File(X86_64, 0o755)
ES = "import x from 'y'\nexport const handler = 1"
COMMON = '"use strict";\nconst x = require("y")\nexports.handler = 1'


def contents_of(files: dict[str, File | bytes | str]) -> Contents:
    return read_contents(io.BytesIO(zip_of(files)))


def doubts_of(files: dict[str, File | bytes | str], function: FunctionState) -> tuple[str, ...]:
    return doubts(contents_of(files), function, "orders")


@pytest.mark.parametrize(
    ("function", "files"),
    [
        (PYTHON, {"app.py": "", "numpy/core.cpython-313-x86_64-linux-gnu.so": X86_64}),
        (PYTHON, {"app.py": "", "__MACOSX/._app.py": ""}),
        (NODE, {"index.js": COMMON}),
        (NODE, {"index.mjs": ES}),
        (NODE, {"index.js": ES, "package.json": '{"type": "module"}'}),
        (
            replace(NODE, handler="src/index.api.create"),
            {"src/index.js": ES, "package.json": '{"type":"module"}'},
        ),
        (replace(NODE, runtime="nodejs24.x"), {"index.js": ES}),
        (JAVA, {"lib/orders.jar": "PK"}),
        (DOTNET, {"Orders.dll": WINDOWS_PE, "Orders.deps.json": "{}", "any.runtimeconfig.json": "{}"}),
        (CUSTOM, {"bootstrap": GO}),
        (CUSTOM, {"bootstrap": File("#!/bin/sh\nexec x\n", 0o755), "x": ""}),
        (replace(CUSTOM, is_extended=True), {"orders.sh": "x", "lib/": File(mode=0o755), "bootstrap": GO}),
    ],
    ids=lambda each: each.runtime if isinstance(each, FunctionState) else ", ".join(each),
)
def test_a_good_package_is_not_doubted(function: FunctionState, files: dict[str, File | bytes | str]) -> None:
    assert doubts_of(files, function) == ()
    assert absent_handler(contents_of(files), function) is None


@pytest.mark.parametrize(
    ("files", "function", "doubt"),
    [
        pytest.param(
            {"orders-main/app.py": "", "orders-main/lib/x.py": "", "__MACOSX/orders-main/._app.py": ""},
            PYTHON,
            "everything in the package is in the folder orders-main, but orders needs app.py at the top of "
            "it: zip what is in the folder, not the folder",
            id="a wrapping folder",
        ),
        pytest.param(
            {"target/bootstrap": GO, ".DS_Store": ""},
            CUSTOM,
            "everything in the package is in the folder target, but orders needs bootstrap at the top of it: "
            "zip what is in the folder, not the folder",
            id="a wrapping folder around a bootstrap",
        ),
        pytest.param(
            {"src/app.py": "", "README.md": ""},
            PYTHON,
            "app.py, which orders needs for app.handler, is not in the package, only src/app.py",
            id="in another folder",
        ),
        pytest.param(
            {"Orders.jar": "", "README.md": ""},
            JAVA,
            "com/Orders.class, which orders needs for com.Orders::handle, is not in the package, only "
            "Orders.jar",
            id="a jar beside lib/",
        ),
        pytest.param(
            {"app.py": "", "a/core.so": ARM64, "b/core.so": MACOS, "c/core.pyd": WINDOWS_PE},
            PYTHON,
            "native libraries in the package are for Windows and arm64 and macOS, but orders runs on x86_64: "
            "a/core.so and 2 more",
            id="other platforms",
        ),
        pytest.param(
            {"app.py": "", "pydantic_core/_core.cpython-311-x86_64-linux-gnu.so": X86_64},
            PYTHON,
            "extension modules are for another Python than python3.13: "
            "pydantic_core/_core.cpython-311-x86_64-linux-gnu.so",
            id="another Python",
        ),
        pytest.param(
            {"bootstrap": File(X86_64, 0o644)},
            CUSTOM,
            "bootstrap may not be run (mode 0644): chmod 755 it before it is zipped",
            id="a bootstrap without x",
        ),
        pytest.param(
            {"bootstrap": File(X86_64, None)},
            CUSTOM,
            "the package does not say that bootstrap may be run, as it was zipped without Unix modes",
            id="a bootstrap from Windows",
        ),
        pytest.param(
            {"bootstrap": File(ARM64, 0o755)},
            CUSTOM,
            "bootstrap is built for arm64, but orders runs on Linux x86_64",
            id="a bootstrap for another architecture",
        ),
        pytest.param(
            {"bootstrap": File(MACOS, 0o755)},
            CUSTOM,
            "bootstrap is built for macOS, but orders runs on Linux x86_64",
            id="a bootstrap for macOS",
        ),
        pytest.param(
            {"bootstrap": File("#!/bin/sh\r\nexec x\r\n", 0o755)},
            CUSTOM,
            "the first line of bootstrap ends as on Windows (CR LF): Linux does not find its interpreter",
            id="a script with lines as on Windows",
        ),
        pytest.param(
            {"bootstrap": File("exec x\n", 0o755)},
            CUSTOM,
            "bootstrap is neither a program for Linux nor a script that begins with #!",
            id="a script without #!",
        ),
        pytest.param(
            {"app.py": File("", 0o000), "lib/x.py": File("", 0o640)},
            PYTHON,
            "Lambda may not be allowed to read app.py (mode 0000) and 1 more: "
            "chmod files to 644, and folders and programs to 755, before they are zipped",
            id="modes",
        ),
        pytest.param(
            {"app.py": "", "lib\\x.py": ""},
            PYTHON,
            "names have backslashes, of which Linux makes no folders: lib\\x.py",
            id="backslashes",
        ),
        pytest.param(
            {"app.py": "", "../x.py": "", "/y.py": ""},
            PYTHON,
            "names lead out of the package's folder: ../x.py and 1 more",
            id="names that lead out",
        ),
        pytest.param(
            {"app.py": File("x" * 99, method=zipfile.ZIP_BZIP2)},
            PYTHON,
            "files are compressed by bzip2, which Lambda may not unzip: app.py; deflate them",
            id="bzip2",
        ),
        pytest.param(
            {"Orders.dll": "", "a.deps.json": "", "b.deps.json": "", "Orders.runtimeconfig.json": ""},
            DOTNET,
            "Orders.deps.json, without which .NET may not start, is not in the package",
            id=".NET",
        ),
    ],
)
def test_what_likely_keeps_it_from_running_is_said_in_a_sentence(
    files: dict[str, File | bytes | str], function: FunctionState, doubt: str
) -> None:
    assert doubts_of(files, function) == (doubt,)
    assert absent_handler(contents_of(files), function) is None


def test_a_name_that_comes_twice_is_doubted() -> None:
    contents = read_contents(io.BytesIO(zip_of_all([("app.py", File("1")), ("app.py", File("2"))])))
    (doubt,) = doubts(contents, PYTHON, "orders")
    assert doubt == "names are in the package twice, and which one Lambda keeps is open: app.py"


def test_a_directory_that_was_not_read_is_said_and_nothing_else() -> None:
    (doubt,) = doubts(Contents(is_read=False), PYTHON, "orders")
    assert "was not checked" in doubt
    assert absent_handler(Contents(is_read=False), PYTHON) is None


@pytest.mark.parametrize(
    ("files", "function", "kind"),
    [
        pytest.param({"main.py": ""}, PYTHON, "module", id="Python"),
        pytest.param({"main.js": "", "node_modules/x/index.js": ""}, NODE, "module", id="Node"),
        pytest.param({"com/Billing.class": ""}, JAVA, "class", id="Java"),
        pytest.param({"Billing.dll": ""}, DOTNET, "assembly", id=".NET"),
        pytest.param({"main": GO}, CUSTOM, "program", id="custom"),
    ],
)
def test_a_handler_that_nothing_can_be_is_absent(
    files: dict[str, File | bytes | str], function: FunctionState, kind: str
) -> None:
    contents = contents_of(files)
    found = absent_handler(contents, function)
    assert found
    assert found.sought.kind == kind
    extended = replace(function, is_extended=True)
    assert absent_handler(contents, extended) is None
    assert "its layers must bring it" in doubts(contents, extended, "orders")[0]
    led = replace(function, has_own_paths=True)
    assert absent_handler(contents, led) is None
    assert "its variables must lead to it" in doubts(contents, led, "orders")[0]


def test_a_module_elsewhere_is_not_doubted_where_variables_may_lead_to_it() -> None:
    files: dict[str, File | bytes | str] = {"src/app.py": "", "x.py": ""}
    assert doubts_of(files, replace(PYTHON, has_own_paths=True)) == ()
    assert len(doubts_of(files, replace(PYTHON, is_extended=True))) == 1


# Modules of Node.js


@pytest.mark.parametrize(
    ("files", "doubt"),
    [
        pytest.param({"index.js": ES}, "index.js is written as an ES module, but is loaded", id="no type"),
        pytest.param(
            {"index.js": "import{a}from'b';export{a as handler};"}, "as a CommonJS module", id="in one line"
        ),
        pytest.param(
            {"index.js": ES, "package.json": "{"}, "as a CommonJS module", id="a broken package.json"
        ),
        pytest.param({"index.cjs": ES}, "index.cjs is written as an ES module", id="a .cjs"),
        pytest.param({"index.mjs": COMMON}, "index.mjs is written as a CommonJS module", id="a .mjs"),
        pytest.param(
            {"index.js": COMMON, "package.json": '{"type": "module"}'},
            "is written as a CommonJS module, but is loaded as an ES module: name it .cjs",
            id="a type",
        ),
    ],
)
def test_a_script_that_is_loaded_as_another_kind_of_module_is_doubted(
    files: dict[str, File | bytes | str], doubt: str
) -> None:
    (said,) = doubts_of(files, NODE)
    assert doubt in said


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exports.handler = () => import('x')", id="import() in CommonJS"),
        pytest.param("/* \nimport x from 'y'\n*/\nexports.handler = 1", id="a comment"),
        pytest.param("// import x from 'y'\nmodule.exports = 1", id="a comment of one line"),
        pytest.param("importScripts('x')\nexports.a = 1", id="a longer word"),
        pytest.param("var a=1;function b(){}", id="neither"),
    ],
)
def test_a_script_in_common_js_is_known(script: str) -> None:
    assert doubts_of({"index.js": script}, NODE) == ()


def test_a_bundle_of_modules_of_the_other_kind_is_not_doubted() -> None:
    bundled = 'var require_x = __commonJS({\n  "x.js"(exports, module) {\n    module.exports = 1;\n  }\n});\n'
    assert doubts_of({"index.mjs": bundled + "var a = require_x();\n"}, NODE) == ()


def test_the_nearest_package_json_says_the_type() -> None:
    function = replace(NODE, handler="src/deep/index.handler")
    files: dict[str, File | bytes | str] = {"src/deep/index.js": ES, "package.json": "{}"}
    assert len(doubts_of(files, function)) == 1
    assert doubts_of(files | {"src/package.json": '{"type": "module"}'}, function) == ()
