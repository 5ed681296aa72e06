"""Readers of JSON: untrusted request fields, and items that hotplug stored."""
