"""Where a story hears what people are told."""

import json
from collections.abc import Mapping
from typing import Any

from tests.e2e.world import World


class Mailbox:
    """A queue that takes all messages of the stack's topic, and all events that match a pattern."""

    def __init__(self, world: World, name: str, pattern: Mapping[str, Any]) -> None:
        self._sqs, self._sns, self._events = (
            world.aws.client(service) for service in ("sqs", "sns", "events")
        )
        self._name = name
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        address = {"QueueUrl": self._queue, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**address)["Attributes"]["QueueArn"]
        self._subscription = self._sns.subscribe(
            TopicArn=world.outputs["NotificationTopicArn"],
            Protocol="sqs",
            Endpoint=arn,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        self._events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        self._events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        self._letters: list[dict[str, Any]] = []

    def events(self, source: str) -> list[dict[str, Any]]:
        """EventBridge events of one source, as far as they have arrived."""
        return [letter for letter in self._arrived() if letter.get("source") == source]

    def transitions(self, deployment: str) -> list[dict[str, Any]]:
        """hotplug's events about one deployment."""
        return [event for event in self.events("hotplug") if event["detail"]["deployment"] == deployment]

    def messages(self, about: str) -> list[dict[str, Any]]:
        """SNS notifications that name something, as far as they have arrived."""
        mine = (letter for letter in self._arrived() if letter.get("Type") == "Notification")
        return [letter for letter in mine if about in f"{letter['Subject']}\n{letter['Message']}"]

    def _arrived(self) -> list[dict[str, Any]]:
        while letters := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for letter in letters:
                self._letters.append(json.loads(letter["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=letter["ReceiptHandle"])
        return self._letters

    def close(self) -> None:
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._events.remove_targets(Rule=self._name, Ids=["queue"])
        self._events.delete_rule(Name=self._name)
        self._sqs.delete_queue(QueueUrl=self._queue)
