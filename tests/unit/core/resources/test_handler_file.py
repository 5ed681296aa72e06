"""Where each runtime finds its handler in a package."""

from dataclasses import replace

import pytest

from hotplug.core.resources.handler_file import handler_file, wrapping_folder
from tests.unit.core.planning.test_planner import NEW_CODE

PYTHON, NODE, JAVA, RUBY, DOTNET, CUSTOM = (
    "python3.13",
    "nodejs22.x",
    "java21",
    "ruby3.4",
    "dotnet8",
    "provided.al2023",
)


def p(*values: object, id: str) -> object:  # noqa: A002 - as pytest calls it
    return pytest.param(*values, id=id)


@pytest.mark.parametrize(
    ("runtime", "handler", "paths", "file"),
    [
        p(PYTHON, "app.handler", ["app.py"], "app.py", id="Python: a file"),
        p(PYTHON, "app.handler", ["app/__init__.py"], "app/__init__.py", id="Python: a package"),
        p(PYTHON, "a.b.c.handler", ["a/b/c.py"], "a/b/c.py", id="Python: dots"),
        p(PYTHON, "a/b/c.handler", ["a/b/c.py"], "a/b/c.py", id="Python: slashes"),
        p(PYTHON, "a/b.c.handler", ["a/b/c.py"], "a/b/c.py", id="Python: both"),
        p(PYTHON, "app.handler", ["app.pyc"], "app.pyc", id="Python: compiled"),
        p(
            PYTHON,
            "app.handler",
            ["app.cpython-313-x86_64-linux-gnu.so"],
            "app.cpython-313-x86_64-linux-gnu.so",
            id="Python: native",
        ),
        p(PYTHON, "app.handler", ["app.cpython-311-x86_64-linux-gnu.so"], "", id="Python: of another one"),
        p(PYTHON, "app.handler", ["app/main.py"], "", id="Python: a folder alone"),
        p(PYTHON, "app.handler", ["src/app.py"], "", id="Python: in another folder"),
        p(NODE, "index.handler", ["index.js"], "index.js", id="Node: a file"),
        p(NODE, "index.api.create", ["index.js"], "index.js", id="Node: a nested export"),
        p(NODE, "src/index.api.v1.create", ["src/index.mjs"], "src/index.mjs", id="Node: both"),
        p(NODE, "./src/index.handler", ["src/index.cjs"], "src/index.cjs", id="Node: a dot before it"),
        p(NODE, "/var/task/src/index.handler", ["src/index.js"], "src/index.js", id="Node: the whole path"),
        p(NODE, "v1.2/index.handler", ["v1.2/index.js"], "v1.2/index.js", id="Node: a folder with a dot"),
        p(NODE, "index.handler", ["index"], "index", id="Node: without suffix"),
        p(NODE, "api.handler", ["api/index.js"], "api/index.js", id="Node: a folder"),
        p(
            NODE,
            "api.handler",
            ["node_modules/api/main.js"],
            "node_modules/api/main.js",
            id="Node: a package",
        ),
        p(NODE, "index.handler", ["node_modules/api/index.js"], "", id="Node: of another package"),
        p(NODE, "index.handler", ["index.ts"], "", id="Node: TypeScript"),
        p("nodejs24.x", "index.handler", ["index.ts"], "index.ts", id="Node 24: TypeScript"),
        p(JAVA, "com.Orders::handle", ["com/Orders.class"], "com/Orders.class", id="Java: a class"),
        p(JAVA, "com.Orders", ["com/Orders.class"], "com/Orders.class", id="Java: an interface"),
        p(JAVA, "com.A$B::c", ["com/A$B.class"], "com/A$B.class", id="Java: a class in a class"),
        p(JAVA, "com.Orders::handle", ["lib/orders.jar"], "lib/orders.jar", id="Java: a jar"),
        p(JAVA, "com.Orders::handle", ["orders.jar"], "", id="Java: a jar elsewhere"),
        p(JAVA, "com.Orders::handle", ["lib/more/orders.jar"], "", id="Java: a jar further in"),
        p(RUBY, "app.handler", ["app.rb"], "app.rb", id="Ruby: a method"),
        p(RUBY, "app.Orders::Api.handler", ["app.rb"], "app.rb", id="Ruby: of a class"),
        p(RUBY, "lib/app.Orders.handler", ["lib/app.rb"], "lib/app.rb", id="Ruby: in a folder"),
        p(RUBY, "app.handler", ["main.rb"], "", id="Ruby: another file"),
        p(DOTNET, "My.Orders::My.Api::Handle", ["My.Orders.dll"], "My.Orders.dll", id=".NET: a library"),
        p(DOTNET, "My.Orders", ["My.Orders.dll"], "My.Orders.dll", id=".NET: a program"),
        p(DOTNET, "orders", ["orders"], "orders", id=".NET: a native program"),
        p(DOTNET, "My.Orders::My.Api::Handle", ["publish/My.Orders.dll"], "", id=".NET: in a folder"),
        p(CUSTOM, "anything", ["bootstrap"], "bootstrap", id="custom"),
        p(CUSTOM, "bootstrap", ["main"], "", id="custom: another name"),
        p(CUSTOM, "bootstrap", ["bin/bootstrap"], "", id="custom: in a folder"),
        p("go1.x", "bin/orders", ["bin/orders"], "bin/orders", id="Go"),
    ],
)
def test_the_handler_is_where_its_runtime_looks(
    runtime: str, handler: str, paths: list[str], file: str
) -> None:
    found = handler_file(dict.fromkeys(paths), replace(NEW_CODE, runtime=runtime, handler=handler))
    assert found
    assert found.file == file


