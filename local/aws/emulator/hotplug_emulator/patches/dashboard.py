"""The pages that LocalEmu shows to people."""

from ._version import require_known_emulator


def leave_it_out() -> None:
    """Nobody looks at it, and 1.3.2 needs 3 s at each start to say where its 60 pages are."""
    require_known_emulator()
    from localemu.dashboard import plugins

    plugins._dashboard_registered = True
