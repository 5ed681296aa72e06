"""Measurements of hotplug, and what they are compared with."""
