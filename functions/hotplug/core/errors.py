"""Errors that the state machine catches by name. Each name is one word that an operator can search for."""


class HotplugError(Exception):
    """Base class of every error that hotplug raises on purpose."""


class TryAgainError(HotplugError):
    """AWS throttled or failed for a moment. The same call may succeed later, so the machine retries it."""


class RevisionStaleError(HotplugError):
    """A compare-and-set write was refused: the resource changed after the last read."""


class AliasMovedError(HotplugError):
    """An alias of this deployment was modified externally. hotplug leaves it unchanged."""


class NotSettledError(HotplugError):
    """An alias' calls never reached its new version, whose provisioned concurrency is not ready."""


class TrippedError(HotplugError):
    """The guard has already restored the aliases. This deployment must not move them any more."""


class AlarmRedError(HotplugError):
    """A watched alarm went into ALARM before a deployment without steps gave its candidates all calls."""


class AbortedError(HotplugError):
    """An operator or a newer deployment aborted this one. Its code is not at fault."""


class PublishFailedError(HotplugError):
    """The source produced no version, or not the requested one."""


class SmokeFailedError(HotplugError):
    """A candidate failed its smoke test. It has had no traffic, and gets none."""


class HookFailedError(HotplugError):
    """A hook answered FAILED, ended with an error, or did not finish within its timeout."""


class NotRestoredError(HotplugError):
    """At least one alias could not be restored in this attempt. The machine retries."""


class PlanTooNewError(HotplugError):
    """A later release wrote this plan. This code must not act on it."""


class ArtifactRefusedError(HotplugError):
    """The object is not a deployment package that Lambda accepts. The message gives the reason."""


class SignatureRefusedError(HotplugError):
    """The function requires signed code, and Lambda rejects the signature of this code. Nothing changed."""


class ForbiddenError(HotplugError):
    """AWS denied a call. This function's role, or a policy of the resource, lacks a permission."""


class UnreadableError(HotplugError, ValueError):
    """An input or a stored item does not have the format that hotplug writes. hotplug does not act on it."""
