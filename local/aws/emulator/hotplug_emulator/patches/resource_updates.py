"""Updates of CloudFormation resources that 1.3.2 reports as done, but does not perform."""

from ._version import require_known_emulator


def update_alarms_in_place() -> None:
    """A changed alarm takes effect. The Put calls of alarms overwrite, so an update is a create."""
    require_known_emulator()
    from localemu.services.cloudwatch.resource_providers.aws_cloudwatch_alarm import CloudWatchAlarmProvider
    from localemu.services.cloudwatch.resource_providers.aws_cloudwatch_compositealarm import (
        CloudWatchCompositeAlarmProvider,
    )

    for provider in (CloudWatchAlarmProvider, CloudWatchCompositeAlarmProvider):
        provider.update = provider.create
