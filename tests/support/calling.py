"""Requests as API Gateway hands them over in either payload format, and the router as it calls it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import pytest

from hotplug.activities.alias_views import AliasCache
from hotplug.activities.forward_request import Served
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.parsing.units import HUNDRED
from hotplug.handlers import router as router_room
from tests.fakes import InMemoryCloud, InMemoryRouterCloud, a_target
from tests.support.plans import a_plan, a_planned

type Json = dict[str, Any]
type Ask = Callable[..., Json]

USUAL_HEADERS = (("Accept", "*/*"), ("Host", "abc.execute-api.us-east-1.amazonaws.com"))


def rest(
    function: str = "orders",
    *,
    headers: Sequence[tuple[str, str]] = (),
    query: str = "",
    cookies: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Json:
    """Payload format 1.0, as a REST API has it; `query` as in the address, `cookies` like "name=value"."""
    crumbs = [("Cookie", "; ".join(cookies))] if cookies else []
    several = _grouped([*USUAL_HEADERS, *headers, *crumbs])
    parameters = _grouped(parse_qsl(query, keep_blank_values=True))
    return {
        "resource": "/{function}/{proxy+}",
        "path": f"/{function}/42",
        "httpMethod": "POST" if body else "GET",
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": {"function": function, "proxy": "42"},
        "stageVariables": dict(stage_variables) if stage_variables else None,
        "requestContext": {"resourcePath": "/{function}/{proxy+}", "stage": "prod", **(context or {})},
        "body": body,
        "isBase64Encoded": False,
    }


def http(
    function: str = "orders",
    *,
    headers: Sequence[tuple[str, str]] = (),
    query: str = "",
    cookies: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Json:
    """Payload format 2.0, as HTTP APIs and function URLs have it: it leaves out what is empty."""
    named = [(name.lower(), value) for name, value in [*USUAL_HEADERS, *headers]]
    parameters = _grouped(parse_qsl(query, keep_blank_values=True))
    path = f"/{function}/42"
    described = {"method": "POST" if body else "GET", "path": path, "protocol": "HTTP/1.1"}
    left_out_if_empty = {
        "cookies": list(cookies),
        "queryStringParameters": {name: ",".join(values) for name, values in parameters.items()},
        "stageVariables": dict(stage_variables or {}),
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": "ANY /{function}/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name: ",".join(values) for name, values in _grouped(named).items()},
        "requestContext": {"http": described, "stage": "$default", **(context or {})},
        "pathParameters": {"function": function, "proxy": "42"},
        "isBase64Encoded": False,
        **{key: value for key, value in left_out_if_empty.items() if value},
    }


FORMATS: dict[str, Ask] = {"1.0": rest, "2.0": http}
each_format = pytest.mark.parametrize("ask", FORMATS.values(), ids=FORMATS)


def iam(arn: str) -> dict[str, Json]:
    """A context in which either format says that this principal has signed the request."""
    return {"identity": {"userArn": arn}, "authorizer": {"iam": {"userArn": arn}}}


class Environment:
    """One execution environment of the router: it remembers what it looked at."""

    def __init__(self, cloud: InMemoryRouterCloud) -> None:
        self.cloud, self.views = cloud, AliasCache()

    def serves(self, event: Json) -> Served:
        """What becomes of a request; in and out is JSON, as on AWS."""
        router_room.views = self.views
        served = router_room.route(json.loads(json.dumps(event)), self.cloud)
        self.settles()
        json.dumps(served.answer, ensure_ascii=False, allow_nan=False).encode()
        return served

    def settles(self) -> None:
        """A refresh that goes on beside a request comes to its end."""
        if self.views._refresh:
            self.views._refresh.join()

    def answers(self, event: Json) -> Json:
        """The answer alone."""
        return self.serves(event).answer

    def status(self, event: Json) -> int:
        """The status alone."""
        return int(self.answers(event)["statusCode"])

    def qualifier(self, event: Json) -> str:
        """What was called for a request, which is one thing."""
        before = len(self.cloud.calls.made)
        self.serves(event)
        (made,) = self.cloud.calls.made[before:]
        return made.qualifier


def is_blocked(cloud: InMemoryCloud, target: str = "orders:live", deployment: str = "d-1") -> None:
    """A deployment holds the claim."""
    cloud.ledger.claim(a_plan(a_planned(target), deployment=deployment), cloud.now())


def is_free(cloud: InMemoryCloud, target: str = "orders:live", deployment: str = "d-1") -> None:
    """It gives it back."""
    cloud.ledger.release(deployment, [a_target(target)])


def was_closed(
    cloud: InMemoryCloud, stable: str | None, candidate: str, outcome: Outcome = Outcome.DEPLOYED
) -> None:
    """A deployment of orders:live has ended a minute after the one before it."""
    past = len(cloud.ledger.history.get("orders:live", {}))
    planned = a_planned(stable=stable)
    plan = a_plan(planned, deployment=f"past-{past:02}")
    line = TargetLine.of(planned, candidate, HUNDRED)
    at = cloud.now().isoformat()
    closing = Transition(
        plan.deployment, plan.execution, State.CLOSED, "closed#00000", at, (line,), "because", outcome=outcome
    )
    cloud.ledger.remember(plan, closing)


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
