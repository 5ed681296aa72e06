"""How often AWS may be asked: Lambda serves a whole account, and Step Functions ends too long a history."""

EVENT_BUDGET = 10_000
"""History events that a deployment may fill; Step Functions ends an execution at 25,000."""
EVENTS_PER_POLL = 9
"""Bake 2, Watch 5, the question after it 2."""
EVENTS_PER_STEP = 16
"""A poll, and a Shift with its question."""
EVENTS_PER_STEP_WITH_HOOKS = EVENTS_PER_STEP + 16
"""A Hook with its question before the Shift, and another one with its wait."""
HOOK_EVENT_BUDGET = 8_000
"""Beside the other: what waiting for hooks may fill."""
EVENTS_BESIDE_STEPS = 1_200
"""Plan, Claim, a long Publish, Promote, Close, and room for retries."""
