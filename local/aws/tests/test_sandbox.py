"""Execution environments, with a runtime in place of `awslambdaric` that does what its calls say."""

import json
import os
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from hotplug_emulator.forked import ForkServer
from hotplug_emulator.runtime_api import Call, Reply, RuntimeApi
from hotplug_emulator.sandbox import INIT_SECONDS, InitFailed, Launch, Outcome, Sandbox

RUNTIME = textwrap.dedent("""
    import json, os, sys, time, urllib.request
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"

    def post(path, value):
        body = json.dumps(value).encode()
        urllib.request.urlopen(urllib.request.Request(f"{api}/{path}", body, method="POST"))

    print("init of", sys.argv[1])
    if "INIT_ERROR" in os.environ:
        post("init/error", {"errorType": "Runtime.ImportModuleError"})
        sys.exit(1)
    if "INIT_SLOW" in os.environ:
        with open("begun", "a") as begun:
            begun.write("once ")
        if open("begun").read().count("once") <= int(os.environ["INIT_SLOW"]):
            time.sleep(60)
    if "INIT_EXIT" in os.environ:
        os._exit(int(os.environ["INIT_EXIT"]))
    while True:
        with urllib.request.urlopen(f"{api}/invocation/next") as call:
            request_id = call.headers["Lambda-Runtime-Aws-Request-Id"]
            asked = json.load(call)
            headers = dict(call.headers)
        print("asked", asked)
        if "exit" in asked:
            os._exit(asked["exit"])
        time.sleep(asked.get("sleep", 0))
        if "error" in asked:
            post(f"invocation/{request_id}/error", {"errorType": asked["error"]})
        else:
            post(f"invocation/{request_id}/response", headers)
""")

type Start = Callable[..., Sandbox]


INTERPRETER = (sys.executable, "-S")


@pytest.fixture(scope="session")
def forking() -> Iterator[ForkServer]:
    server = ForkServer(INTERPRETER, [])
    yield server
    server.stop()


@pytest.fixture(params=["an interpreter of its own", "a fork"])
def start(request: pytest.FixtureRequest, forking: ForkServer, tmp_path: Path) -> Iterator[Start]:
    started: list[Sandbox] = []
    (tmp_path / "runtime.py").write_text(RUNTIME)
    command = [*INTERPRETER, "-m", "runtime"]
    server = forking if request.param == "a fork" else None
    unbuffered = {"PYTHONUNBUFFERED": "1"}
    launch = Launch(command, tmp_path, "app.handler", unbuffered, "7", 1, 128, server)

    def start(init: float = INIT_SECONDS, timeout: int = 1, **environment: str) -> Sandbox:
        asked = replace(launch, environment=unbuffered | environment, timeout_seconds=timeout)
        started.append(Sandbox(asked, init))
        return started[-1]

    yield start
    for sandbox in started:
        sandbox.stop()


def ask(sandbox: Sandbox, **asked: Any) -> Outcome:
    return sandbox.invoke("request-1", json.dumps(asked).encode(), "arn:live", "Root=1")


