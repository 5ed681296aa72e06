"""A function that demands signed code keeps its traffic where it is when the code is not."""

import pytest

from hotplug.core.resources.alias import Routing
from tests.fakes import a_zip, refusal
from tests.fuzz.world import BUCKET, a_company
from tests.support.machine.execution import Execution

UNVERIFIED = (
    "The code signature failed one or more of the validation checks for signature mismatch or expiry, "
    "and the code signing policy is set to ENFORCE. Lambda blocks the deployment."
)
INVALID = (
    "The code signature failed the integrity check. If the integrity check fails, "
    "then Lambda blocks deployment, even if the code signing policy is set to WARN."
)


@pytest.mark.parametrize(
    ("code", "text"),
    [("CodeVerificationFailedException", UNVERIFIED), ("InvalidCodeSignatureException", INVALID)],
)
def test_code_that_lambda_refuses_for_its_signature_ends_the_deployment_before_traffic(
    code: str, text: str
) -> None:
    cloud = a_company()
    cloud.has_object(BUCKET, "orders/unsigned.zip", a_zip("unsigned"))
    cloud.functions.fails_next("update_code", refusal(code, "UpdateFunctionCode", text))
    request = {"function": "orders", "source": {"bucket": BUCKET, "key": "orders/unsigned.zip"}}
    execution = Execution(cloud, request)
    assert execution.run() == "Rolled back"
    assert text in execution.variables["reason"]
    assert text in cloud.notifications.messages[-1].body
    assert cloud.routing("orders:live") == Routing("41")
    assert cloud.versions_of("orders") == ["40", "41"]
    assert [line for line in cloud.ledger.lines["d-1"] if line.startswith(("shifted", "promoted"))] == []
    assert cloud.ledger.held == {}
    assert cloud.ledger.blamed == {}
    assert cloud.unspent == []
