"""The emulator's plug-in is installed elsewhere; its parts without LocalEmu are tested here as they lie."""

import sys

from local import places

sys.path.insert(0, str(places.ROOT / "local" / "emulator"))
