"""What the README tells a user to type does what it says."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from local.aws import places
from local.start import VARIABLES
from tests.e2e.cast import Function
from tests.e2e.story import Given, Then, When
from tests.e2e.world import Aws, World, eventually

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
IN_THE_README = "demo-orders"
"""The function that the README deploys; here it is one of the story's own."""

pytestmark = pytest.mark.emulator


def block(kind: str, having: str, function: Function) -> str:
    """The one block of a kind that has a word in it, told about another function."""
    found = re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    [text] = [text for text in found if having in text]
    assert IN_THE_README in text
    return str(text).replace(IN_THE_README, function.name)


@pytest.fixture
def shell(aws: Aws, world: World, tmp_path: Path) -> Mapping[str, str]:
    """What `.local/env` exports, and an `aws` on the PATH, in a folder of its own."""
    return {
        "PATH": f"{places.emulator_python().parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AWS_PAGER": "",
        "AWS_ENDPOINT_URL": world.functions.meta.endpoint_url,
        "AWS_DEFAULT_REGION": places.REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **{name: world.outputs[output] for name, output in VARIABLES.items()},
    }


def typed(commands: str, shell: Mapping[str, str], folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euc", commands],
        env=dict(shell),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_that_starts_an_execution_swaps_the_function(
    given: Given, then: Then, shell: Mapping[str, str], tmp_path: Path
) -> None:
    orders = given.a_function()

    started = typed(block("sh", "start-execution", orders), shell, tmp_path)

    assert "executionArn" in started
    eventually(lambda: orders.routing() == "2", "the candidate serves")


def test_the_commands_that_upload_a_zip_and_its_policy_swap_the_function(
    given: Given, when: When, then: Then, shell: Mapping[str, str], tmp_path: Path
) -> None:
    orders = given.a_function(latest=None)
    given.an_alarm(name=f"{orders.name}-errors")
    (tmp_path / "policy.json").write_text(block("json", '"alarms"', orders))
    with ZipFile(tmp_path / "orders.zip", "w") as package:
        package.writestr("app.py", "def handler(event, context):\n    return 'from the README'\n")

    typed(block("sh", "aws s3 cp", orders), shell, tmp_path)

    eventually(lambda: orders.routing() == "1, 5 % to 2", "the first step")
    eventually(lambda: orders.routing() == "1, 50 % to 2", "the second step")
    eventually(lambda: orders.routing() == "2", "the candidate serves")
