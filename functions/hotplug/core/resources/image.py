"""Container images in ECR, as a source names them."""

import re
from dataclasses import dataclass

from hotplug.core.parsing.problem import MisfitError, matching

REFERENCE = re.compile(
    r"(?P<registry>(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?)"
    r"/(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
MAX_REPOSITORY = 256
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
"""Lambda's names of the architectures of images."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by tag, digest or both. The digest takes precedence; the tag is then for display."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def account(self) -> str:
        """The account of the registry."""
        return self.registry[:12]

    @property
    def region(self) -> str:
        """The Region of the registry."""
        return self.registry.removesuffix(".cn").removesuffix(".amazonaws.com").rpartition(".")[2]

    @property
    def pinned(self) -> str:
        """The URI for Lambda, by digest: a later push to the tag can't change it."""
        return f"{self.registry}/{self.repository}@{self.digest}"

    def __str__(self) -> str:
        tag, digest = f":{self.tag}" if self.tag else "", f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def image_uri(value: object) -> Image:
    """Read an image of a private ECR registry with a tag or a digest; Lambda accepts no others."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found and (found["tag"] or found["digest"]) and len(found["repository"]) <= MAX_REPOSITORY:
        return Image(found["registry"], found["repository"], found["tag"], found["digest"])
    raise MisfitError(
        "an image in ECR with a tag or a digest, like "
        '"123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:v42"',
        matching(REFERENCE),
    )


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """The image behind a tag now; `architecture` is Lambda's name for it, empty if it could not be read."""

    digest: str
    architecture: str = ""

    @property
    def sha256(self) -> str:
        """The CodeSha256 that Lambda reports for a function with this image."""
        return self.digest.removeprefix("sha256:")
