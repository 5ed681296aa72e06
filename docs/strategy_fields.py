"""The fields of `strategy`: what they are for, and an example of each."""

from collections.abc import Mapping

from docs.field_documentation import Told

STRATEGY_FIELDS: Mapping[str, Told] = {
    "strategy": Told(
        "In which steps the calls move: by a name of CodeDeploy or CodePipeline, or spelt out.",
        "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
        default="Canary10Percent5Minutes",
        others=(
            "Canary0.5Percent30Minutes",
            "Adaptive",
            {"type": "canary", "percent": 5, "bake": "10m"},
            {"type": "linear", "percent": 20, "every": "90s"},
            {"type": "exponential", "start": 1, "every": "2m"},
            {"type": "steps", "steps": [{"percent": 1, "bake": "5m"}, {"percent": 25, "bake": "10m"}]},
            {"type": "allAtOnce"},
            {"type": "adaptive", "maxBadRequests": 5},
        ),
    ),
    "strategy.type": Told("How the steps are spelt out.", chooses=True),
    "strategy.finalBake": Told(
        "How long it is watched with all calls before that is final.", "5m", default="0s"
    ),
    "strategy.approve": Told(
        "Somebody has to [approve](commands.md#approvals) the last step before the promotion.",
        {"timeout": "8h"},
        absent="nobody is asked",
        beside={"finalBake": "5m"},
    ),
    "strategy.approve.timeout": Told("How long it is waited for a yes.", "8h", default="2h"),
    "strategy.approve.onTimeout": Told("What becomes of it then.", "advance", default="roll_back"),
    "strategy.advanceOn": Told(
        "What the next step waits for: the end of the bake, or a proof that the candidate is safe as well.",
        "evidence",
        default="time",
    ),
    "strategy(canary).percent": Told("The candidate's share of the calls until the bake is over.", 2.5),
    "strategy(canary).bake": Told("How long that is watched.", "10m"),
    "strategy(linear).percent": Told(
        "By how much the candidate's share of the calls grows with each step.", 20
    ),
    "strategy(linear).every": Told("How long each step is watched.", "90s"),
    "strategy(exponential).start": Told("The candidate's share of the calls in the first step.", 0.5),
    "strategy(exponential).factor": Told("How many times the step before each next step is.", 1.5, default=2),
    "strategy(exponential).every": Told("How long each step is watched.", 120),
    "strategy(steps).steps": Told(
        "The steps, each with more calls than the one before.",
        [{"percent": 0.5, "bake": "1h"}, {"percent": 50, "bake": "5m"}],
    ),
    "strategy(steps).steps[].percent": Told(
        "The candidate's share of the calls; at 0 only who asks for its version reaches it.", 0
    ),
    "strategy(steps).steps[].bake": Told("How long the step is watched.", "1h"),
    "strategy(steps).steps[].approve": Told(
        "Somebody has to say yes before the next step.",
        {"timeout": "30m", "onTimeout": "hold"},
        absent="nobody is asked",
        like="strategy.approve",
    ),
    "strategy(adaptive).maxBadRequests": Told(
        "How many calls the worst candidate that is still plausible may spoil until it is found out.",
        5,
        default=20,
    ),
    "strategy(adaptive).minWeight": Told("The lightest weight, where it starts, in percent.", 0.5, default=1),
    "strategy(adaptive).maxWeight": Told("The heaviest weight before all calls, in percent.", 20, default=50),
    "strategy(adaptive).probe": Told(
        "Whether the lightest weight comes in pulses; `auto`: where it could spoil far too much.",
        "on",
        default="auto",
    ),
    "strategy(adaptive).minTime": Told("The time that it takes at least.", "10m", default="3m"),
    "strategy(adaptive).maxTime": Told("The time after which `onTimeLimit` holds.", "1h", default="30m"),
    "strategy(adaptive).onTimeLimit": Told(
        "What becomes of a candidate about which nothing is proven by then.",
        "roll_back",
        default="promote_if_quiet",
    ),
    "strategy(adaptive).bake": Told(
        "How long all calls are watched before it is final.", "1h", default="20m"
    ),
    "strategy(adaptive).resplit": Told(
        "The weight to compare at when failures are seen during `bake`; from `minWeight` to `maxWeight`.",
        5,
        default=10,
        beside={"minWeight": 0.01, "maxWeight": 99},
    ),
}
