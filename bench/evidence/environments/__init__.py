"""Deployments whose calls are made one by one, in pools of execution environments."""
