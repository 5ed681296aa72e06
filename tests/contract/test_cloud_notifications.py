"""Events and messages, in memory and on the local AWS alike."""

from decimal import Decimal

from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from tests.contract.surroundings import Surroundings


def a_transition(deployment: str, execution: str = "arn:execution", reason: str = "why") -> Transition:
    return Transition(
        deployment=deployment,
        execution=execution,
        state=State.CLOSED,
        key="closed#00000",
        at="2026-11-24T09:00:00+00:00",
        targets=(TargetLine("orders", "live", "41", "42", Decimal("12.5")),),
        reason=reason,
        outcome=Outcome.DEPLOYED,
    )


def test_a_transition_is_one_event_and_one_message(cloud: Surroundings, name: str) -> None:
    told = a_transition(name)
    cloud.notifications.publish(told)
    assert cloud.event_of(name) == told.to_json()
    message = cloud.message_of(name)
    assert (message.subject, message.body) == (told.subject, told.message)


def test_what_has_no_execution_yet_can_be_told_too(cloud: Surroundings, name: str) -> None:
    cloud.notifications.publish(a_transition(name, execution=""))
    assert cloud.event_of(name)["execution"] == ""


def test_the_words_of_people_arrive_as_they_are(cloud: Surroundings, name: str) -> None:
    cloud.notifications.publish(a_transition(name, reason='Übergabe "B" — 日本\nzweite Zeile'))
    assert cloud.event_of(name)["reason"] == 'Übergabe "B" — 日本\nzweite Zeile'
    assert "Übergabe" in cloud.message_of(name).body
