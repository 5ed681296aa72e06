"""Checks of a package against its function: what certainly keeps it from running, and what likely does."""

import zipfile
from collections.abc import Collection, Iterator

from hotplug.core.resources.binaries import foreign, other_pythons, platform
from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.handler_file import (
    BOOTSTRAP,
    Found,
    handler_file,
    wrapping_folder,
)
from hotplug.core.resources.javascript import module_doubts
from hotplug.core.resources.package import Contents, shown_name

RUN_BY_OTHERS = 0o001
METHODS = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA", 9: "Deflate64", 93: "Zstandard", 95: "XZ"}


def absent_handler(contents: Contents, function: FunctionState) -> Found | None:
    """Return the handler's file if nothing in the package may be it, nor anything beside the package."""
    found = handler_file(contents.files, function)
    if found is None or not found.is_absent or function.is_extended or function.has_own_paths:
        return None
    return found


def doubts(contents: Contents, function: FunctionState, name: str) -> tuple[str, ...]:
    """Describe what may be wrong with the package; each may also be intended."""
    if not contents.is_read:
        return ("the package has more files than hotplug looks at: whether they can run was not checked",)
    found = handler_file(contents.files, function)
    return (
        *_of_handler(contents, found, function, name),
        *_of_assembly(contents, found, function),
        *module_doubts(contents, found, function),
        *_of_bootstrap(contents, function, name),
        *_of_libraries(contents, function, name),
        *_of_modes(contents),
        *_of_names(contents),
        *_of_packing(contents),
    )


def _of_handler(contents: Contents, found: Found | None, function: FunctionState, name: str) -> Iterator[str]:
    """Yield where the file of the handler may be, if it is not where the runtime looks first."""
    if found is None or found.file or (function.has_own_paths and found.elsewhere):
        return
    sought, folder = found.sought, wrapping_folder(contents.files)
    where = next((file for file in sought.files if file != sought.name), sought.name)
    if found.is_absent:
        by = "its layers must bring it" if function.is_extended else "its variables must lead to it"
        yield f"{sought.name}, the {sought.kind} of {name}'s handler, is not in the package: {by}"
    elif folder and _is_found_below(folder, contents, function):
        yield (
            f"everything in the package is in the folder {shown_name(folder)}, but {name} needs {where} at "
            "the top of it: zip what is in the folder, not the folder"
        )
    else:
        others = _listed(found.elsewhere)
        yield f"{where}, which {name} needs for {function.handler}, is not in the package, only {others}"


def _is_found_below(folder: str, contents: Contents, function: FunctionState) -> bool:
    """Return whether the runtime would find the handler if the folder were the package."""
    inside = {name.removeprefix(f"{folder}/"): mode for name, mode in contents.files.items()}
    found = handler_file(inside, function)
    return bool(found and found.file)


def _of_assembly(contents: Contents, found: Found | None, function: FunctionState) -> Iterator[str]:
    """Yield the files without which .NET does not start an assembly; a single one may have another name."""
    if not function.runtime.startswith("dotnet") or ":" not in function.handler or not (found and found.file):
        return
    for suffix in (".deps.json", ".runtimeconfig.json"):
        tops = [file for file in contents.files if file.endswith(suffix) and "/" not in file]
        if f"{found.sought.name}{suffix}" not in tops and len(tops) != 1:
            yield f"{found.sought.name}{suffix}, without which .NET may not start, is not in the package"


def _of_bootstrap(contents: Contents, function: FunctionState, name: str) -> Iterator[str]:
    """Yield what keeps a runtime of one's own from starting."""
    if not function.runtime.startswith("provided") or BOOTSTRAP not in contents.files:
        return
    mode, head = contents.files[BOOTSTRAP], contents.heads.get(BOOTSTRAP, b"")
    if mode is None:
        yield f"the package does not say that {BOOTSTRAP} may be run, as it was zipped without Unix modes"
    elif not mode & RUN_BY_OTHERS:
        yield f"{BOOTSTRAP} may not be run (mode {_octal(mode)}): chmod 755 it before it is zipped"
    built = platform(head)
    if built and built != function.architecture:
        yield f"{BOOTSTRAP} is built for {built}, but {name} runs on Linux {function.architecture}"
    if head.startswith(b"#!") and head.partition(b"\n")[0].endswith(b"\r"):
        yield f"the first line of {BOOTSTRAP} ends as on Windows (CR LF): Linux does not find its interpreter"
    elif head and not built and not head.startswith(b"#!"):
        yield f"{BOOTSTRAP} is neither a program for Linux nor a script that begins with #!"


def _of_libraries(contents: Contents, function: FunctionState, name: str) -> Iterator[str]:
    strangers = foreign(contents.heads, function.architecture)
    if strangers:
        built = " and ".join(sorted(set(strangers.values())))
        yield (
            f"native libraries in the package are for {built}, but {name} runs on {function.architecture}: "
            f"{_listed(strangers)}"
        )
    if function.runtime.startswith("python"):
        others = [*other_pythons(contents.files, function.runtime)]
        if others:
            yield f"extension modules are for another Python than {function.runtime}: {_listed(others)}"


def _of_modes(contents: Contents) -> Iterator[str]:
    if contents.unreadable:
        file, mode = next(iter(contents.unreadable.items()))
        more = len(contents.unreadable) - 1
        others = f" and {more:,} more" if more else ""
        yield (
            f"Lambda may not be allowed to read {shown_name(file)} (mode {_octal(mode)}){others}: "
            "chmod files to 644, and folders and programs to 755, before they are zipped"
        )


def _of_names(contents: Contents) -> Iterator[str]:
    backslashes = [file for file in contents.files if "\\" in file]
    if backslashes:
        yield f"names have backslashes, of which Linux makes no folders: {_listed(backslashes)}"
    leading_out = [file for file in contents.files if file.startswith("/") or ".." in file.split("/")]
    if leading_out:
        yield f"names lead out of the package's folder: {_listed(leading_out)}"
    if contents.twice:
        yield f"names are in the package twice, and which one Lambda keeps is open: {_listed(contents.twice)}"


def _of_packing(contents: Contents) -> Iterator[str]:
    if contents.packed:
        methods = {METHODS.get(method, f"method {method}") for method in contents.packed.values()}
        yield (
            f"files are compressed by {' and '.join(sorted(methods))}, which Lambda may not unzip: "
            f"{_listed(contents.packed)}; deflate them"
        )


def _listed(names: Collection[str]) -> str:
    """Return the first name, and how many there are more."""
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{shown_name(next(iter(names)))}{more}"


def _octal(mode: int) -> str:
    return f"{mode & 0o7777:04o}"
