"""Roles of tests, and clients that may do what a role may."""

import json
from typing import Any

import boto3

from local.aws import places
from local.aws.embedded import EmbeddedAws

ACCOUNT = "000000000000"


def role(aws: EmbeddedAws, service: str, name: str, *statements: dict[str, Any]) -> str:
    """Make a role that the service, like "lambda", and this account may assume; return its ARN."""
    iam = aws.client("iam")
    trusted = {"Service": f"{service}.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def client_of(aws: EmbeddedAws, role_arn: str, service: str) -> Any:
    """Return a client that may do what the role may."""
    taken = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=aws.endpoint,
        region_name=places.REGION,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )
