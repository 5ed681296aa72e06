"""Activities that several handlers share, each from reading AWS to writing it."""
