"""Version of LocalEmu that the patches support."""

import importlib.metadata

KNOWN_VERSION = "1.3.2"


def require_known_emulator() -> None:
    """Fail on any other version: patches depend on internals, which must be reviewed first."""
    found = importlib.metadata.version("localemu")
    assert found == KNOWN_VERSION, f"written against localemu {KNOWN_VERSION}, found {found}"
