"""Nothing here opens a socket."""

import pytest


@pytest.fixture(autouse=True)
def no_sockets(socket_disabled: None) -> None:
    """What is fuzzed meets the AWS in memory, and no other."""
