"""Provisioned concurrency on the emulator: which version is called, also if one can't be initialized."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import until
from local.aws.tests.orders import invoke, move

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("live_on_version_1")]

LIVE = {"FunctionName": "orders", "Qualifier": "live"}
TAG = "emulator:provisioning"


def status(aws: EmbeddedAws) -> dict[str, str]:
    found: dict[str, str] = aws.client("lambda").get_provisioned_concurrency_config(**LIVE)
    return found


def routing(aws: EmbeddedAws) -> tuple[str, dict[str, float]]:
    alias = aws.client("lambda").get_alias(FunctionName="orders", Name="live")
    return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def arn(aws: EmbeddedAws) -> str:
    return str(aws.client("lambda").get_function_configuration(FunctionName="orders")["FunctionArn"])


@pytest.fixture
def withheld(aws: EmbeddedAws, live_on_version_1: None) -> Iterator[None]:
    """`live` has a provisioned execution, and gets no other before the tag is removed."""
    functions = aws.client("lambda")
    functions.put_provisioned_concurrency_config(**LIVE, ProvisionedConcurrentExecutions=1)
    until(lambda: status(aws)["Status"] == "READY")
    functions.tag_resource(Resource=arn(aws), Tags={TAG: "withheld"})
    yield
    goes_on(aws)
    functions.delete_provisioned_concurrency_config(**LIVE)


def goes_on(aws: EmbeddedAws) -> None:
    aws.client("lambda").untag_resource(Resource=arn(aws), TagKeys=[TAG])


@pytest.mark.usefixtures("withheld")
def test_calls_reach_the_new_version_of_an_alias_once_it_has_settled(aws: EmbeddedAws) -> None:
    move(aws, {}, FunctionVersion="2")
    assert routing(aws) == ("2", {"1": 1.0})
    assert status(aws)["Status"] == "IN_PROGRESS"
    assert {invoke(aws)[0]["ExecutedVersion"] for _ in range(5)} == {"1"}
    goes_on(aws)
    until(lambda: routing(aws) == ("2", {}))
    assert {invoke(aws)[0]["ExecutedVersion"] for _ in range(5)} == {"2"}
    assert status(aws)["Status"] == "READY"


@pytest.mark.usefixtures("withheld")
def test_an_alias_that_settles_goes_back_even_without_a_word_of_weights(aws: EmbeddedAws) -> None:
    move(aws, {}, FunctionVersion="2")
    aws.client("lambda").update_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    assert routing(aws) == ("1", {"2": 1.0})
    goes_on(aws)
    until(lambda: routing(aws) == ("1", {}))


@pytest.mark.usefixtures("withheld")
def test_an_alias_never_settles_on_a_version_that_cannot_be_initialized(aws: EmbeddedAws) -> None:
    functions, packed = aws.client("lambda"), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("app.py", "raise RuntimeError('no settings')")
    functions.update_function_code(FunctionName="orders", ZipFile=packed.getvalue())
    functions.get_waiter("function_updated_v2").wait(FunctionName="orders")
    broken = functions.publish_version(FunctionName="orders")["Version"]
    goes_on(aws)

    move(aws, {}, FunctionVersion=broken)

    until(lambda: status(aws)["Status"] == "FAILED")
    assert status(aws)["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
    assert routing(aws) == (broken, {"1": 1.0})
    assert {invoke(aws)[0]["ExecutedVersion"] for _ in range(5)} == {"1"}


def test_provisioned_concurrency_takes_no_environment_from_a_function(aws: EmbeddedAws) -> None:
    functions = aws.client("lambda")
    functions.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=1)
    functions.put_provisioned_concurrency_config(**LIVE, ProvisionedConcurrentExecutions=1)
    assert invoke(aws)[0]["ExecutedVersion"] == "1"
    functions.delete_provisioned_concurrency_config(**LIVE)
    functions.delete_function_concurrency(FunctionName="orders")
