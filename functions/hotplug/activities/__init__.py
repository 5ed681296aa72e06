"""Steps that several handlers share, each from a read of AWS to a write."""
