"""Conversion of SAM templates and CodeDeploy AppSpecs into hotplug requests."""
