"""template.yaml as plain data."""

from pathlib import Path
from typing import Any

from local.aws.cloudformation import read_template

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "template.yaml"


def load_template() -> dict[str, Any]:
    """As SAM CLI builds it: with what each YAML alias stands for, and no two places share an object."""
    template: dict[str, Any] = _written_out(read_template(TEMPLATE.read_text()))
    return template


def _written_out(value: Any) -> Any:
    match value:
        case dict():
            return {key: _written_out(item) for key, item in value.items()}
        case list():
            return [_written_out(item) for item in value]
        case _:
            return value


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of one kind, such as `AWS::Serverless::Function`, by logical id."""
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
