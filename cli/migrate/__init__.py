"""Turns how other tools are told to shift traffic into requests of hotplug's."""
