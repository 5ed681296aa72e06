"""The one emulator that the patches know."""

import importlib.metadata

KNOWN_VERSION = "1.3.2"


def require_known_emulator() -> None:
    """Patches reach into internals: another version must be looked at before it is patched."""
    found = importlib.metadata.version("localemu")
    assert found == KNOWN_VERSION, f"written against localemu {KNOWN_VERSION}, found {found}"
