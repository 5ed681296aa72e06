"""Lambda's metrics of invocations in CloudWatch."""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from ..invocation_metrics import NAMESPACE, InFlight, Invocation, MetricData, Recorder, dimension_sets_of
from ._version import require_known_emulator

LOG = logging.getLogger(__name__)


def publish_per_alias_and_version() -> None:
    """Metrics by function, alias and executed version: calls, errors, throttles, durations, concurrency.

    1.3.2 publishes only Invocations and Errors, only by function, with one thread per invocation.
    """
    require_known_emulator()
    from localemu.aws.api.lambda_ import TooManyRequestsException
    from localemu.services.lambda_.invocation import version_manager

    manager = version_manager.LambdaVersionManager
    recorder, in_flight = Recorder(_put_metric_data), InFlight()
    invoke_unmeasured = manager.invoke

    def invoke(self: Any, *, invocation: Any) -> Any:
        begun_at, begun = datetime.now(UTC), time.monotonic()
        version = self.function_version.id
        facts = _facts(version, invocation.invoked_arn, begun_at)
        counted = (
            version.account,
            version.region,
            dimension_sets_of(invocation.invoked_arn, version.qualifier),
        )
        concurrent = in_flight.begins(*counted)
        try:
            result = invoke_unmeasured(self, invocation=invocation)
        except TooManyRequestsException:
            recorder.record(Invocation(**facts, throttled=True))
            raise
        finally:
            in_flight.ends(*counted)
        elapsed = (time.monotonic() - begun) * 1000
        duration = getattr(result, "duration_milliseconds", elapsed)
        recorder.record(
            Invocation(**facts, failed=result.is_error, duration_milliseconds=duration, concurrent=concurrent)
        )
        return result

    manager.invoke = invoke
    version_manager.record_cw_metric_invocation = _published_otherwise
    version_manager.record_cw_metric_error = _published_otherwise


def _facts(version: Any, invoked_arn: str, begun_at: datetime) -> dict[str, Any]:
    return {
        "account": version.account,
        "region": version.region,
        "invoked_arn": invoked_arn,
        "version": version.qualifier,
        "begun_at": begun_at,
    }


def _published_otherwise(**kwargs: object) -> None:
    pass


def _put_metric_data(account: str, region: str, data: MetricData) -> None:
    from localemu.aws.connect import connect_to

    try:
        client = connect_to(aws_access_key_id=account, region_name=region).cloudwatch
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except Exception:
        LOG.exception("could not store %d metric data", len(data))
