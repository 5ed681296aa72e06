"""Behaviour of a deployment whose target is busy."""

from enum import StrEnum


class OnBusy(StrEnum):
    """The action of a deployment while another deployment holds one of its targets."""

    REJECT = "reject"
    WAIT = "wait"
    REPLACE = "replace"

    @property
    def queues(self) -> bool:
        """Whether the deployment waits in a queue until it holds its targets."""
        return self is not OnBusy.REJECT
