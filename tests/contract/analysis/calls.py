"""What a handler asks of AWS, read from the source: from its use case through adapters to IAM actions."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from botocore import xform_name
from botocore.session import get_session

from tests.contract.analysis.source import functions, imports, reached

CLIENTS = {
    "CloudWatchClient": "cloudwatch",
    "DynamoDBClient": "dynamodb",
    "EcrClient": "ecr",
    "EventBridgeClient": "events",
    "LambdaClient": "lambda",
    "S3Client": "s3",
    "SFNClient": "stepfunctions",
    "SNSClient": "sns",
}
CLOUDS = ("aws.cloud", "aws.router_cloud")
"""Where adapters are made."""
NO_ADAPTERS = {"now", "pause", "settings"}
PREFIXES = {"stepfunctions": "states"}
TRANSACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
SOURCES = {
    "S3Bucket": ("s3:GetObject",),
    "S3ObjectVersion": ("s3:GetObjectVersion",),
    "ImageUri": ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
}
"""What Lambda reads with the permissions of who updates a function's code."""


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """A call that an adapter makes: the IAM action that it needs, and whether a qualifier goes with it."""

    action: str
    qualified: bool = False


@cache
def calls_of(handler: str) -> frozenset[Call]:
    return frozenset(call for adapter, verb in verbs_of(handler) for call in calls_of_verb(adapter, verb))


@cache
def verbs_of(handler: str) -> frozenset[tuple[str, str]]:
    """The adapters that a use case turns to, and what it asks of them: ("functions", "point")."""
    verbs: set[tuple[str, str]] = set()
    for place, definition in reached(handler).items():
        if place.module.startswith(("handlers.", "activities.")):
            verbs |= set(_verbs_in(definition))
    return frozenset(verbs)


def _verbs_in(definition: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    asked = set()
    for node in ast.walk(definition):
        match node:
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="cloud"), attr=adapter) as inner, attr=verb
            ):
                asked.add(inner)
                if adapter not in NO_ADAPTERS:
                    yield adapter, verb
    for node in ast.walk(definition):
        match node:
            case ast.Attribute(value=ast.Name(id="cloud"), attr=adapter) if node not in asked:
                assert adapter in NO_ADAPTERS, (
                    f"{definition.name} hands cloud.{adapter} on, where nobody can follow"
                )


@cache
def adapters() -> Mapping[str, tuple[str, str]]:
    """Where `cloud.lambdas` and the others are made: ("aws.functions", "AwsLambdas")."""
    found: dict[str, tuple[str, str]] = {}
    for cloud in CLOUDS:
        for name, definition in functions(cloud).items():
            for node in ast.walk(definition):
                match node:
                    case ast.Return(value=ast.Call(func=ast.Name(id=made))) if made.startswith("Aws"):
                        adapter = (imports(cloud)[made].module, made)
                        assert found.setdefault(name.split(".")[-1], adapter) == adapter, (
                            f"{name} is one adapter here and another there"
                        )
    return found


@cache
def calls_of_verb(adapter: str, verb: str) -> frozenset[Call]:
    """Through the adapter's own private methods too."""
    module, owner = adapters()[adapter]
    found: set[Call] = set()
    seen, waiting = set(), [verb]
    while waiting:
        name = waiting.pop()
        definition = functions(module).get(f"{owner}.{name}")
        if name in seen or definition is None:
            continue
        seen.add(name)
        for node in ast.walk(definition):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=other):
                    waiting.append(other)
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Attribute(value=ast.Name(id="self"), attr=field), attr=method
                    )
                ) if service := clients_of(module, owner).get(field):
                    found |= set(_needs(service, method, node, definition))
    return frozenset(found)


@cache
def clients_of(module: str, owner: str) -> Mapping[str, str]:
    """The fields that hold a client, with its service: {"_client": "lambda"}."""
    definition = functions(module)[f"{owner}.__init__"]
    typed = {
        each.arg: ast.unparse(each.annotation).strip("'\"")
        for each in definition.args.args
        if each.annotation
    }
    found = {}
    for node in ast.walk(definition):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=fields)], value=ast.Tuple(elts=values)):
                pairs = list(zip(fields, values, strict=True))
            case ast.Assign(targets=[field], value=value):
                pairs = [(field, value)]
            case _:
                continue
        for field, value in pairs:
            match field, value:
                case ast.Attribute(attr=name), ast.Name(id=argument) if typed[argument] in CLIENTS:
                    found[name] = CLIENTS[typed[argument]]
    return found


def _needs(service: str, method: str, call: ast.Call, definition: ast.FunctionDef) -> Iterator[Call]:
    given = {keyword.arg for keyword in call.keywords} | set(_texts(definition))
    match service, method:
        case "dynamodb", "transact_write_items":
            yield from (Call(action) for part, action in TRANSACTIONS.items() if part in given)
        case "s3", "get_object" | "head_object":
            yield Call("s3:GetObject")
            if "VersionId" in given and method == "get_object":
                yield Call("s3:GetObjectVersion")
        case "s3", "head_bucket":
            yield Call("s3:ListBucket")
        case "lambda", "invoke":
            yield Call("lambda:InvokeFunction", "Qualifier" in given)
        case "lambda", "update_function_code":
            yield Call("lambda:UpdateFunctionCode")
            yield from (Call(action) for part, read in SOURCES.items() if part in given for action in read)
        case _:
            yield Call(
                f"{PREFIXES.get(service, service)}:{operations(service)[method]}", "Qualifier" in given
            )


def _texts(definition: ast.FunctionDef) -> Iterator[str]:
    """The keys of dictionaries, which may be keywords of the call."""
    for node in ast.walk(definition):
        if isinstance(node, ast.Dict):
            yield from (
                key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
            )


@cache
def operations(service: str) -> Mapping[str, str]:
    """boto3's method names with AWS's operations, from botocore's own models."""
    names = get_session().get_service_model(service).operation_names
    return {xform_name(name): name for name in names}
