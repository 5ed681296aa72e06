"""The demonstration: a good swap and a bad one, under traffic."""
