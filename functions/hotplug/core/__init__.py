"""Decisions as plain data: standard library only, no AWS, environment, clock or randomness."""
