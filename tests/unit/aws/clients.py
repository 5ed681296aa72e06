"""boto3 clients that reach nobody: a stub answers, and holds what is asked against AWS's own model."""

from typing import Any

import boto3
from botocore.config import Config


def a_client(service: str) -> Any:
    """One that tries once."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=Config(retries={"total_max_attempts": 1}),
    )
