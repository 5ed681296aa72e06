"""Prices of AWS Lambda in us-east-1, in US dollars, without any free tier."""

RUN_USD = 0.20 / 1_000_000
"""AWS Lambda pricing: $0.20 for 1 million requests."""
GB_SECOND_ARM_USD = 0.0000133334
"""AWS Lambda pricing, Arm, first tier: duration in GB-seconds."""
GB_SECOND_X86_USD = 0.0000166667
"""AWS Lambda pricing, x86, first tier: duration in GB-seconds."""
