"""The API of the router is there when it is asked for, and as closed as it was asked for."""

import copy
import itertools
import json
import re
from typing import Any

import pytest

from local.aws.cloudformation import read_template
from tests.contract.analysis.conditions import broken_rules, dangling, resolved
from tests.contract.analysis.permissions import listed
from tests.contract.analysis.template import load_template, resources

TEMPLATE = load_template()
POOLS = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
SWITCHES = [
    {"Router": router, "RouterAuth": auth}
    for router, auth in itertools.product(("on", "off"), ("IAM", "JWT", "NONE"))
]


def api(auth: str) -> dict[str, Any]:
    """What API Gateway imports."""
    template = resolved(TEMPLATE, Router="on", RouterAuth=auth, RouterUserPools=POOLS)
    definition: dict[str, Any] = template["Resources"]["RouterApi"]["Properties"]["DefinitionBody"]
    return definition


def methods(auth: str) -> list[dict[str, Any]]:
    return [method for path in api(auth)["paths"].values() for method in path.values()]


def security(auth: str) -> list[Any]:
    """Of all methods, which is one."""
    first, *others = [method["security"] for method in methods(auth)]
    assert all(other == first for other in others)
    return list(first)


# Who may call


def test_requests_are_signed_unless_it_is_said_otherwise() -> None:
    scheme = api("IAM")["components"]["securitySchemes"]["iam"]

    assert TEMPLATE["Parameters"]["RouterAuth"]["Default"] == "IAM"
    assert security("IAM") == [{"iam": []}]
    assert scheme["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_with_jwt_the_user_pools_vouch_for_the_caller() -> None:
    scheme = api("JWT")["components"]["securitySchemes"]["jwt"]

    assert security("JWT") == [{"jwt": []}]
    assert scheme["x-amazon-apigateway-authorizer"] == {
        "type": "cognito_user_pools",
        "providerARNs": {"Ref": "RouterUserPools"},
    }


def test_with_none_anybody_may_call_and_no_authorizer_without_pools_is_made() -> None:
    assert security("NONE") == []
    assert "jwt" not in api("NONE")["components"]["securitySchemes"]
    assert "jwt" not in api("IAM")["components"]["securitySchemes"]


def test_jwt_without_user_pools_is_refused_before_anything_is_made() -> None:
    assert broken_rules(TEMPLATE, RouterAuth="JWT") == ["RouterAuth=JWT needs RouterUserPools."]
    assert broken_rules(TEMPLATE, RouterAuth="JWT", RouterUserPools=POOLS) == []
    assert broken_rules(TEMPLATE) == []


def test_a_path_with_and_without_a_tail_leads_to_the_router_and_only_this_api_may_call_it() -> None:
    template = resolved(TEMPLATE, Router="on")
    uris = [method["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"] for method in methods("IAM")]
    (permission,) = resources(template, "AWS::Lambda::Permission").values()

    assert set(api("IAM")["paths"]) == {"/{function}", "/{function}/{proxy+}"}
    assert all(uri.endswith("/functions/${RouterFunctionAliaslive}/invocations") for uri in uris)
    assert permission["FunctionName"] == {"Ref": "RouterFunction.Alias"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${RouterApi}/*")


# On or off


def test_it_is_off_unless_it_is_asked_for_and_then_nothing_of_it_is_there() -> None:
    template = resolved(TEMPLATE)

    assert [name for part in ("Resources", "Outputs") for name in template[part] if "Router" in name] == []
    assert {"RouterFunction", "RouterApi", "RouterPermission"} <= resolved(TEMPLATE, Router="on")[
        "Resources"
    ].keys()


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "-".join(switches.values()))
def test_nothing_refers_to_what_a_switch_leaves_out(switches: dict[str, str]) -> None:
    assert dangling(resolved(TEMPLATE, **switches)) == set()


def test_a_reference_to_what_is_left_out_is_noticed() -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"] += "${RouterApi.Arn}"
    template["Resources"]["FunctionLogs"]["Properties"]["LogGroupName"] = {"Ref": "RouterFunction"}

    assert dangling(resolved(template)) == {"RouterApi", "RouterFunction"}
    assert dangling(resolved(template, Router="on")) == set()


def test_an_if_leaves_one_of_two_or_nothing() -> None:
    template = read_template("""
Parameters: { Router: { Type: String, Default: "off" } }
Conditions: { RouterOn: !Equals [!Ref Router, "on"] }
Resources: { A: { Properties: { B: [!If [RouterOn, 1, 2], !If [RouterOn, 3, !Ref AWS::NoValue]] } } }
""")

    assert resolved(template)["Resources"]["A"]["Properties"] == {"B": [2]}
    assert resolved(template, Router="on")["Resources"]["A"]["Properties"] == {"B": [1, 3]}


# What the router may call


def invocations(template: dict[str, Any], effect: str) -> list[str]:
    """What its role allows, or denies, to be invoked, as the text of `!Sub`."""
    return [
        resource["Fn::Sub"]
        for policy in resources(template, "AWS::Serverless::Function")["RouterFunction"]["Policies"]
        for statement in policy["Statement"]
        if statement.get("Effect") == effect and "lambda:InvokeFunction" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def reachable(template: dict[str, Any]) -> set[str]:
    """hotplug's own functions that no statement keeps the router from."""
    denied = [one.rpartition(":function:")[2] for one in invocations(template, "Deny")]

    def is_denied(function: dict[str, Any]) -> bool:
        name = str(function.get("FunctionName", {}).get("Fn::Sub", ""))
        return any(name.startswith(one.removesuffix("*")) for one in denied if one.endswith("_*"))

    functions = resources(template, "AWS::Serverless::Function")
    return {name for name, function in functions.items() if not is_denied(function)}


def test_the_router_calls_targets_by_version_or_alias_only() -> None:
    assert [allowed.rpartition(":function:")[2] for allowed in invocations(TEMPLATE, "Allow")] == [
        "${TargetFunctions}:*"
    ]


def test_unpublished_code_stays_out_of_reach() -> None:
    assert [denied for denied in invocations(TEMPLATE, "Deny") if denied.endswith(":function:*:$LATEST")]


def test_none_of_hotplugs_own_functions_is_within_reach() -> None:
    assert reachable(TEMPLATE) == set()


def test_a_function_that_comes_later_is_not_forgotten() -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["PurgeFunction"] = {"Type": "AWS::Serverless::Function", "Properties": {}}

    assert reachable(template) == {"PurgeFunction"}


# How it is watched


def test_the_dashboard_is_json_and_shows_the_calls_of_each_version() -> None:
    text = resources(TEMPLATE, "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Fn::Sub"]
    (widget,) = [
        widget["properties"]
        for widget in json.loads(text)["widgets"]
        if "router" in widget["properties"]["title"]
    ]
    searches = [metric["expression"] for (metric,) in widget["metrics"]]

    assert [re.findall(r'\{hotplug,Target,Version\} MetricName="(\w+)"', search) for search in searches] == [
        ["Calls"],
        ["Errors"],
        ["Latency"],
    ]
