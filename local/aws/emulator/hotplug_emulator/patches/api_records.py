"""CloudTrail."""

from ._version import require_known_emulator


def record_nothing_without_a_trail() -> None:
    """Nothing here makes a trail, and without one no call comes to EventBridge; 1.3.2 keeps every call of an
    API in memory, and sends those that manage something to the event bus a minute later.
    """
    require_known_emulator()
    from localemu.services.cloudtrail import recording_hook

    recording_hook.unregister_recording_hook()
    recording_hook.register_recording_hook = lambda: None
