"""CloudFormation's YAML as plain data: `!Ref x` becomes `{"Ref": "x"}`, `!Sub x` `{"Fn::Sub": "x"}`."""

from typing import Any

import yaml


class _TemplateLoader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.MappingNode():
            value: Any = loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            value = loader.construct_object(yaml.ScalarNode("tag:yaml.org,2002:str", node.value))
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_TemplateLoader.add_multi_constructor("!", _intrinsic)


def read_template(text: str) -> Any:
    """Read a template or similar file; raises yaml.YAMLError if it is no YAML."""
    return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - a safe loader with more tags
