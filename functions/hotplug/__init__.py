"""hotplug: moves Lambda aliases from one version to the next, step by step, and back when it must."""
