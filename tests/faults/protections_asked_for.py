"""The protections that somebody asked for, or that an operator relies on, and how each is taken away."""

from tests.faults.mutations import PRODUCT, Mutation, instead, of_activity, of_handler

ASKED_FOR = (
    Mutation(
        "a step asks for no approval",
        f"{PRODUCT}/core/rollout/gates.py",
        instead("if self._approval and not judgement.overdue:", "if False:"),
        first="is approved",
    ),
    of_activity(
        "the first calls ask for no approval",
        "take_commands",
        "plan.approval or commands.abort",
        "commands.abort",
        first="it is approved",
    ),
    of_handler(
        "Promote looks not at the alarms",
        "promote",
        "        stop_if_red(cloud, progress.plan)\n",
        "        pass\n",
        first="all at once / Promote",
    ),
    of_handler(
        "Claim looks not whether a target is held",
        "claim",
        "for target in waiting if (hold := hold_of(cloud, target))]",
        "for target in waiting if (hold := None)]",
        first="is held",
    ),
    of_handler(
        "Claim looks only once whether a target is held",
        "claim",
        """        return "; ".join(busy)
    held = _held(cloud, plan)""",
        """        return "; ".join(busy)
    held = \"\"""",
        first="Claim #3 / somebody holds a target",
    ),
    of_activity(
        "who goes back holds nothing",
        "close_deployment",
        "*settle_concurrency(cloud, progress, outcome), *held]",
        "*settle_concurrency(cloud, progress, outcome)]",
        first="goes back",
    ),
    Mutation(
        "an alias is created though that is forbidden",
        f"{PRODUCT}/core/planning/target_checks.py",
        instead("if alias is None and not request.create:", "if False:"),
        first="may not be created",
    ),
    of_activity(
        "claims are freed while it runs",
        "free_claims",
        "any(_may_run(cloud, holder) for holder in holders)",
        "False",
        first="somebody frees",
    ),
    of_activity(
        "claims are freed that the guard can settle",
        "free_claims",
        'within minutes of its end", False',
        'within minutes of its end", True',
        first="somebody frees",
    ),
    of_activity(
        "claims are freed before anybody has seen the aliases",
        "free_claims",
        "if wanted.seen != aliases:",
        "if False:",
        first="somebody frees",
    ),
    of_activity(
        "claims are freed, and nothing is decided",
        "free_claims",
        "        _decide(cloud, name)\n",
        "        pass\n",
        first="as a task begins",
    ),
)
