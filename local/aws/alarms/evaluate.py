"""Alarm evaluation of a local AWS: once a second, as in CloudWatch, and through public APIs only.

Run as `python -m local.aws.alarms.evaluate` with AWS_ENDPOINT_URL. This process decides and sets the states.
The emulator publishes each change of state on EventBridge, and runs the alarm's actions.

A state that was set by hand stays while the metric has no data at all. With data it stays for one evaluation
interval: 10 s if the period is shorter than a minute, else a minute. On AWS it stays until the next
evaluation. A composite alarm that was set by hand stays until the state of one of its children changes, as on
AWS.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.alarms import rules as alarm_rules
from local.aws.alarms.metrics import Alarm, Measured, Watched, measure, watched_by
from local.aws.alarms.threshold import ALARM, INSUFFICIENT_DATA, OK, Threshold, Verdict, judge

_TICK_SECONDS = 1.0
# Time after the end of a period in which data may still arrive.
_SETTLE_SECONDS = 2.0
_NEVER_EVALUATED = "Unchecked: Initial alarm creation"
_SHORT_INTERVAL_SECONDS, _INTERVAL_SECONDS = 10, 60

_log = logging.getLogger(__name__)


class AlarmBridge:
    """Evaluation of all alarms.

    Only evaluations write reason data, so an alarm itself shows who set its state.
    """

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch
        self._children: dict[str, dict[str, str]] = {}

    def tick(self, now: float) -> None:
        """Evaluate every alarm once; `now` in epoch seconds."""
        alarms, composites, of_logs = self._describe()
        watched = {alarm["AlarmName"]: seen for alarm in alarms if (seen := _watched(alarm))}
        measured = measure(self._cloudwatch, watched.values(), now)
        states = {alarm["AlarmName"]: str(alarm["StateValue"]) for alarm in [*alarms, *composites, *of_logs]}
        for alarm in alarms:
            if seen := watched.get(alarm["AlarmName"]):
                self._evaluate(alarm, seen, measured, now, states)
        # One round for each possible level of nested composite alarms.
        for _ in composites:
            for composite in composites:
                self._evaluate_composite(composite, states)

    def _describe(self) -> tuple[list[Alarm], list[Alarm], list[Alarm]]:
        """All alarms. Log alarms are not evaluated, but composite alarms may watch them."""
        alarms: list[Alarm] = []
        composites: list[Alarm] = []
        of_logs: list[Alarm] = []
        pages = self._cloudwatch.get_paginator("describe_alarms")
        for page in pages.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"]):
            alarms += page.get("MetricAlarms", [])
            composites += page.get("CompositeAlarms", [])
            of_logs += page.get("LogAlarms", [])
        return alarms, composites, of_logs

    def _evaluate(
        self, alarm: Alarm, watched: Watched, measured: Measured, now: float, states: dict[str, str]
    ) -> None:
        name = alarm["AlarmName"]
        try:
            verdict = evaluated(alarm, watched, measured, now)
        except (ArithmeticError, KeyError, ValueError) as error:
            _log.warning("%s can't be evaluated: %r", name, error)
            return
        if verdict.state in (None, states[name]) or held_by_hand(alarm, verdict, now):
            return
        states[name] = str(verdict.state)
        self._set(name, states[name], verdict.reason, _reason_data(alarm, now))

    def _evaluate_composite(self, alarm: Alarm, states: dict[str, str]) -> None:
        """Evaluate the first time, and whenever the state of a child has changed."""
        name = alarm["AlarmName"]
        if (rule := _rule(alarm)) is None:
            return
        children = {child: states.get(child, "") for child in sorted(alarm_rules.alarms_in(rule))}
        seen = self._children.get(name)
        self._children[name] = children
        if children == seen or (seen is None and set_by_hand(alarm)):
            return
        state = ALARM if alarm_rules.holds(rule, states) else OK
        if state == states[name]:
            return
        states[name] = state
        shown = ", ".join(f"{child} is {its}" for child, its in children.items())
        self._set(name, state, f"{shown}: {alarm['AlarmRule']}", {"triggeringAlarms": _triggering(children)})

    def _set(self, name: str, state: str, reason: str, data: Mapping[str, Any]) -> None:
        _log.info("%s: %s. %s", name, state, reason)
        self._cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=reason[:1023], StateReasonData=json.dumps(data)
        )


def evaluated(alarm: Alarm, watched: Watched, measured: Measured, now: float) -> Verdict:
    """Evaluate the complete periods, or the current one if it already proves a breach."""
    threshold = threshold_of(alarm)
    period = watched.period_seconds
    open_end = (int(now) // period + 1) * period
    if threshold.grows_with_time:
        early = judge(threshold, measured.points(watched, open_end))
        if early.state == ALARM:
            return early
    closed_end = int(now - _SETTLE_SECONDS) // period * period
    return judge(threshold, measured.points(watched, closed_end))


def threshold_of(alarm: Alarm) -> Threshold:
    return Threshold(
        comparison=alarm["ComparisonOperator"],
        value=alarm["Threshold"],
        evaluation_periods=alarm["EvaluationPeriods"],
        datapoints_to_alarm=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        missing_data=alarm.get("TreatMissingData") or "missing",
    )


def set_by_hand(alarm: Alarm) -> bool:
    return not alarm.get("StateReasonData") and alarm.get("StateReason") != _NEVER_EVALUATED


def held_by_hand(alarm: Alarm, verdict: Verdict, now: float) -> bool:
    if not set_by_hand(alarm):
        return False
    short = alarm.get("Period", _INTERVAL_SECONDS) < _INTERVAL_SECONDS
    interval = _SHORT_INTERVAL_SECONDS if short else _INTERVAL_SECONDS
    since: datetime = alarm["StateUpdatedTimestamp"]
    return not verdict.has_data or now < since.timestamp() + interval


def _watched(alarm: Alarm) -> Watched | None:
    try:
        return watched_by(alarm)
    except (LookupError, ValueError) as error:
        _log.warning("%s has an unsupported type: %r", alarm["AlarmName"], error)
        return None


def _rule(alarm: Alarm) -> alarm_rules.Rule | None:
    try:
        return alarm_rules.parse(alarm["AlarmRule"])
    except alarm_rules.RuleError as error:
        _log.warning("%s: %s", alarm["AlarmName"], error)
        return None


def _reason_data(alarm: Alarm, now: float) -> dict[str, Any]:
    when = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000+0000}"
    optional = {"period": alarm.get("Period"), "statistic": alarm.get("Statistic")}
    return {
        "version": "1.0",
        "queryDate": when,
        "threshold": alarm["Threshold"],
        **{name: value for name, value in optional.items() if value},
    }


def _triggering(children: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"arn": child, "state": {"value": state or INSUFFICIENT_DATA}} for child, state in children.items()
    ]


def _ticks() -> Iterator[float]:
    while True:
        begun = time.monotonic()
        yield time.time()
        time.sleep(max(0.1, _TICK_SECONDS - (time.monotonic() - begun)))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    bridge = AlarmBridge(boto3.client("cloudwatch"))
    for now in _ticks():
        try:
            bridge.tick(now)
        except (BotoCoreError, ClientError) as error:
            _log.warning("%s", error)


if __name__ == "__main__":
    main()
