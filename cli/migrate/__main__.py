"""Requests from a SAM template or a CodeDeploy AppSpec: `make migrate from=template.yaml`.

    python -m cli.migrate FILE [NAME=VALUE ...] [--into FOLDER]

NAME=VALUE gives what the file lacks. For a template: a parameter, the name of a resource by its logical id,
or AWS::StackName. For an AppSpec: the deployment group's DeploymentConfigName and Alarms (separated by
commas). Without `--into`, the requests are printed as JSON, one after the other. With it, each is written to
FOLDER/<function>/policy.json, the layout of the artifact bucket, or to request.json if it has a source.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.migrate.appspec import from_appspec, is_appspec
from cli.migrate.converted import Converted, Policy
from cli.migrate.sam import from_template
from hotplug.core.parsing.problem import Problem, summary
from local.aws.cloudformation import read_template


def converted(text: str, given: Mapping[str, str]) -> Converted:
    """Convert a file's text, YAML or JSON; its content shows which kind it is."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else read_template(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        return _refused("no YAML or JSON", f"a file that can be read; {' '.join(str(error).split())}")
    if not isinstance(value, Mapping):
        return _refused("no object", "a SAM template or a CodeDeploy AppSpec")
    if is_appspec(value):
        return from_appspec(value, given)
    if isinstance(value.get("Resources"), Mapping):
        return from_template(value, given)
    return _refused("neither", "a SAM template with Resources, or a CodeDeploy AppSpec with a version")


def _refused(given: str, allowed: str) -> Converted:
    return Converted(problems=(Problem("file", given, allowed),))


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0, or 1 after a problem. Then all problems are printed and nothing is written."""
    asked = _parsed(arguments)
    try:
        found = converted(asked.file.read_text(), dict(asked.given))
    except (OSError, UnicodeDecodeError) as error:
        found = _refused(str(asked.file), f"a file that can be read; {error}")
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    if found.problems:
        print(summary(found.problems).replace("touched", "written", 1), file=sys.stderr)
        return 1
    for path, request in _places(asked.into, found.requests):
        body = json.dumps(request, indent=2)
        if path is None:
            print(body)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{body}\n")
        print(path)
    return 0


def _places(folder: Path | None, requests: Sequence[Policy]) -> Iterator[tuple[Path | None, Policy]]:
    for request in requests:
        name = "request.json" if "source" in request else "policy.json"
        yield (folder / request["function"] / name if folder else None), request


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="cli.migrate", description="A template or AppSpec to requests.")
    reader.add_argument("file", type=Path)
    reader.add_argument("given", nargs="*", metavar="NAME=VALUE", type=_pair)
    reader.add_argument("--into", type=Path, metavar="FOLDER")
    return reader.parse_intermixed_args(arguments)


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
