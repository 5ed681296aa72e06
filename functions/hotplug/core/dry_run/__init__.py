"""The report of a plan that is not carried out: states, times and cost."""
