"""CloudWatch metrics of Lambda: queries, and per-minute counts from the answers."""
