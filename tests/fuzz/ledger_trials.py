"""What must hold when an item of the ledger is not as this release writes it."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from hotplug.activities.settle_ended import NEW
from hotplug.aws.ledger import AwsLedger
from hotplug.core.errors import HotplugError
from hotplug.handlers.claim import claim
from hotplug.handlers.close import close
from hotplug.handlers.guard import guard
from hotplug.handlers.plan import plan
from hotplug.handlers.roll_back import roll_back
from hotplug.handlers.watch import watch
from tests.fakes import InMemoryCloud, execution_arn
from tests.fakes.table import Item, Key, Table
from tests.fuzz.mutation import ODD_TEXTS
from tests.fuzz.trial import AliasMovedByNobodyError, Verdict
from tests.fuzz.world import Aliases, a_company, aliases, check_answer
from tests.support.machine.execution import Execution
from tests.support.plans import event_at

type Json = dict[str, Any]

FUNCTIONS = {"over-1": "orders", "over-2": "billing", "at-work": "stock", "over-3": "till"}
"""Deployments, each on its first step, by the function that it moves."""
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2,
    99,
    10**30,
    [],
    [None],
    ["42", "43"],
    {},
    {"a": {}},
    {"one", "two"},
    {1, 2},
    b"\x00\xff",
    *(text for text in ODD_TEXTS if "\ud800" not in text),
)
"""What DynamoDB can hold: sets and bytes too."""


class Ledgers(InMemoryCloud):
    """A company whose ledger is the real adapter over a table in memory."""

    def __init__(self, table: Table, company: InMemoryCloud) -> None:
        super().__init__()
        client: Any = table
        self.table, self.company = table, company
        self.ledger = AwsLedger(client, "ledger", 365)  # type: ignore[assignment]
        self.functions, self.alarms, self.executions = company.functions, company.alarms, company.executions
        self.clock = company.clock


@cache
def _half_way() -> tuple[dict[Key, Item], InMemoryCloud, Aliases]:
    """Four deployments on their first step; three of them have lost their execution."""
    company = a_company()
    for function in ("stock", "till"):
        company.has_function(function)
        company.somebody_saves(function)
    cloud = Ledgers(Table(), company)
    for name, function in FUNCTIONS.items():
        Execution(cloud, {"function": function, "alarms": ["errors"]}, name).shifted()
        if name.startswith("over"):
            cloud.executions.ends(name)
    company.passes(NEW.total_seconds() + 1)  # from then on, an execution that is not found is over
    return cloud.table.items, company, aliases(company)


def _again() -> Ledgers:
    """The same half-way again; only what trials change is made anew."""
    items, company, found = _half_way()
    for target, state in found.items():
        function, _, alias = target.partition(":")
        company.functions.functions[function].aliases[alias] = state
    return Ledgers(Table(items), company)


def a_broken_item_keeps_nobody_else_from_being_settled(random: Random) -> Verdict:
    cloud = _again()
    broken = random.choice(list(FUNCTIONS))
    for _ in range(random.randint(1, 3)):
        _spoil(random, cloud.table, broken)
    before = aliases(cloud)
    expected = [name for name in FUNCTIONS if name != broken or _is_for_the_sweep(cloud, name)]
    verdict = Verdict.ACCEPTED
    try:
        check_answer(guard({"detail-type": "Scheduled Event"}, cloud))
    except HotplugError:
        verdict = Verdict.REFUSED
    for deployment in expected:
        if deployment != broken or (verdict is Verdict.ACCEPTED and not _is_said(cloud, broken)):
            _check_settled(cloud, deployment, before)
    if broken == "at-work" and cloud.alias("stock:live") != before["stock:live"]:
        raise AliasMovedByNobodyError("a deployment at work was put back")
    return verdict


def _is_for_the_sweep(cloud: Ledgers, deployment: str) -> bool:
    """One without a claim is left to the event of its end."""
    return deployment != "at-work" and ("claim", f"{FUNCTIONS[deployment]}:live") in cloud.table.items


def _is_said(cloud: Ledgers, deployment: str) -> bool:
    """A standing may be wrong and readable: then its alias is not known again, is left, and people hear."""
    return any(f"deployment {deployment}" in message.body for message in cloud.notifications.messages)


def _check_settled(cloud: Ledgers, deployment: str, before: Aliases) -> None:
    target = f"{FUNCTIONS[deployment]}:live"
    alias = cloud.alias(target)
    assert alias
    if deployment == "at-work":
        if alias != before[target]:
            raise AliasMovedByNobodyError(f"{deployment} is at work, and its alias was moved")
        return
    assert not alias.routing.is_split, f"{deployment} is over and not put back"
    assert ("claim", target) not in cloud.table.items, f"{deployment} is over and holds its claim"


def a_broken_item_does_not_break_a_task(random: Random) -> Verdict:
    """Going back and closing work with a standing and a timeline that nobody can read."""
    cloud = _again()
    act, broken, must_work = random.choice(ACTS)
    for _ in range(random.randint(1, 3)):
        _spoil(random, cloud.table, broken)
    before = aliases(cloud)
    try:
        check_answer(act(cloud))
    except HotplugError:
        assert not must_work, f"{act.__name__} was kept from it"
        return Verdict.REFUSED
    if act is not _goes_back and cloud.alias("orders:live") != before["orders:live"]:
        raise AliasMovedByNobodyError(f"{act.__name__} moved what is somebody else's")
    return Verdict.ACCEPTED


def _event(cloud: Ledgers, deployment: str = "at-work", **more: Any) -> Json:
    """As its machine has it: it carries the plan itself."""
    items, company, _ = _half_way()
    saved = Ledgers(Table(items), company).ledger.load(deployment)
    alias = cloud.alias(f"{FUNCTIONS[deployment]}:live")
    assert saved
    assert alias
    return event_at(replace(saved.progress, revisions=(alias.revision,)), **more)


def _plans(cloud: Ledgers) -> Json:
    identity = {"id": execution_arn("new"), "name": "new"}
    return plan({"request": {"function": "stock"}, "execution": identity}, cloud)


def _claims(cloud: Ledgers) -> Json:
    """For another deployment of a target whose holder is over."""
    event = _event(cloud, "over-3")
    event["plan"] = event["plan"] | {"deployment": "rival", "execution": execution_arn("rival")}
    return claim(event | {"candidates": [], "step": 0}, cloud)


def _watches(cloud: Ledgers) -> Json:
    return watch(_event(cloud, since=cloud.now().isoformat()), cloud)


def _goes_back(cloud: Ledgers) -> Json:
    answer = roll_back(_event(cloud, reason="because", fault={}), cloud)
    alias = cloud.alias("stock:live")
    assert alias
    assert not alias.routing.is_split
    return answer


def _closes(cloud: Ledgers) -> Json:
    event = _event(cloud, outcome="rolled_back", reason="because", fault={}, at_fault=True, direct=False)
    answer = close(event, cloud)
    claim_left = cloud.table.items.get(("claim", "stock:live"), {})
    assert claim_left.get("deployment") != {"S": "at-work"}, "closed, and the claim is still held"
    return answer


ACTS: tuple[tuple[Callable[[Ledgers], Json], str, bool], ...] = (
    (_plans, "at-work", True),
    (_claims, "over-3", False),
    (_watches, "at-work", True),
    (_goes_back, "at-work", True),
    (_closes, "at-work", True),
)
"""What is done, whose items are broken, and whether it has to work all the same."""


def _spoil(random: Random, table: Table, deployment: str) -> None:
    """One attribute of the claim, the standing or a line of one deployment, or the whole item."""
    target = f"{FUNCTIONS[deployment]}:live"
    keys = [key for key in table.items if key[0] == f"deployment#{deployment}" or key == ("claim", target)]
    if not keys:
        return
    key = random.choice(keys)
    item = _decoded(table.items[key])
    if random.random() < 0.05:
        del table.items[key]
        return
    _spoil_one(random, item)
    item |= {"pk": key[0], "sk": key[1]}
    table.items[key] = {name: TypeSerializer().serialize(value) for name, value in item.items() if name}


def _spoil_one(random: Random, item: Json) -> None:
    holder: Any = item
    while True:
        inner = [each for each in _inner(holder) if isinstance(each, dict | list) and each]
        if not inner or random.random() < 0.4:
            break
        holder = random.choice(inner)
    _spoil_place(random, holder)


def _inner(holder: Any) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _spoil_place(random: Random, holder: Any) -> None:
    places: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    place = random.choice(places)
    match random.randrange(4):
        case 0:
            del holder[place]
        case 1 if isinstance(holder, dict):
            holder[f"{place}2"] = holder.pop(place)
        case _:
            holder[place] = random.choice(ODD_VALUES)


def _decoded(item: Item) -> Json:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
