"""Every protection that the sweep proves, and how it is taken away."""

from tests.faults.mutations import Mutation, instead, without

MACHINE = "statemachine/deploy.asl.json"
HANDLERS = "functions/hotplug/handlers"
FAKE_LEDGER = "tests/fakes/ledger.py"


def of_handler(name: str, handler: str, old: str, new: str = "") -> Mutation:
    return Mutation(name, f"{HANDLERS}/{handler}.py", instead(old, new))


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
        "Roll back is believed whatever it answers",
        MACHINE,
        instead("{% $answer.outcome in ['rolled_back', 'deployed', 'unchanged'] %}", "{% true %}"),
    ),
    Mutation(
        "there is no last resort",
        MACHINE,
        instead('"Default": "Restore without code"', '"Default": "Not restored"'),
    ),
    of_handler(
        "Roll back fences nothing",
        "restoring",
        "== goal and not (alias and alias.revision == move.revision)",
        "== goal",
    ),
    of_handler(
        "Roll back looks not whether an alias is ours", "restoring", "not move.is_ours(alias)", "False"
    ),
    of_handler(
        "a freeze does not hold the first calls", "ordering", "holds(plan, orders, cloud.now())", "()"
    ),
    Mutation(
        "an abort is not obeyed",
        "functions/hotplug/core/judgement.py",
        instead("    if signs.orders.aborted:", "    if False:"),
    ),
    Mutation(
        "a red alarm is no sign",
        "functions/hotplug/core/judgement.py",
        instead("    if red and not plan.is_going_back:", "    if False:"),
    ),
    of_handler("Roll back decides nothing", "roll_back", "_decided(cloud, progress.plan.deployment)", "None"),
    of_handler("nobody looks whether an alias is ours", "moving", "if not move.is_ours(alias)]", "if False]"),
    of_handler("Watch looks not at the alarms", "watch", "cloud.alarms.states(names) if names else {}", "{}"),
    of_handler("Watch looks not at the guard", "watch", "cloud.ledger.tripped(plan.deployment)", "None"),
    of_handler("Hook looks not at the alarms", "hook", "cloud.alarms.states(names) if names else {}", "{}"),
    of_handler("Shift says nothing before it moves", "shift", "cloud.ledger.save(progress, Phase.MOVING)"),
    of_handler(
        "Promote says nothing before it moves",
        "promote",
        "    cloud.ledger.save(progress, Phase.PROMOTING)\n",
    ),
    of_handler(
        "Promote says that it moves only",
        "promote",
        "save(progress, Phase.PROMOTING)",
        "save(progress, Phase.MOVING)",
    ),
    of_handler(
        "Promote looks not after it created", "promote", "standing and standing.outcome is", "None is"
    ),
    of_handler(
        "aliases are written whatever they are",
        "moving",
        "wanted, revision)",
        'wanted, getattr(cloud.lambdas.alias(move.planned.target), "revision", revision))',
    ),
    of_handler(
        "a write whose answer was lost is no success", "moving", "alias and move.is_done(alias)", "False"
    ),
    of_handler("Plan says nothing", "plan", "    cloud.ledger.save(progress, Phase.MOVING)\n"),
    of_handler("Claim looks not whether an alias moved", "claim", "if not _as_planned(*pair)]", "if False]"),
    of_handler(
        "Close decides nothing", "closing", "    outcome = cloud.ledger.decide(plan.deployment, outcome)\n"
    ),
    of_handler("Close frees no claim", "closing", "cloud.ledger.release(plan.deployment, targets)", "pass"),
    of_handler("Close leaves capacity", "closing", ", *settle_capacity(cloud, progress, outcome)"),
    of_handler(
        "Publish leaves what it asked for too late", "provisioning", "list(_taken_back(cloud, move))", "pass"
    ),
    of_handler(
        "everything that goes back is blamed",
        "closing",
        "if blame else ()",
        "if outcome is Outcome.ROLLED_BACK else ()",
    ),
    of_handler(
        "the guard settles nothing that is over",
        "finishing",
        "if cloud.executions.is_running(execution)",
        "if True",
    ),
    of_handler(
        "the guard asks not whether it runs",
        "finishing",
        "if cloud.executions.is_running(execution)",
        "if False",
    ),
    of_handler(
        "the guard decides nothing",
        "finishing",
        "cloud.ledger.decide(plan.deployment, _ending(cloud, standing))",
        "_ending(cloud, standing)",
    ),
    of_handler(
        "the guard looks before it decides",
        "finishing",
        "cloud.ledger.standing(plan.deployment) or standing)",
        "standing)",
    ),
    of_handler(
        "the guard keeps no promotion", "finishing", "Outcome.DEPLOYED if done", "Outcome.ROLLED_BACK if done"
    ),
    of_handler(
        "the guard fences no promotion",
        "finishing",
        "cloud.lambdas.point(target, alias.routing, alias.revision)",
        "pass",
    ),
    of_handler(
        "the guard sweeps nothing", "guard", "for holder in cloud.ledger.claims()", "for holder in ()"
    ),
    of_handler("the guard hears of no end", "guard", "if kind == ENDED and", "if False and"),
    of_handler(
        "the guard puts nothing back at once",
        "guard",
        "restore_all(cloud, standing.progress) if standing else []",
        "[]",
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
        "return trips(plan, step, watched[0], state)",
        'return trips(plan, step, watched[0], state) or "an event said so"',
    ),
    Mutation(
        "a trip stops no move",
        FAKE_LEDGER,
        instead("(standing and standing.tripped) or deployment", "deployment"),
    ),
    Mutation(
        "a decision stops no move",
        FAKE_LEDGER,
        instead(
            "(standing and standing.tripped) or deployment in self.decided", "standing and standing.tripped"
        ),
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
)
