"""Budget of history events of an execution, which Step Functions limits."""

EVENT_BUDGET = 10_000
"""History events that a deployment may use. Step Functions ends an execution at 25,000."""
EVENTS_PER_POLL = 9
"""Bake 2, Watch 5, the Choice after it 2."""
EVENTS_PER_STEP = 16
"""A poll, and a Shift with its Choice."""
EVENTS_PER_STEP_WITH_HOOKS = EVENTS_PER_STEP + 16
"""A Hook with its Choice before the Shift, and another one with its Wait."""
HOOK_EVENT_BUDGET = 8_000
"""History events for waiting on hooks, in addition."""
EVENTS_BESIDE_STEPS = 1_200
"""Plan, Claim, a long Publish, Promote, Close, and room for retries."""
