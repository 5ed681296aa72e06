"""What the machine's resources do on the AWS in memory: hotplug's real use cases, and Lambda itself."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from botocore.exceptions import ClientError

from hotplug.aws.cloud import Cloud
from hotplug.aws.errors import code
from hotplug.core.errors import HotplugError
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.target import Target
from hotplug.handlers.entrypoint import UseCase
from tests.contract.analysis.names import file_of
from tests.contract.analysis.template import load_template, resources
from tests.support.machine.values import StateFailedError

type Json = Any

FUNCTION = re.compile(r"\$\{(\w+)FunctionArn\}")


class Died(BaseException):
    """The process of a Lambda function is gone from one moment to the next."""


def is_function(resource: str) -> bool:
    """Whether one of hotplug's own Lambdas is behind it."""
    return bool(FUNCTION.fullmatch(resource))


def carried_out(resource: str, arguments: Json, cloud: Cloud) -> Json:
    """The result. In and out is JSON, as between the machine and what it calls."""
    event = json.loads(json.dumps(arguments))
    function = FUNCTION.fullmatch(resource)
    if function:
        use_case = _use_case(function[1])
        answer = invoked(lambda: use_case(event, cloud))
    else:
        answer = _sdk(resource, event, cloud)
    return json.loads(json.dumps(answer))


@cache
def _use_case(function: str) -> UseCase:
    """RollBack is `roll_back` of `handlers/roll_back.py`."""
    name = file_of(re.sub(r"(?<=.)(?=[A-Z])", " ", function))
    use_case: UseCase = getattr(import_module(f"hotplug.handlers.{name}"), name)
    return use_case


def invoked(function: Callable[[], Json]) -> Json:
    """The answer of a Lambda function; an error as the machine hears of it, with its cause as it was."""
    try:
        return function()
    except Died as end:
        raise thrown("Runtime.ExitError", "Runtime exited with error: signal: killed") from end
    except Exception as error:
        raise thrown(type(error).__name__, str(error)) from error


def thrown(kind: str, message: str) -> StateFailedError:
    """An exception that leaves a Lambda function, as the machine hears of it."""
    return StateFailedError(kind, json.dumps({"errorMessage": message, "errorType": kind}))


def _sdk(resource: str, arguments: Mapping[str, Any], cloud: Cloud) -> Json:
    action = _filled_in(resource).rpartition(":aws-sdk:")[2]
    try:
        match action:
            case "lambda:getAlias":
                return _get_alias(arguments, cloud)
            case "lambda:updateAlias":
                return _update_alias(arguments, cloud)
            case "lambda:deleteAlias":
                cloud.functions.delete(_target(arguments))
                return {}
    except Died as end:
        raise StateFailedError("Lambda.SdkClientException", "the answer was lost") from end
    except (HotplugError, ClientError) as error:
        raise _of_lambda(error) from error
    raise NotImplementedError(action)


@cache
def _filled_in(resource: str) -> str:
    """What the template puts in place of `${GetAliasArn}`."""
    (machine,) = resources(load_template(), "AWS::Serverless::StateMachine").values()
    return str(machine["DefinitionSubstitutions"][resource[2:-1]]["Fn::Sub"])


def _get_alias(arguments: Mapping[str, Any], cloud: Cloud) -> Json:
    target = _target(arguments)
    alias = cloud.functions.alias(target)
    if alias is None:
        raise StateFailedError("Lambda.ResourceNotFoundException", f"Cannot find alias arn: {target}")
    return _shown(arguments, alias)


def _update_alias(arguments: Mapping[str, Any], cloud: Cloud) -> Json:
    routing = Routing.of(arguments["FunctionVersion"], arguments["RoutingConfig"]["AdditionalVersionWeights"])
    return _shown(arguments, cloud.functions.point(_target(arguments), routing, arguments["RevisionId"]))


def _target(arguments: Mapping[str, Any]) -> Target:
    return Target(arguments["FunctionName"], arguments["Name"])


def _shown(arguments: Mapping[str, Any], alias: AliasState) -> Json:
    """An alias on one version has no RoutingConfig at all."""
    shares = alias.routing.weights
    routing = {"RoutingConfig": {"AdditionalVersionWeights": shares}} if shares else {}
    names = {"Name": arguments["Name"], "FunctionVersion": alias.routing.version}
    return names | routing | {"RevisionId": alias.revision}


def _of_lambda(error: Exception) -> StateFailedError:
    """AWS's own error again, which the adapters have translated for hotplug."""
    origin = error if isinstance(error, ClientError) else error.__cause__
    name = code(origin) if isinstance(origin, ClientError) else "TooManyRequestsException"
    return StateFailedError(f"Lambda.{name}", str(error))
