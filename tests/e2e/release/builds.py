"""Bundles of hotplug that a story releases: good ones, and those with one handler broken."""

import io
import secrets
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.bundle import bundle
from tests.e2e.cast import Deployment, Function

type Upload = Callable[..., Deployment]
"""Takes files in place of the release's own, by name."""

BROKEN = {
    "throws at import": "raise RuntimeError('broken at import')\n",
    "throws at call": "def handler(event, context):\n    raise RuntimeError('broken at call')\n",
    "hangs": "import time\n\ndef handler(event, context):\n    time.sleep(50)\n",
    "answers nonsense": "def handler(event, context):\n    return {'nonsense': [1, None, '?']}\n",
}
REFUSES = """from hotplug.core.errors import PlanTooNewError

def handler(event, context):
    raise PlanTooNewError('everything is too new')
"""
"""Passes its trial, and is of no use."""


def release(directory: Path, changes: Mapping[str, str] | None = None) -> bytes:
    """Today's bundle with some files in place of its own, and a mark that makes it new."""
    path = directory / f"{secrets.token_hex(4)}.zip"
    bundle(path)
    changed = {"hotplug/mark.txt": secrets.token_hex(8), **(changes or {})}
    content = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(content, "w") as target:
        for name in source.namelist():
            if name not in changed:
                target.writestr(name, source.read(name))
        for name, text in changed.items():
            target.writestr(name, text)
    return content.getvalue()


def with_handler(name: str, source: str) -> dict[str, str]:
    return {f"hotplug/handlers/{name}.py": source}


def routings(functions: Sequence[Function]) -> list[str]:
    return [function.routing() for function in functions]