def test_a_call_is_answered_with_what_the_runtime_says(start: Start) -> None:
    outcome = ask(start())
    answered = json.loads(outcome.reply.payload)
    assert answered["Lambda-Runtime-Invoked-Function-Arn"] == "arn:live"
    assert answered["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert not outcome.reply.is_error


def test_logs_of_init_belong_to_the_first_call_and_each_call_has_its_own(start: Start) -> None:
    sandbox = start()
    first, second = ask(sandbox, a=1).logs.splitlines(), ask(sandbox, b=2).logs.splitlines()
    assert first[:3] == ["START RequestId: request-1 Version: 7", "init of app.handler", "asked {'a': 1}"]
    assert "Init Duration" in first[-1]
    assert second[1:3] == ["asked {'b': 2}", "END RequestId: request-1"]
    assert "Init Duration" not in second[-1]


def test_an_error_of_the_function_keeps_the_environment(start: Start) -> None:
    sandbox = start()
    outcome = ask(sandbox, error="NoMoney")
    assert outcome.reply == Reply(b'{"errorType": "NoMoney"}', is_error=True)
    assert sandbox.alive


def test_a_call_that_takes_too_long_times_out_and_ends_the_environment(start: Start) -> None:
    sandbox = start()
    outcome = ask(sandbox, sleep=30)
    assert json.loads(outcome.reply.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: request-1 Error: Task timed out after 1.00 seconds",
    }
    assert 1000 <= outcome.duration_milliseconds < 5000
    sandbox.stop()
    assert not sandbox.alive


@pytest.mark.parametrize(
    ("status", "what"),
    [(3, "Runtime exited with error: exit status 3"), (0, "Runtime exited without providing a reason")],
)
def test_a_runtime_that_exits_is_an_exit_error_at_once(start: Start, status: int, what: str) -> None:
    outcome = ask(start(), exit=status)
    assert json.loads(outcome.reply.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: request-1 Error: {what}",
    }
    assert "asked" in outcome.logs


def test_an_init_error_is_the_runtimes_own(start: Start) -> None:
    with pytest.raises(InitFailed) as failed:
        start(INIT_ERROR="1")
    assert json.loads(failed.value.payload) == {"errorType": "Runtime.ImportModuleError"}
    assert "init of app.handler" in failed.value.logs


def test_an_exit_during_init_is_an_exit_error(start: Start) -> None:
    with pytest.raises(InitFailed) as failed:
        start(INIT_EXIT="2")
    assert json.loads(failed.value.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "Error: Runtime exited with error: exit status 2",
    }


def test_the_runtime_api_reads_chunked_answers() -> None:
    api = RuntimeApi()
    replies: list[Reply | None] = []
    asking = threading.Thread(target=lambda: replies.append(api.ask(Call("r", b"{}", "arn", "", 0), 5)))
    asking.start()
    base = f"http://{api.address}/2018-06-01/runtime/invocation"
    with urlopen(f"{base}/next") as call:
        assert call.read() == b"{}"
    # urllib sends an iterable in chunks.
    with urlopen(Request(f"{base}/r/response", iter([b"par", b"ts"]), method="POST")) as answer:
        assert answer.status == 202
    asking.join()
    api.close()
    assert replies == [Reply(b"parts", is_error=False)]


def test_an_init_that_takes_too_long_is_begun_again(tmp_path: Path, start: Start) -> None:
    outcome = ask(start(init=2, timeout=20, INIT_SLOW="1"))
    assert not outcome.reply.is_error
    assert (tmp_path / "begun").read_text() == "once once "


def test_an_init_that_also_takes_longer_than_a_call_may_times_out(start: Start) -> None:
    with pytest.raises(InitFailed) as failed:
        start(init=2, INIT_SLOW="2")
    assert json.loads(failed.value.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "Error: Task timed out after 1.00 seconds",
    }


SEEN = textwrap.dedent("""
    import json, os, sys
    import boto3
    is_shared = getattr(boto3, "loaded_by", None) == os.getppid()
    print(json.dumps([is_shared, sys.path[:2], sorted(os.environ), sys.argv, sys.flags.optimize]))
""")


class Forked:
    """What a process sees that a fork server was asked for, beside a layer that has a `boto3`."""

    def __init__(self, directory: Path) -> None:
        self.layer, self.code = directory / "layer", directory / "code"
        for place in (self.layer, self.code):
            place.mkdir()
        (self.layer / "boto3.py").write_text(
            "import os\nloaded_by = os.getpid()\n"
            "class session:\n    client = print\n    Session = lambda *a, **b: session\n"
        )
        (self.code / "seen.py").write_text(SEEN)
        self.server = ForkServer(INTERPRETER, [str(self.layer)])

    def sees(self, **environment: str) -> Any:
        paths = f"{self.code}{os.pathsep}{self.layer}"
        command = [*INTERPRETER, "-m", "seen", "an argument"]
        process = self.server.start(command, self.code, {"PYTHONPATH": paths, **environment})
        with process.stdout:
            output = process.stdout.read()
        assert process.wait() == 0, output
        return json.loads(output)


@pytest.fixture
def forked(tmp_path: Path) -> Iterator[Forked]:
    forked = Forked(tmp_path)
    yield forked
    forked.server.stop()


def test_a_fork_sees_what_a_process_of_its_own_would_see(forked: Forked) -> None:
    is_shared, paths, variables, arguments, optimize = forked.sees(ANY="thing")
    assert is_shared
    assert paths == [str(forked.code), str(forked.code)]
    assert variables == ["ANY", "PYTHONPATH"]
    assert arguments == [str(forked.code / "seen.py"), "an argument"]
    assert optimize == 0


def test_a_function_that_brings_a_package_of_the_layer_has_its_own(forked: Forked) -> None:
    (forked.code / "boto3.py").write_text("")
    assert not forked.sees()[0]


def test_settings_of_the_interpreter_hold_in_a_fork(forked: Forked) -> None:
    assert forked.sees(PYTHONOPTIMIZE="2")[-1] == 2


def test_a_fork_server_that_has_ended_is_started_again(forked: Forked) -> None:
    before = forked.sees()
    forked.server.stop()
    assert forked.sees() == before
