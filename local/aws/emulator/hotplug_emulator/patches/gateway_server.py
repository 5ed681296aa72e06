"""The server in front of all services."""

import functools
from types import SimpleNamespace

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
