"""Modules of Node.js: how a handler's script is written, and as what it is loaded."""

import json
import re
from collections.abc import Iterator, Mapping
from posixpath import dirname

from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.handler_file import Found, node_version
from hotplug.core.resources.package import Contents, shown_name

ES, COMMON_JS = "an ES module", "a CommonJS module"
DETECTING = 24
"""The first release of Node.js that finds out by itself, in Lambda too, whether a .js is an ES module.

Lambda disables it before: "Node.js 22 ... automatically detecting ES vs CommonJS modules", in Lambda's guide.
"""
_COMMENTS = re.compile(rb"/\*.*?(?:\*/|\Z)|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_ES_MODULE = re.compile(
    rb"(?:^|;)(?:import(?:\s+[\w$]|\s*[{*\"'])|export(?:\s+(?:default|async|class|const|function|let|var)\b|\s*[{*]))",
    re.MULTILINE,
)
"""Static imports and exports, also in one line. `import(` is for both kinds of modules."""
_COMMON_JS = re.compile(
    rb"^(?:[\"']use strict[\"'];?\s*)?(?:module\.exports|exports\.[\w$]+|Object\.defineProperty\(exports)\b",
    re.MULTILINE,
)
"""Exports at the beginning of a line: those of bundled dependencies are indented, or have other names."""


def module_doubts(contents: Contents, found: Found | None, function: FunctionState) -> Iterator[str]:
    """Yield if the handler's script is written as one kind of module, and is loaded as the other."""
    if found is None or not function.runtime.startswith("nodejs"):
        return
    written, loaded = _written(contents.heads.get(found.file, b"")), _loaded(contents, found.file, function)
    if written and loaded and written != loaded:
        cure = 'name it .mjs, or say "type": "module" in package.json'
        if written == COMMON_JS:
            cure = "name it .cjs, or export as an ES module does"
        file = shown_name(found.file)
        yield f"{file} is written as {written}, but is loaded as {loaded}: {cure}"


def _loaded(contents: Contents, file: str, function: FunctionState) -> str:
    """Return as what Node.js loads a script; empty if that depends on the script."""
    match file.rpartition(".")[2]:
        case "mjs":
            return ES
        case "cjs":
            return COMMON_JS
        case "js" if _type(contents.heads, dirname(file)) == "module":
            return ES
        case "js" if node_version(function) < DETECTING:
            return COMMON_JS
    return ""


def _written(head: bytes) -> str:
    """Return the kind of module that the first bytes of a script show; empty if they show none or both."""
    code = _COMMENTS.sub(b"", head)
    is_es, is_common = bool(_ES_MODULE.search(code)), bool(_COMMON_JS.search(code))
    if is_es == is_common:
        return ""
    return ES if is_es else COMMON_JS


def _type(heads: Mapping[str, bytes], folder: str) -> object:
    """Return the "type" of the nearest package.json above a file."""
    while (manifest := f"{folder}/package.json".lstrip("/")) not in heads:
        if not folder:
            return None
        folder = dirname(folder)
    try:
        said = json.loads(heads[manifest])
    except (ValueError, RecursionError):
        return None
    return said.get("type") if isinstance(said, dict) else None
