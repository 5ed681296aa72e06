"""The Lambda Runtime API of one execution environment, served on loopback."""

import queue
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation, as the Runtime API returns it."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_header: str
    deadline_milliseconds: int

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_milliseconds),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace_header,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """The function's answer; `payload` describes the error if `is_error`."""

    payload: bytes
    is_error: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Result of the init phase: ready, an error, or a runtime that ended without a report."""

    error: bytes | None = None
    gone: bool = False


class RuntimeApi:
    """Runtime API of one runtime, for one call at a time, as in one execution environment."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Call | None] = queue.Queue()
        self._replies: queue.Queue[tuple[str, Reply] | None] = queue.Queue()
        self._started: queue.Queue[Start] = queue.Queue()
        self._start_reported = threading.Event()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def wait_for_start(self, seconds: float) -> Start:
        """Wait for the init phase. Raises `queue.Empty` if it has not ended after `seconds`."""
        return self._started.get(timeout=seconds)

    def ask(self, call: Call, seconds: float) -> Reply | None:
        """Return the reply, or `None` if the runtime has ended. Raises `queue.Empty` after `seconds`."""
        self._calls.put(call)
        give_up = time.monotonic() + seconds
        while True:
            answered = self._replies.get(timeout=max(0.0, give_up - time.monotonic()))
            if answered is None:
                return None
            request_id, reply = answered
            if request_id == call.request_id:
                return reply

    def runtime_gone(self) -> None:
        """Release the callers that wait for this runtime."""
        self._report_start(Start(gone=True))
        self._replies.put(None)

    def close(self) -> None:
        self._calls.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next_call(self) -> Call | None:
        self._report_start(Start())
        return self._calls.get()

    def init_failed(self, error: bytes) -> None:
        self._report_start(Start(error=error))

    def answered(self, request_id: str, reply: Reply) -> None:
        self._replies.put((request_id, reply))

    def _report_start(self, start: Start) -> None:
        if not self._start_reported.is_set():
            self._start_reported.set()
            self._started.put(start)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a killed runtime breaks its connection, and `runtime_gone` releases its callers."""


class _Handler(BaseHTTPRequestHandler):
    """The four routes of the Runtime API that `awslambdaric` uses."""

    protocol_version = "HTTP/1.1"
    # Headers and body are sent in one segment without delay: delayed ACKs would cost 40 ms twice a call.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        if not self.path.endswith("/runtime/invocation/next"):
            return self._send(404)
        call = self.server.api.next_call()
        if call is None:
            return self._send(410)
        return self._send(200, call.payload, call.headers())

    def do_POST(self) -> None:
        body = self._body()
        *_, request_id, verb = ["", *self.path.split("/")]
        if self.path.endswith("/runtime/init/error"):
            self.server.api.init_failed(body)
        elif verb in ("response", "error"):
            self.server.api.answered(request_id, Reply(body, is_error=verb == "error"))
        else:
            return self._send(404)
        return self._send(202, b'{"status":"OK"}')

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
