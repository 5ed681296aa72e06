"""An AWS in memory, and no sockets."""

from tests.support.fixtures import cloud, no_sockets, router

__all__ = ["cloud", "no_sockets", "router"]