@pytest.mark.parametrize(
    ("runtime", "handler", "paths"),
    [
        p(PYTHON, "handler", ["main.py"], id="a handler without a module"),
        p(PYTHON, "./app.handler", ["app.py"], id="a module that is no name"),
        p(NODE, "index", ["index.js"], id="a handler without an export"),
        p(NODE, "/opt/nodejs/node_modules/agent/handler.handler", ["index.js"], id="one of a layer"),
        p(RUBY, "app", ["app.rb"], id="a handler without a method"),
        p("", "", ["app.py"], id="an image"),
        p("cobol1", "app.handler", ["app.cbl"], id="a runtime that nobody knows"),
        p(PYTHON, "app.handler", [], id="nothing seen"),
    ],
)
def test_of_some_handlers_nothing_is_known(runtime: str, handler: str, paths: list[str]) -> None:
    assert handler_file(dict.fromkeys(paths), replace(NEW_CODE, runtime=runtime, handler=handler)) is None


@pytest.mark.parametrize(
    ("runtime", "handler", "paths", "elsewhere"),
    [
        p(PYTHON, "app.handler", ["src/app.py", "main.py"], ("src/app.py",), id="another folder"),
        p(PYTHON, "app.handler", ["main.py"], (), id="nowhere"),
        p(NODE, "dist/index.handler", ["dist\\index.mjs"], ("dist\\index.mjs",), id="packed on Windows"),
        p(NODE, "index.handler", ["node_modules/x/index.js"], (), id="a dependency's file"),
        p(NODE, "index.handler", ["__MACOSX/._index.js", "main.js"], (), id="what Finder adds"),
        p(NODE, "index.handler", ["index.ts"], ("index.ts",), id="another suffix"),
        p(JAVA, "com.Orders::x", ["BOOT-INF/classes/com/Orders.class"], 1, id="Spring Boot"),
        p(JAVA, "com.Orders::x", ["orders.jar"], ("orders.jar",), id="a jar beside lib"),
        p(CUSTOM, "x", ["bootstrap.sh"], ("bootstrap.sh",), id="a bootstrap with a suffix"),
        p(DOTNET, "My.Orders::A::B", ["publish/My.Orders.dll"], ("publish/My.Orders.dll",), id=".NET"),
    ],
)
def test_what_may_be_meant_is_known_if_it_is_not_there(
    runtime: str, handler: str, paths: list[str], elsewhere: tuple[str, ...] | int
) -> None:
    found = handler_file(dict.fromkeys(paths), replace(NEW_CODE, runtime=runtime, handler=handler))
    assert found
    assert found.elsewhere == (tuple(paths) if elsewhere == 1 else elsewhere)
    assert found.is_absent == (not elsewhere)


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["a/app.py", "a/lib/x.py"], "a"),
        (["a/app.py", "__MACOSX/a/._app.py", "a/.DS_Store", ".DS_Store"], "a"),
        (["a/app.py", "b/x.py"], ""),
        (["a/app.py", "x.py"], ""),
        (["app.py"], ""),
        ([], ""),
    ],
)
def test_a_wrapping_folder_has_everything_in_it(paths: list[str], folder: str) -> None:
    assert wrapping_folder(dict.fromkeys(paths)) == folder
