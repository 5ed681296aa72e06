"""From a request and the observed state to a plan, or to everything against it."""
