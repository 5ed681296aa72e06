"""CloudTrail."""

from ._version import require_known_emulator


def record_nothing_without_a_trail() -> None:
    """Without a trail, no API call is published to EventBridge, and nothing here creates one.

    1.3.2 keeps every API call in memory, and publishes management calls to the event bus a minute later.
    """
    require_known_emulator()
    from localemu.services.cloudtrail import recording_hook

    recording_hook.unregister_recording_hook()
    recording_hook.register_recording_hook = lambda: None
