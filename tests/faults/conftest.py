"""The voices of the end-to-end stories, for what is told here on both AWS."""

from tests.e2e.conftest import given, then, when, world

__all__ = ["given", "then", "when", "world"]
