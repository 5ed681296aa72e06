"""Demonstration: a good deployment and a bad one, under traffic."""
