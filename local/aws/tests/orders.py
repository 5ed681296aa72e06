"""The function `orders`, by which the emulator is tried: what it does, and how it is called and moved."""

import io
import json
import zipfile
from typing import Any

from local.aws.embedded import EmbeddedAws

SOURCE = """
class OutOfStock(Exception):
    pass

def handler(event, context):
    if event.get("fail"):
        raise OutOfStock("none left")
    if event.get("import"):
        return importable(event["import"])
    return {"release": RELEASE, "version": context.function_version, "arn": context.invoked_function_arn}

def importable(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False
"""


def archive(release: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("app.py", f"RELEASE = {release}\n{SOURCE}")
    return packed.getvalue()


def move(aws: EmbeddedAws, weights: dict[str, float], **more: str) -> dict[str, Any]:
    routing = {"AdditionalVersionWeights": weights}
    moved: dict[str, Any] = aws.client("lambda").update_alias(
        FunctionName="orders", Name="live", RoutingConfig=routing, **more
    )
    return moved


def invoke(aws: EmbeddedAws, qualifier: str = "live", **event: Any) -> tuple[dict[str, Any], Any]:
    response = aws.client("lambda").invoke(
        FunctionName="orders", Qualifier=qualifier, Payload=json.dumps(event)
    )
    return response, json.loads(response["Payload"].read())
