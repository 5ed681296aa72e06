"""The event bus and the topic in memory, with SNS's rules for a message."""

import json
from dataclasses import dataclass

from hotplug.core.deployment.transition import Transition
from hotplug.core.plan.plan import Json
from tests.fakes.faults import Surprising, refusal, verb

MAX_BYTES = 262_144
"""Of an SNS message, and of a PutEvents entry."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as a mailbox shows it."""

    subject: str
    body: str


class InMemoryNotifications(Surprising):
    """The `Bulletins` of a test."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Json] = []
        self.messages: list[Message] = []

    @verb
    def publish(self, transition: Transition) -> None:
        detail = json.dumps(transition.to_json())
        if len(detail.encode()) > MAX_BYTES:
            raise refusal(
                "ValidationException",
                "PutEvents",
                "Total size of the entries in the request is over the limit.",
            )
        self.events.append(json.loads(detail))
        subject, body = transition.subject, transition.message
        if not subject.isascii() or not subject.isprintable() or not 0 < len(subject) <= 100:
            raise refusal("InvalidParameter", "Publish", "Invalid parameter: Subject")
        if len(body.encode()) > MAX_BYTES:
            raise refusal("InvalidParameter", "Publish", "Invalid parameter: Message too long")
        self.messages.append(Message(subject, body))
