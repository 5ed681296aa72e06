"""Every protection that the sweep proves, and how it is taken away."""

from tests.faults.mutations import PRODUCT, Mutation, instead, of_activity, of_handler, without
from tests.faults.protections_asked_for import ASKED_FOR

MACHINE = "statemachine/deploy.asl.json"
FAKE_LEDGER = "tests/fakes/ledger.py"


CATCHING = (
    "Claim",
    "Publish",
    "Before traffic",
    "Hook",
    "Shift",
    "Watch",
    "Promote",
    "Roll back",
    "Restore without code",
    "Close",
    "Prune",
)
RETRYING = ("Plan", "Claim", "Publish", "Hook", "Shift", "Watch", "Promote", "Roll back", "Close")

MUTATIONS = (
    *(Mutation(f"{state} catches nothing", MACHINE, without(state, "Catch")) for state in CATCHING),
    *(Mutation(f"{state} is not retried", MACHINE, without(state, "Retry")) for state in RETRYING),
    Mutation(
        "the last resort looks not whether an alias is ours",
        MACHINE,
        instead('"Default": "Left as it is"', '"Default": "Put back"'),
    ),
    Mutation(
        "the last resort leaves a new alias",
        MACHINE,
        instead('"Next": "Take away"', '"Next": "Left as it is"'),
    ),
    Mutation(
        "the last resort reads not what it wrote",
        MACHINE,
        instead('"Next": "Is it back?"', '"Next": "It is back"'),
    ),
    Mutation(
        "the last resort takes one read for the truth",
        MACHINE,
        instead("{% $reads < 5 %}", "{% false %}"),
    ),
    Mutation(
        "Roll back is believed whatever it answers",
        MACHINE,
        instead(
            "{% $answer.outcome in ['rolled_back', 'deployed', 'unchanged'] and"
            " $string($answer.reason) = $answer.reason %}",
            "{% true %}",
        ),
    ),
    Mutation(
        "there is no last resort",
        MACHINE,
        instead('"Default": "Restore without code"', '"Default": "Not restored"'),
    ),
    of_handler(
        "a smoke test that Lambda does not take now has failed",
        "before_traffic",
        "(later if error.passes else failures)",
        "failures",
    ),
    of_activity(
        "a hook that Lambda does not take now has failed",
        "call_hook",
        "if error.passes:",
        "if False:",
    ),
    of_activity(
        "Roll back fences nothing",
        "restore_aliases",
        " and not saved.knows(move, alias)",
        "",
    ),
    of_activity(
        "Roll back looks not whether an alias is ours", "restore_aliases", "not move.is_ours(alias)", "False"
    ),
    of_activity(
        "Roll back does not write an alias that is on its dead version",
        "restore_aliases",
        "written = _written(cloud, move, alias)",
        "written = now if is_back else _written(cloud, move, alias)",
        first="one is dead / Promote",
    ),
    Mutation(
        "a dead live version is like any other",
        f"{PRODUCT}/core/planning/facts.py",
        instead("if self.stable.state in CALLABLE:", "if True:"),
        first="one is dead / Plan",
    ),
    of_activity(
        "a freeze does not hold the first calls", "take_commands", "blocks(plan, commands, cloud.now())", "()"
    ),
    Mutation(
        "an abort is not obeyed",
        f"{PRODUCT}/core/rollout/signals.py",
        instead("    if signals.commands.aborted:", "    if False:"),
    ),
    Mutation(
        "a red alarm is no sign",
        f"{PRODUCT}/core/rollout/signals.py",
        instead("    if red and not plan.ignores_alarms:", "    if False:"),
    ),
    of_handler("Roll back decides nothing", "roll_back", "_decided(cloud, progress.plan.deployment)", "None"),
    Mutation(
        "nobody looks whether an alias is where it was left",
        f"{PRODUCT}/core/deployment/progress.py",
        instead("if not move.is_in_place(alias, shifted=shifted)", "if False"),
    ),
    Mutation(
        "what settles is somebody else's",
        f"{PRODUCT}/core/deployment/progress.py",
        instead("        yield from _settling(promoted, planned, candidate)\n"),
    ),
    Mutation(
        "one read decides", f"{PRODUCT}/activities/read_alias.py", instead("MAX_READS = 5", "MAX_READS = 1")
    ),
    of_activity(
        "Watch and Hook look not at the alarms",
        "observe",
        "alarms=alarm_states(cloud, plan.alarms)",
        "alarms={}",
    ),
    of_activity(
        "Watch and Hook look not at the aliases",
        "observe",
        "[] if tripped else modified_externally(progress, aliases, shifted=shifted)",
        "[]",
    ),
    of_handler("Watch looks not at the guard", "watch", "cloud.ledger.tripped(plan.deployment)", "None"),
    of_handler(
        "Hook looks not at the alarms",
        "hook",
        "stopped(seen.plan, step",
        "stopped(replace(seen.plan, alarms=()), step",
    ),
    of_activity(
        "nothing is said before aliases move",
        "move_aliases",
        "    cloud.ledger.save(progress, phase)\n    for",
        "    for",
    ),
    of_activity(
        "nothing is said before another try",
        "move_aliases",
        "        cloud.ledger.save(read, phase)\n",
        first="/ Shift #",
    ),
    of_activity(
        "another RevisionId alone ends what writes an alias",
        "compare_and_set",
        "with suppress(RevisionStaleError)",
        "with suppress()",
    ),
    of_handler(
        "deployed is said while an alias settles", "promote", 'if waiting and event.get("waits")', "if False"
    ),
    of_handler(
        "Promote says that it moves only",
        "promote",
        "point_all(cloud, progress, Phase.PROMOTING",
        "point_all(cloud, progress, Phase.MOVING",
    ),
    of_handler("Promote looks not after it created", "promote", "saved and saved.outcome is", "None is"),
    of_activity(
        "aliases are written whatever they are",
        "move_aliases",
        "if alias and move.may_move(alias)",
        "if alias",
    ),
    of_handler("Plan says nothing", "plan", "    cloud.ledger.save(progress, Phase.MOVING)\n"),
    of_handler(
        "Claim looks not whether an alias moved", "claim", "if not _as_planned(plan, *pair)]", "if False]"
    ),
    of_activity(
        "Close decides nothing",
        "close_deployment",
        "    outcome = cloud.ledger.decide(plan.deployment, outcome)\n",
    ),
    of_activity(
        "Close frees no claim", "close_deployment", "cloud.ledger.release(plan.deployment, targets)", "pass"
    ),
    of_activity(
        "Close leaves concurrency", "close_deployment", ", *settle_concurrency(cloud, progress, outcome)"
    ),
    of_activity(
        "Publish leaves what it asked for too late",
        "provision_concurrency",
        "list(_taken_back(cloud, progress.plan.deployment, move))",
        "pass",
    ),
    of_activity(
        "everything that goes back is blamed",
        "close_deployment",
        "if at_fault else ()",
        "if outcome is Outcome.ROLLED_BACK else ()",
    ),
    of_activity(
        "the guard settles nothing that is over",
        "settle_ended",
        "if not has_ended(cloud, execution, holder.since)",
        "if True",
    ),
    of_activity(
        "the guard asks not whether it runs",
        "settle_ended",
        "if not has_ended(cloud, execution, holder.since)",
        "if False",
    ),
    of_activity(
        "the guard believes one answer about an execution", "settle_ended", "MAX_READS = 4", "MAX_READS = 1"
    ),
    of_activity(
        "the guard takes an execution that is not found for over",
        "settle_ended",
        "(runs is None and not _is_old(cloud, since))",
        "False",
    ),
    of_activity(
        "the guard decides nothing",
        "settle_ended",
        "cloud.ledger.decide(plan.deployment, ending)",
        "ending",
    ),
    of_activity(
        "the guard looks before it decides",
        "settle_ended",
        "cloud.ledger.load(plan.deployment) or saved)",
        "saved)",
    ),
    of_activity(
        "the guard keeps no promotion",
        "settle_ended",
        "Outcome.DEPLOYED if done",
        "Outcome.ROLLED_BACK if done",
    ),
    of_activity(
        "the guard fences no promotion",
        "settle_ended",
        "cloud.functions.point(move.planned.target, now.routing, now.revision)",
        "pass",
    ),
    of_handler(
        "the guard sweeps nothing", "guard", "for holder in cloud.ledger.claims()", "for holder in ()"
    ),
    of_handler("the guard hears of no end", "guard", "if kind == ENDED and", "if False and"),
    of_handler(
        "the guard puts nothing back at once",
        "guard",
        "restore_all(cloud, (cloud.ledger.load(deployment) or saved).progress)",
        "Restored((), ())",
    ),
    of_handler(
        "the guard trips nothing before it puts back",
        "guard",
        "or not cloud.ledger.trip(deployment, reason)",
        "",
    ),
    of_handler(
        "the guard believes every alarm",
        "guard",
        "return trips(saved.progress, watched, alarm_states(cloud, [watched]).get(alarm))",
        'return trips(saved.progress, watched, None) or "an event said so"',
    ),
    Mutation(
        "a trip stops no move",
        FAKE_LEDGER,
        instead("(saved and saved.tripped) or deployment", "deployment"),
    ),
    Mutation(
        "a decision stops no move",
        FAKE_LEDGER,
        instead("(saved and saved.tripped) or deployment in self.decided", "saved and saved.tripped"),
    ),
    Mutation(
        "the last word counts",
        FAKE_LEDGER,
        instead(
            "decided = self.decided.setdefault(deployment, outcome)",
            "decided = self.decided[deployment] = outcome",
        ),
    ),
    Mutation(
        "anybody may claim", FAKE_LEDGER, instead("if holder.deployment != plan.deployment]", "if False]")
    ),
    Mutation(
        "anybody may free a claim",
        FAKE_LEDGER,
        instead("any(holder and holder.deployment != deployment for holder in holders)", "False"),
    ),
    *ASKED_FOR,
)
