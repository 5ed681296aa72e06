"""SAM CLI against a local AWS, with settings that avoid its waits."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.aws import places

_DEPLOY_SECONDS = 600
_SAMCONFIG_ENVIRONMENT = "local"


class SamFailed(Exception):
    """SAM CLI failed or timed out; the message has the end of its output."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stack to build and deploy; `directory` is for SAM's intermediate files."""

    stack: str
    template_directory: Path
    directory: Path
    bucket: str
    parameters: Mapping[str, str]


def build_and_deploy(deployment: Deployment, environment: Mapping[str, str]) -> None:
    """Build and deploy. Raises `SamFailed`. Deployments with different `directory`s are independent."""
    built = deployment.directory / "build"
    settings = _environment(deployment.directory, environment)
    template = deployment.template_directory / "template.yaml"
    build = ["build", "--template-file", str(template), "--build-dir", str(built), "--cached"]
    _run([*build, "--cache-dir", str(deployment.directory / "cache")], settings, deployment)
    deploy = ["deploy", "--template-file", str(built / "template.yaml"), "--stack-name", deployment.stack]
    _run([*deploy, *_deploy_options(deployment)], settings, deployment)


def _deploy_options(deployment: Deployment) -> list[str]:
    overrides = [f"{name}={_quoted(value)}" for name, value in deployment.parameters.items()]
    return [
        *("--s3-bucket", deployment.bucket, "--s3-prefix", deployment.stack),
        *(
            "--region",
            places.REGION,
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
        ),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
        *(["--parameter-overrides", *overrides] if overrides else []),
        *_samconfig(deployment.template_directory),
    ]


def _quoted(value: str) -> str:
    """Quote a value with blanks or quotes, in SAM CLI's syntax."""
    return f'"{value.replace('"', '\\"')}"' if {" ", '"'} & {*value} else value


def _samconfig(template_directory: Path) -> list[str]:
    """Options for the `local` environment of the template's samconfig, if there is one."""
    path = template_directory / "samconfig.toml"
    if not path.exists() or _SAMCONFIG_ENVIRONMENT not in tomllib.loads(path.read_text()):
        return []
    return ["--config-file", str(path), "--config-env", _SAMCONFIG_ENVIRONMENT]


def _environment(directory: Path, aws: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_CLI_"))
    }
    interpreters = [
        str(places.sam().parent),
        str(Path(sys.executable).parent),
        os.environ.get("PATH", os.defpath),
    ]
    return {
        **inherited,
        **aws,
        "PATH": os.pathsep.join(interpreters),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "__SAM_CLI_APP_DIR": str(directory / "sam-settings"),
    }


def _run(arguments: Sequence[str], environment: Mapping[str, str], deployment: Deployment) -> None:
    deployment.directory.mkdir(parents=True, exist_ok=True)
    log = deployment.directory / f"sam-{arguments[0]}.log"
    with log.open("w") as output:
        try:
            ended = subprocess.run(
                [str(places.sam()), *arguments],
                cwd=deployment.directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_DEPLOY_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SamFailed(
                f"sam {arguments[0]} of {deployment.stack} did not end in {_DEPLOY_SECONDS} s"
            ) from None
    if ended.returncode:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise SamFailed(f"sam {arguments[0]} of {deployment.stack} failed; {log}:\n{said}")
