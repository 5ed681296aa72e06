"""The plan of a deployment, as it travels through the machine."""
