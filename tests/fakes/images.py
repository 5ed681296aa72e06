"""ECR in memory: tags that can be moved, and digests that stay what they are."""

import hashlib

from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.resources.image import Image, ResolvedImage, image_uri
from tests.fakes.faults import Surprising, verb

REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com"


def digest_of(content: str) -> str:
    """An image's digest."""
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


class InMemoryImages(Surprising):
    """The `Images` of a test."""

    def __init__(self) -> None:
        super().__init__()
        self._tags: dict[str, str] = {}
        self._architectures: dict[str, str] = {}

    def receives(self, uri: str, content: str, architecture: str = "x86_64") -> str:
        """Somebody pushes an image with a tag, which may have meant another before; its digest."""
        image = image_uri(uri)
        digest = self._tags[f"{image.repository}:{image.tag}"] = digest_of(content)
        self._architectures[f"{image.repository}@{digest}"] = architecture
        return digest

    def has(self, image: Image) -> bool:
        """Whether that digest was pushed."""
        return f"{image.repository}@{image.digest}" in self._architectures

    @verb
    def resolve(self, image: Image) -> ResolvedImage:
        digest = image.digest or self._tags.get(f"{image.repository}:{image.tag}", "")
        architecture = self._architectures.get(f"{image.repository}@{digest}")
        if architecture is None:
            raise ArtifactRefusedError("it does not exist (ImageNotFound)")
        return ResolvedImage(digest, architecture)
