"""The errors that the state machine may hear: each is one word that an operator can search for."""


class HotplugError(Exception):
    """The root of every error that hotplug raises on purpose."""


class TryAgainError(HotplugError):
    """AWS was throttling or failing for a moment; the same call may work later. The machine retries it."""


class RevisionStaleError(HotplugError):
    """A compare-and-set write was refused: the resource changed after it was last read."""


class AliasMovedError(HotplugError):
    """Somebody else moved an alias that this deployment was moving. It is left as it is."""


class TrippedError(HotplugError):
    """The guard has put the aliases back already; this deployment may not move them any more."""


class AbortedError(HotplugError):
    """An operator, or a newer deployment, called this one off. Nobody blames its code."""


class PublishFailedError(HotplugError):
    """No version came out of the source, or not the one that was asked for."""


class SmokeFailedError(HotplugError):
    """A candidate did not do what its smoke expects. It has had no traffic, and gets none."""


class HookFailedError(HotplugError):
    """A hook said no, failed, or did not come to an answer in its time."""


class NotRestoredError(HotplugError):
    """At least one alias could not be put back in this attempt. The machine tries again."""


class PlanTooNewError(HotplugError):
    """The plan was made by a later release than this code, so this code may not act on it."""


class ArtifactRefusedError(HotplugError):
    """The object is not a deployment package that Lambda would take. The message says why."""


class SignatureRefusedError(HotplugError):
    """The function demands signed code, and Lambda does not take this one's signature. Nothing changed."""


class ForbiddenError(HotplugError):
    """AWS denied a call: this function's role, or a policy on the resource, lacks a permission."""


class UnreadableError(HotplugError, ValueError):
    """What hotplug was handed, or once wrote down, is not as it writes it. It is not acted on."""
