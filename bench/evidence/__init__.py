"""The evidence judge compared with the rules of other tools, in a simulated world."""
