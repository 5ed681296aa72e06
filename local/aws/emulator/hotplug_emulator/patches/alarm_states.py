"""States of CloudWatch alarms."""

import functools
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from ..alarm_events import state_change_entry
from ._version import require_known_emulator
from .log_alarms import QUERY

LOG = logging.getLogger(__name__)

_STATE_KEYS = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)


def leave_evaluation_to_the_bridge() -> None:
    """Leave the evaluation to `local/aws/alarms`: it knows percentiles, metric math and composite rules.

    1.3.2 evaluates a metric alarm only once per evaluation range, and a composite alarm only as a list of
    ORs.
    """
    require_known_emulator()
    from localemu.services.cloudwatch.alarm_scheduler import AlarmScheduler
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    def schedule_metric_alarm(self: Any, alarm_arn: str) -> None:
        pass

    def evaluate_composite_alarms(self: Any, context: Any, triggering_alarm: Any) -> None:
        pass

    AlarmScheduler.schedule_metric_alarm = schedule_metric_alarm
    CloudwatchProvider._evaluate_composite_alarms = evaluate_composite_alarms


def keep_state_when_configured_again() -> None:
    """PutMetricAlarm and PutCompositeAlarm keep the state of an existing alarm; 1.3.2 resets it."""
    require_known_emulator()
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    def keeping_state(put: Any) -> Any:
        @functools.wraps(put)
        def put_alarm(self: Any, context: Any, request: Any) -> None:
            stored = _stored(self, context, request["AlarmName"])
            state = {key: stored[key] for key in _STATE_KEYS if key in stored}
            put(self, context, request)
            _stored(self, context, request["AlarmName"]).update(state)

        return put_alarm

    CloudwatchProvider.put_metric_alarm = keeping_state(CloudwatchProvider.put_metric_alarm)
    CloudwatchProvider.put_composite_alarm = keeping_state(CloudwatchProvider.put_composite_alarm)


def record_and_announce_changes() -> None:
    """Each SetAlarmState updates StateUpdatedTimestamp, reason and reason data.

    A change of the value, by any caller, also updates StateTransitionedTimestamp and is published on
    EventBridge. 1.3.2 ignores a repeated value, keeps stale reason data, and publishes nothing.
    """
    require_known_emulator()
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    set_state = CloudwatchProvider.set_alarm_state
    announcements = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alarm-events")

    @functools.wraps(set_state)
    def set_alarm_state(
        self: Any,
        context: Any,
        alarm_name: str,
        state_value: str,
        state_reason: str,
        state_reason_data: str | None = None,
        **kwargs: Any,
    ) -> None:
        before = dict(_stored(self, context, alarm_name))
        set_state(self, context, alarm_name, state_value, state_reason, state_reason_data, **kwargs)
        alarm = _stored(self, context, alarm_name)
        alarm |= {"StateReason": state_reason, "StateUpdatedTimestamp": datetime.now(UTC)}
        alarm.pop("StateReasonData", None)
        alarm |= {"StateReasonData": state_reason_data} if state_reason_data else {}
        if before["StateValue"] != state_value:
            entry = state_change_entry(before, dict(alarm))
            announcements.submit(_put_event, context.account_id, context.region, entry)

    CloudwatchProvider.set_alarm_state = set_alarm_state


def _put_event(account: str, region: str, entry: dict[str, Any]) -> None:
    from localemu.aws.connect import connect_to

    try:
        connect_to(aws_access_key_id=account, region_name=region).events.put_events(Entries=[entry])
    except Exception:
        LOG.exception("could not publish the state change of %s", entry["Resources"])


def describe_only_the_asked_types() -> None:
    """DescribeAlarms returns only metric alarms unless AlarmTypes is set; 1.3.2 returns all.

    Log alarms are returned by themselves.
    """
    require_known_emulator()
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    describe = CloudwatchProvider.describe_alarms

    @functools.wraps(describe)
    def describe_alarms(self: Any, context: Any, **kwargs: Any) -> Any:
        found = describe(self, context, **kwargs)
        types = kwargs.get("alarm_types") or ["MetricAlarm"]
        metric_alarms = found["MetricAlarms"]
        found["LogAlarms"] = [alarm for alarm in metric_alarms if QUERY in alarm]
        found["MetricAlarms"] = [alarm for alarm in metric_alarms if QUERY not in alarm]
        for kind in ("MetricAlarm", "CompositeAlarm", "LogAlarm"):
            if kind not in types:
                found[f"{kind}s"] = []
        return found

    CloudwatchProvider.describe_alarms = describe_alarms


def _stored(provider: Any, context: Any, alarm_name: str) -> dict[str, Any]:
    """The stored alarm itself, not a copy; or an empty dict."""
    for held in provider.get_store(context.account_id, context.region).alarms.values():
        if held.alarm["AlarmName"] == alarm_name:
            alarm: dict[str, Any] = held.alarm
            return alarm
    return {}
