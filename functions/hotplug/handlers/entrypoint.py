"""Lambda handlers of use cases; the only module of the deployment's functions that imports Powertools."""

import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from hotplug.aws.cloud import Cloud, LiveCloud, Settings

type Event = Mapping[str, Any]
type UseCase = Callable[[Event, Cloud], dict[str, Any]]
type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SERVICE = "hotplug"
"""Also the name of the standard library's logger that Powertools formats: `logging.getLogger("hotplug")`."""

UNLOGGED = {"plan", "hook"}
"""Keys left out of the log: the plan is long, and `hook` holds what a user's hook keeps between its calls."""

warnings.filterwarnings("ignore", "No application metrics")  # most tasks have no outcome to count

logger = Logger(service=SERVICE)
tracer = Tracer(service=SERVICE, patch_modules=["botocore"])
metrics = Metrics(namespace=SERVICE, service=SERVICE)


@cache
def live() -> Cloud:
    """AWS clients, created once per execution environment."""
    return LiveCloud(Settings.from_environment())


def deployment_of(event: Event) -> str | None:
    """Return the deployment's name from the plan, or from the execution that is about to plan."""
    match event:
        case {"plan": {"deployment": str(name)}} | {"execution": {"name": str(name)}}:
            return name
    return None


def entrypoint(use_case: UseCase) -> Handler:
    """Wrap a use case: the deployment's id on every log line and segment, one metric for each outcome."""

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        deployment = deployment_of(event)
        if deployment:
            logger.append_keys(deployment=deployment)
            tracer.put_annotation("deployment", deployment)
        answer = use_case(event, live())
        logger.info(
            "answered", extra={"answer": {key: value for key, value in answer.items() if key not in UNLOGGED}}
        )
        if outcome := answer.get("outcome"):
            metrics.add_metric(name=f"{use_case.__name__}.{outcome}", unit=MetricUnit.Count, value=1)
        return answer

    return cast(Handler, handler)
