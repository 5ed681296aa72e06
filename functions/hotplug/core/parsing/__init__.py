"""Readers for JSON: what came in as untrusted fields, and what hotplug stored itself."""
