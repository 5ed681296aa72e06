"""Lambda handler of the router, with Powertools' metrics but without its slow tracer."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from hotplug.activities.forward_request import Served
from hotplug.aws.router_cloud import LiveRouterCloud, RouterCloud, RouterSettings
from hotplug.core.router.event import Event, Json

SERVICE = "hotplug"
RUNNING = "AWS_LAMBDA_RUNTIME_API"
"""Environment variable that Lambda sets for a runtime."""

logger = Logger(service=SERVICE)


type Route = Callable[[Event, RouterCloud], Served]


@cache
def live() -> RouterCloud:
    """AWS clients, created once per execution environment."""
    return LiveRouterCloud(RouterSettings.from_environment())


def entrypoint(route: Route) -> Callable[[Event, Any], Json]:
    """Return the handler. Its first client is created in Lambda's init phase, not while a caller waits."""
    if RUNNING in os.environ:
        live().calls  # noqa: B018 - a cached property

    def handler(event: Event, _: Any) -> Json:
        served = route(event, live())
        if served.target and served.counts:
            count(served.target, served)
        return served.answer

    return handler


def count(target: str, served: Served) -> None:
    """Write embedded metrics of one request: by target, and by target and version served.

    Calls that named their version have a third dimension, so that the release's metrics exclude them.
    """
    metrics = EphemeralMetrics(namespace=SERVICE)
    if served.is_named:
        metrics.add_dimension("Choice", "named")
        metrics.add_dimension("Target", target)
        metrics.add_dimension("Version", served.version or "unknown")
    else:
        metrics.add_dimension("Target", target)
        if served.version:
            metrics.add_dimensions(Target=target, Version=served.version)
    for name, value in (served.counts or {}).items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, served.latency_ms)
    metrics.flush_metrics()
