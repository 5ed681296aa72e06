"""Lambda's metrics of invocations in CloudWatch."""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from ..invocation_metrics import NAMESPACE, Invocation, MetricData, Recorder
from ._version import require_known_emulator

LOG = logging.getLogger(__name__)


def publish_per_alias_and_version() -> None:
    """Invocations, Errors, Throttles and Duration by function, alias and executed version.

    1.3.2 publishes only Invocations and Errors, only by function, with one thread per invocation.
    """
    require_known_emulator()
    from localemu.aws.api.lambda_ import TooManyRequestsException
    from localemu.services.lambda_.invocation import version_manager

    manager = version_manager.LambdaVersionManager
    recorder = Recorder(_put_metric_data)
    invoke_unmeasured = manager.invoke

    def invoke(self: Any, *, invocation: Any) -> Any:
        begun_at, begun = datetime.now(UTC), time.monotonic()
        facts = _facts(self.function_version.id, invocation.invoked_arn, begun_at)
        try:
            result = invoke_unmeasured(self, invocation=invocation)
        except TooManyRequestsException:
            recorder.record(Invocation(**facts, throttled=True))
            raise
        elapsed = (time.monotonic() - begun) * 1000
        duration = getattr(result, "duration_milliseconds", elapsed)
        recorder.record(Invocation(**facts, failed=result.is_error, duration_milliseconds=duration))
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
