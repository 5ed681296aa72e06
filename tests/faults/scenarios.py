"""Deployments that together come through every state of the machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import InMemoryCloud, a_zip
from tests.faults import acts, worlds
from tests.faults.stage import OTHER, STABLE, TWO_STEPS, WATCHED_ALARM, Stage

UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
REQUEST: Mapping[str, Any] = {
    "functions": ["orders", "billing"],
    "source": UPLOAD,
    "strategy": TWO_STEPS,
    "alarms": [WATCHED_ALARM],
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """`outcome` is what the ledger says if all goes well, or nothing.

    The sweep begins at the state `since` and ends with the last visit of `until`, or at the end.
    """

    name: str
    outcome: str
    functions: Callable[[InMemoryCloud], None] = worlds.deployed
    request: Mapping[str, Any] = field(default_factory=dict)
    arrange: Callable[[Stage], None] = acts.nothing
    since: str = "Plan"
    until: str = ""

    def stage(self) -> Stage:
        cloud = InMemoryCloud()
        self.functions(cloud)
        cloud.alarm(WATCHED_ALARM)
        cloud.has_object("artifacts", "app.zip", a_zip("better"))
        asked = {**REQUEST, **self.request}
        stage = Stage(cloud, {key: value for key, value in asked.items() if value is not None})
        self.arrange(stage)
        return stage


HOOKS = {"beforeTraffic": "check", "beforeStep": "check", "afterStep": "check", "afterTraffic": "check"}
ASKING = {
    "type": "steps",
    "steps": [{"percent": 10, "bake": "40s", "approve": {}}, {"percent": 50, "bake": "40s"}],
}
SMOKE = [{"payload": {"order": 1}, "expect": {"status": 200}}]
WARM = {"environments": 3, "before": "increases", "payload": {}}
SCENARIOS = (
    Scenario("both move in two steps", "deployed"),
    Scenario("one is new", "deployed", worlds.one_is_new, since="Publish"),
    Scenario("both are new", "deployed", worlds.both_are_new, since="Claim"),
    Scenario("all at once", "deployed", request={"strategy": "AllAtOnce"}, since="Claim"),
    Scenario("both are tried before", "deployed", request={"smoke": SMOKE}, since="Publish"),
    Scenario(
        "one fails its smoke",
        "rolled_back",
        worlds.deployed,
        {"smoke": SMOKE},
        acts.fails_its_smoke,
        "Publish",
    ),
    Scenario("both are warmed before", "deployed", request={"warm": WARM}, since="Ready?"),
    Scenario(
        "both ask hooks",
        "deployed",
        worlds.deployed_with_hooks,
        {"hooks": HOOKS},
        acts.takes_its_time,
        "Ready?",
    ),
    Scenario(
        "a hook says no",
        "rolled_back",
        worlds.deployed_with_hooks,
        {"hooks": HOOKS},
        acts.says_no_in_the_end,
        "Roll back",
    ),
    Scenario(
        "turns red while a hook works",
        "rolled_back",
        worlds.deployed_with_hooks,
        {"hooks": HOOKS},
        acts.turns_red_while_a_hook_works,
        "Hook at work",
    ),
    Scenario("old ones are deleted", "deployed", worlds.both_have_many, {"keepVersions": 3}, since="Close"),
    Scenario("one has capacity", "deployed", worlds.one_has_capacity, since="Publish"),
    Scenario(
        "one has capacity and turns red",
        "rolled_back",
        worlds.one_has_capacity,
        {},
        acts.red_while_baking,
        "Publish",
    ),
    Scenario("the alias has capacity", "deployed", worlds.the_alias_has_capacity, since="Publish"),
    Scenario(
        "the alias has capacity, all at once",
        "deployed",
        worlds.the_alias_has_capacity,
        {"strategy": "AllAtOnce"},
        since="Publish",
    ),
    Scenario("the stable version sleeps", "deployed", worlds.one_sleeps, since="Publish"),
    Scenario("one is dead", "deployed", worlds.one_is_dead),
    Scenario(
        "one is dead, and promotion breaks off",
        "rolled_back",
        worlds.one_is_dead,
        {},
        acts.promotion_breaks_off,
        "Roll back",
    ),
    Scenario(
        "one is dead, and nothing works",
        "rolled_back",
        worlds.one_is_dead,
        {},
        acts.promotion_and_roll_back_are_broken,
        "Roll back",
    ),
    Scenario("one has nothing new", "deployed", worlds.one_is_as_it_was, {"source": None}, since="Publish"),
    Scenario(
        "nothing is new", "unchanged", worlds.deployed, {"source": {"version": STABLE}}, since="Publish"
    ),
    Scenario("taken over by force", "deployed", worlds.one_is_split, {"force": True, "reason": "split"}),
    Scenario("turns red", "rolled_back", arrange=acts.red_while_baking, since="What now?"),
    Scenario(
        "turns red with one new", "rolled_back", worlds.one_is_new, {}, acts.red_while_baking, "What now?"
    ),
    Scenario("promotion breaks off", "rolled_back", arrange=acts.promotion_breaks_off, since="Roll back"),
    Scenario(
        "promotion breaks off with one new",
        "rolled_back",
        worlds.one_is_new,
        {},
        acts.promotion_breaks_off_at_its_end,
        "Roll back",
    ),
    Scenario(
        "Roll back is broken", "rolled_back", arrange=acts.roll_back_is_broken, since="Anything shifted?"
    ),
    Scenario(
        "Roll back talks nonsense",
        "rolled_back",
        arrange=acts.roll_back_talks_nonsense,
        since="Is it an answer?",
    ),
    Scenario(
        "Roll back is broken with one new",
        "rolled_back",
        worlds.one_is_new,
        {},
        acts.roll_back_is_broken,
        "Restore without code",
    ),
    Scenario(
        "nothing works with one new",
        "rolled_back",
        worlds.one_is_new,
        {},
        acts.promotion_and_roll_back_are_broken,
        "Roll back",
    ),
    Scenario("the weights stay", "rolled_back", arrange=acts.the_weights_stay, since="Put back"),
    Scenario("the last resort is always late", "rolled_back", arrange=acts.always_late, since="Try again?"),
    Scenario(
        "the last resort meets a stranger", "rolled_back", arrange=acts.meets_a_stranger, since="Still ours?"
    ),
    Scenario(
        "nothing can be put back", "rolled_back", arrange=acts.nothing_can_be_put_back, since="Put back"
    ),
    Scenario(
        "is approved",
        "deployed",
        worlds.deployed,
        {"strategy": ASKING},
        acts.is_approved_at_the_third_look,
        "What now?",
        until="Shift",
    ),
    Scenario(
        "both are new, and it is approved",
        "deployed",
        worlds.both_are_new,
        {"strategy": ASKING},
        acts.is_approved_at_the_third_look,
        "Publish",
        until="Promote",
    ),
    Scenario("is held", "busy", arrange=acts.is_held_at_first, since="Claim"),
    Scenario(
        "is held, and waits",
        "deployed",
        worlds.deployed,
        {"onBusy": "wait"},
        acts.is_held_at_first,
        "Wait for its turn",
        until="Claim",
    ),
    Scenario("goes back, and holds", "deployed", request={"source": {"version": OTHER}}, since="Close"),
    Scenario(
        "one is new, and may not be created",
        "refused",
        worlds.one_is_new,
        {"create": False},
        since="Refused?",
    ),
    Scenario("a bad request", "refused", request={"strategy": "Cannary"}, since="Refused?"),
    Scenario("a dry run", "", request={"dryRun": True}, since="Refused?"),
    Scenario("somebody holds both", "busy", arrange=acts.somebody_holds_both, since="Claim"),
    Scenario("frozen at first", "deployed", arrange=acts.is_frozen_for_two_looks, since="Ready?"),
    Scenario(
        "all at once, frozen at first",
        "deployed",
        worlds.one_is_new,
        {"strategy": "AllAtOnce", "smoke": SMOKE},
        acts.is_frozen_for_two_looks,
        "Before traffic",
    ),
    Scenario("aborted while baking", "rolled_back", arrange=acts.aborted_while_baking, since="Bake"),
    Scenario(
        "aborted while publishing", "rolled_back", arrange=acts.aborted_while_publishing, since="Publish"
    ),
    Scenario(
        "replaces", "deployed", worlds.deployed, {"onBusy": "replace"}, acts.replaces, "Wait for its turn"
    ),
    Scenario(
        "has to wait", "deployed", worlds.deployed, {"onBusy": "wait"}, acts.has_to_wait, "Wait for its turn"
    ),
)
