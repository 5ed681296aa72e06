"""Notifications: one EventBridge event and one SNS message for each transition."""

import json
from typing import TYPE_CHECKING, Protocol

from hotplug.aws.errors import translated
from hotplug.core.deployment.transition import DETAIL_TYPE, SOURCE, Transition
from hotplug.core.errors import TryAgainError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient


class Notifications(Protocol):
    """Notifications of transitions."""

    def publish(self, transition: Transition) -> None:
        """Publish a transition, at least once."""


class AwsNotifications:
    """Notifications on the default event bus and one SNS topic."""

    def __init__(self, events: "EventBridgeClient", sns: "SNSClient", topic: str) -> None:
        self._events, self._sns, self._topic = events, sns, topic

    def publish(self, transition: Transition) -> None:
        """PutEvents and Publish; Publish is tried even if PutEvents fails."""
        try:
            self._put_event(transition)
        finally:
            self._send(transition)

    def _put_event(self, transition: Transition) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(transition.to_json()),
            "Resources": [transition.execution] if transition.execution else [],
        }
        with translated():
            answer = self._events.put_events(Entries=[entry])  # type: ignore[list-item]
        if answer["FailedEntryCount"]:
            raise TryAgainError(f"EventBridge refused the event: {answer['Entries']}")

    def _send(self, transition: Transition) -> None:
        attributes = {"state": str(transition.state), "outcome": str(transition.outcome or "none")}
        with translated():
            self._sns.publish(
                TopicArn=self._topic,
                Subject=transition.subject,
                Message=transition.message,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
