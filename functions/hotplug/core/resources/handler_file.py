"""The file of a handler: where each runtime looks for it in a package.

The rules are those of AWS' runtime interface clients: awslambdaric's bootstrap.py (Python), UserFunction.js
(Node.js), HandlerInfo and CustomerClassLoader (Java), lambda_handler.rb (Ruby), bootstrap-al2023.sh of
Amazon.Lambda.RuntimeSupport (.NET), and "Couldn't find valid bootstrap(s): [/var/task/bootstrap
/opt/bootstrap]" of the custom runtimes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, normpath

from hotplug.core.resources.function import FunctionState

TASK_ROOT = "/var/task/"
"""The folder to which Lambda unzips a package."""
TRIPLES = {"x86_64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
"""Platforms in the names of Python's extension modules."""
TYPESCRIPT = 24
"""The first release of Node.js with which the runtime loads TypeScript too."""
DEPENDENCIES = re.compile(r"(^|[/\\])(node_modules|site-packages|gems)[/\\]")
FINDER = ("__MACOSX/", ".DS_Store")
"""Files that macOS' Finder adds to a zip."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Files that a runtime tries. `name` is what the handler names, `files` are those it tries, in order.

    `kind` is what it looks for, in a word. `also` says of any other file whether the handler may be in it.
    `stem` is the name of the file without its folder and its suffix, by which files are found that may be
    meant, and `maybe` finds more of them.
    """

    name: str
    stem: str
    files: tuple[str, ...]
    kind: str = "module"
    also: Callable[[str], bool] = lambda _: False
    maybe: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Found:
    """The file that answers, empty if there is none; then `elsewhere` are files that may be meant."""

    sought: Sought
    file: str = ""
    elsewhere: tuple[str, ...] = ()

    @property
    def is_absent(self) -> bool:
        """Whether nothing in the package may be meant."""
        return not self.file and not self.elsewhere


def handler_file(files: Mapping[str, object], function: FunctionState) -> Found | None:
    """Return where the handler is; None if that is not known of the runtime, or the handler names no file."""
    rule = next((rule for name, rule in RULES.items() if function.runtime.startswith(name)), None)
    sought = rule(function) if rule and files else None
    if sought is None:
        return None
    file = next((file for file in sought.files if file in files), "")
    file = file or next(filter(sought.also, files), "")
    return Found(sought, file, () if file else tuple(_elsewhere(files, sought)))


def wrapping_folder(files: Mapping[str, object]) -> str:
    """Return the one folder in which everything is, but what macOS adds; empty if there is none."""
    tops = {name.partition("/")[0] if "/" in name else "" for name in files if not _is_of_finder(name)}
    return tops.pop() if len(tops) == 1 else ""


def _is_of_finder(name: str) -> bool:
    return name.startswith(FINDER[0]) or name.rpartition("/")[2] == FINDER[1]


def _elsewhere(files: Mapping[str, object], sought: Sought) -> Iterator[str]:
    """Yield the files with the handler's name in other folders, or with another suffix.

    Those of dependencies are left out: nearly each has its own index.js.
    """
    for file in files:
        stems = (part.partition(".")[0] for part in re.split(r"[/\\]", file))
        is_meant = sought.stem in stems or sought.maybe(file)
        if is_meant and not _is_of_finder(file) and not DEPENDENCIES.search(file):
            yield file


def _path(text: str) -> str:
    """Return a path as one below the task root; empty if it leads out of it, to layers for example."""
    path = normpath(text.removeprefix(TASK_ROOT))
    return "" if path.startswith(("/", "..")) or path == "." else path


def _python(function: FunctionState) -> Sought | None:
    """MODULE.FUNCTION, split at the last dot; slashes count as dots."""
    module = function.handler.rpartition(".")[0].replace("/", ".")
    path = module.replace(".", "/")
    if not module or "" in module.split("."):
        return None
    version = function.runtime.removeprefix("python").replace(".", "")
    native = f".cpython-{version}-{TRIPLES.get(function.architecture, '')}.so"
    suffixes = (".py", "/__init__.py", native, ".abi3.so", ".so", ".pyc", "/__init__.pyc")
    return Sought(module, basename(path), tuple(path + suffix for suffix in suffixes))


def _node(function: FunctionState) -> Sought | None:
    """[FOLDER/]MODULE.EXPORT[.EXPORT...], split at the first dot after the last slash.

    Without such a file, Node.js looks for a package of that name.
    """
    folder, _, base = function.handler.rpartition("/")
    module, _, export = base.partition(".")
    path = _path(f"{folder}/{module}" if folder else module)
    if not (module and export and path):
        return None
    suffixes = ["", ".js", ".mjs", ".cjs", "/index.js", "/package.json"]
    if node_version(function) >= TYPESCRIPT:
        suffixes[4:4] = [".ts", ".mts", ".cts"]
    package = re.compile(rf"({re.escape(path[: -len(module)])})?node_modules/{re.escape(module)}(/|\.js$)")
    files = tuple(path + suffix for suffix in suffixes)
    return Sought(path, module, files, also=lambda file: bool(package.match(file)))


def node_version(function: FunctionState) -> int:
    """Return the major version of Node.js that a runtime has; 0 if its name says none."""
    found = re.match(r"nodejs(\d+)", function.runtime)
    return int(found[1]) if found else 0


def _java(function: FunctionState) -> Sought | None:
    """PACKAGE.CLASS[::METHOD], a class in the package itself or in a jar in lib/. Other jars are not read."""
    name = function.handler.rpartition("::")[0] or function.handler
    path = name.replace(".", "/")
    jar = re.compile(r"lib/[^/]+\.jar")
    if not name:
        return None
    return Sought(
        name,
        basename(path),
        (f"{path}.class",),
        "class",
        also=lambda file: bool(jar.fullmatch(file)),
        maybe=lambda file: file.endswith(".jar"),
    )


def _ruby(function: FunctionState) -> Sought | None:
    """FILE.METHOD or FILE.CLASS.METHOD."""
    parts = function.handler.split(".")
    path = _path(parts[0])
    if len(parts) not in {2, 3} or not path:
        return None
    return Sought(path, basename(path), (f"{path}.rb", f"{path}.so"))


def _dotnet(function: FunctionState) -> Sought | None:
    """ASSEMBLY::TYPE::METHOD, or the name of an assembly or a program that runs by itself."""
    assembly = function.handler.partition(":")[0].removesuffix(".dll")
    files = (f"{assembly}.dll",) if ":" in function.handler else (f"{assembly}.dll", assembly)
    return Sought(assembly, assembly.partition(".")[0], files, "assembly") if assembly else None


def _go(function: FunctionState) -> Sought | None:
    """The path of a program."""
    path = _path(function.handler)
    return Sought(path, basename(path), (path,), "program") if path else None


def _custom(_: FunctionState) -> Sought:
    """A program of this name, whatever the handler is."""
    return Sought(BOOTSTRAP, BOOTSTRAP, (BOOTSTRAP,), "program")


BOOTSTRAP = "bootstrap"
RULES: Mapping[str, Callable[[FunctionState], Sought | None]] = {
    "python": _python,
    "nodejs": _node,
    "java": _java,
    "ruby": _ruby,
    "dotnet": _dotnet,
    "go1": _go,
    "provided": _custom,
}
"""Readers of a handler, by the beginning of the runtime's name."""
