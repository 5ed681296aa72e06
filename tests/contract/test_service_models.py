"""Everything that AWS' service models know and hotplug relies on has been decided about.

A new pin of botocore that brings a member, a value or an error fails here, until somebody has decided.
"""

from copy import deepcopy
from functools import cache

import pytest
from botocore.model import ServiceModel

from hotplug.aws.alarms import TYPES
from hotplug.aws.executions import LIVING
from hotplug.core.resources.alarm import AlarmColour
from hotplug.core.resources.configuration import BY_ITSELF, OF_THE_CODE, StorageMode, configuration_of
from hotplug.core.resources.invocation import INVOKE_ERRORS, CallFailure
from tests.contract.analysis.decided import (
    CALL_ERRORS,
    DECIDED,
    FUNCTION,
    IDENTITY,
    PASSING,
    STATE,
    WITH_CODE,
)
from tests.contract.analysis.service_models import another, differences, loaded, names

SERVICES = ("cloudwatch", "lambda", "stepfunctions")
PASS = {CallFailure.NOT_READY, CallFailure.THROTTLED}
pinned = cache(loaded)


@pytest.mark.parametrize("service", SERVICES)
def test_everything_that_a_service_may_say_is_decided_about(service: str) -> None:
    assert list(differences(ServiceModel(pinned(service)), service, DECIDED)) == []


def test_every_decision_is_a_sentence_about_one_of_the_services() -> None:
    assert {place.split(" ")[0] for place in DECIDED} == set(SERVICES)
    said = {f"{place}: {name}": it for place, them in DECIDED.items() for name, it in them.items()}
    assert [name for name, sentence in said.items() if not sentence.endswith(".")] == []


# What is decided is what the code does


LAMBDA = ServiceModel(pinned("lambda"))
MEMBERS = LAMBDA.shape_for("FunctionConfiguration").members  # type: ignore[attr-defined]


def test_a_setting_counts_unless_the_code_leaves_it_out() -> None:
    bare, left_out = configuration_of({}, {}), BY_ITSELF | OF_THE_CODE
    values = {name: another(shape) for name, shape in MEMBERS.items()}
    counted = {name for name, it in values.items() if not configuration_of({name: it}, {}).equals(bare)}
    assert counted == FUNCTION.keys() - left_out
    assert {name for name, said in FUNCTION.items() if said in {IDENTITY, STATE, WITH_CODE}} <= left_out
    assert {name for name, said in FUNCTION.items() if said.startswith("Counts")} <= counted


def test_each_part_that_may_be_unreadable_is_noticed() -> None:
    with_error = {name for name, shape in MEMBERS.items() if "Error" in getattr(shape, "members", {})}
    assert with_error == {"Environment", "ImageConfigResponse", "RuntimeVersionConfig"}
    assert [name for name in with_error if not configuration_of({name: {"Error": {}}}, {}).unread] == []


def test_what_the_code_names_is_what_the_service_names() -> None:
    cloudwatch = ServiceModel(pinned("cloudwatch"))
    passing = {name for name, said in CALL_ERRORS.items() if said == PASSING}
    assert {name for name, it in INVOKE_ERRORS.items() if it in PASS} == passing
    assert INVOKE_ERRORS.keys() == CALL_ERRORS.keys()
    assert TYPES.keys() == names(cloudwatch, "AlarmType")
    assert set(TYPES.values()) == names(cloudwatch, "DescribeAlarmsOutput") - {"NextToken"}
    assert {str(mode) for mode in StorageMode} == names(LAMBDA, "S3ObjectStorageMode")
    assert {*AlarmColour} - {AlarmColour.UNKNOWN} == names(cloudwatch, "StateValue")
    decided = DECIDED["stepfunctions ExecutionStatus"]
    assert set(LIVING) == {name for name, said in decided.items() if said.startswith("Living")}


# What a change of a model would lead to

PLACES = [(place, *place.split(" ")) for place in DECIDED]


@pytest.mark.parametrize(("place", "service", "name"), PLACES, ids=[place for place, *_ in PLACES])
def test_what_is_added_to_a_copy_of_a_model_is_noticed(place: str, service: str, name: str) -> None:
    changed = deepcopy(pinned(service))
    if name.endswith("!"):
        changed["shapes"]["AddedLater"] = {"type": "structure", "members": {}, "exception": True}
        changed["operations"][name[:-1]]["errors"].append({"shape": "AddedLater"})
    elif "enum" in changed["shapes"][name]:
        changed["shapes"][name]["enum"].append("AddedLater")
    else:
        changed["shapes"][name]["members"]["AddedLater"] = {"shape": next(iter(changed["shapes"]))}
    assert list(differences(ServiceModel(changed), service, DECIDED)) == [
        f"{place}: nothing is decided about AddedLater"
    ]


def test_a_decision_about_what_is_gone_is_noticed() -> None:
    changed = deepcopy(pinned("lambda"))
    del changed["shapes"]["FunctionConfiguration"]["members"]["MasterArn"]
    assert list(differences(ServiceModel(changed), "lambda", DECIDED)) == [
        "lambda FunctionConfiguration: MasterArn does not exist any more"
    ]
