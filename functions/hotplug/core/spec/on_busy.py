"""Behaviour of a deployment whose target is busy."""

from enum import StrEnum


class OnBusy(StrEnum):
    """What a deployment does while another one moves a target of its own."""

    REJECT = "reject"
    WAIT = "wait"
    REPLACE = "replace"

    @property
    def queues(self) -> bool:
        """Whether it has a place in line until it holds its targets."""
        return self is not OnBusy.REJECT
