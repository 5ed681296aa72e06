"""The server in front of all services."""

import functools
from types import SimpleNamespace
from typing import Any

from ._version import require_known_emulator


def listen_on_the_given_address() -> None:
    """Twisted's server needs half of the work for a request, but 1.3.2 has it listen on all addresses."""
    require_known_emulator()
    from localemu import config
    from localemu.runtime.server import twisted

    (listen,) = {each.host for each in config.GATEWAY_LISTEN}
    twisted.endpoints = SimpleNamespace(
        TCP4ServerEndpoint=functools.partial(twisted.endpoints.TCP4ServerEndpoint, interface=listen)
    )


def hand_answers_over() -> None:
    """A thread leaves its answer to the server's own; 1.3.2 has it wait until that has written it."""
    require_known_emulator()
    from rolo.serving.twisted import HeaderPreservingWSGIResponse

    def write(self: Any, data: bytes) -> None:
        begins, self.started = not self.started, True

        def in_the_servers_thread() -> None:
            if begins:
                self._sendResponseHeaders()
            self.request.write(data)

        self.reactor.callFromThread(in_the_servers_thread)

    HeaderPreservingWSGIResponse.write = write
