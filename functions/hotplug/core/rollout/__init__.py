"""Decisions while traffic moves: signals, gates, commands, hooks and polling."""
