"""Parts that a request and a plan share: sources, hooks, smoke tests, windows and steps."""
