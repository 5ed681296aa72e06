"""The judge of "by evidence" beside the rules of other tools, in a simulated world."""
