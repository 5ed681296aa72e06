"""Planning of a deployment: from a request and the observed state to a plan, or to every problem."""
