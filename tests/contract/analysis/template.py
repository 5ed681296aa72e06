"""template.yaml as plain data."""

from pathlib import Path
from typing import Any

from local.aws.cloudformation import read_template

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "template.yaml"


def load_template() -> dict[str, Any]:
    template: dict[str, Any] = read_template(TEMPLATE.read_text())
    return template


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of one kind, such as `AWS::Serverless::Function`, by logical id."""
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
