"""Bundles of hotplug to test with, and S3's objects in memory as the real adapter reads them."""

import io
import json
import zipfile
from typing import Any

from botocore.response import StreamingBody

from hotplug.aws.artifacts import AwsArtifacts
from hotplug.core.plan.plan import SCHEMA
from hotplug.core.resources.package import FILE, Artifact
from hotplug.core.spec.source import Package
from tests.fakes.artifacts import InMemoryArtifacts

FITS = {"release": "0.2.0", "definition": 1, "writes": SCHEMA, "reads": [SCHEMA]}
"""What a release says that can live beside this one on the first definition."""


def a_bundle(
    release: object = FITS, *, text: str | None = None, name: str = FILE, method: int = zipfile.ZIP_STORED
) -> bytes:
    """A package that says this of itself, packed by this method."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr(zipfile.ZipInfo("hotplug/handlers/plan.py"), "handler = None")
        said = zipfile.ZipInfo(name)
        said.compress_type = method
        package.writestr(said, json.dumps(release) if text is None else text)
    return stream.getvalue()


class Store:
    """A client of S3 over the objects in memory."""

    def __init__(self, objects: InMemoryArtifacts) -> None:
        self._objects = objects

    def get_object(self, **asked: Any) -> dict[str, Any]:
        body = self._objects.body(Package(asked["Bucket"], asked["Key"], asked.get("VersionId")))
        return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentLength": len(body)}


class ReadArtifacts(InMemoryArtifacts):
    """Objects in memory, whose packages are looked into by the real adapter."""

    def inspect(self, package: Package) -> Artifact:
        client: Any = Store(self)
        return AwsArtifacts(client).inspect(package)
