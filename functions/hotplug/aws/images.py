"""Container images in ECR."""

import json
import logging
from collections.abc import Callable
from typing import Any, Protocol
from urllib.request import urlopen

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError
from hotplug.core.resources.image import ARCHITECTURES, Image, ResolvedImage

SINGLE = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
SEVERAL = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
GONE = frozenset({"RepositoryNotFoundException", "ImageNotFoundException"})
MAX_CONFIG = 1_000_000
DOWNLOAD_SECONDS = 5

logger = logging.getLogger("hotplug")


class EcrClient(Protocol):
    """The methods of ECR's client that are used."""

    @property
    def meta(self) -> Any: ...
    def batch_get_image(self, **asked: Any) -> dict[str, Any]: ...
    def get_download_url_for_layer(self, **asked: Any) -> dict[str, Any]: ...


class Images(Protocol):
    """Images in ECR, as hotplug reads them."""

    def resolve(self, image: Image) -> ResolvedImage:
        """Resolve a tag or digest now; raises ArtifactRefusedError if Lambda would reject the image."""


class AwsImages:
    """Images in ECR. `download` reads a presigned URL."""

    def __init__(self, client: EcrClient, download: Callable[[str], bytes] | None = None) -> None:
        self._client, self._download = client, download or _downloaded

    def resolve(self, image: Image) -> ResolvedImage:
        """BatchGetImage: digest and manifest in one call. An architecture that can't be read stays empty."""
        region = self._client.meta.region_name
        if image.region != region:
            raise ArtifactRefusedError(
                f"it is in {image.region}, Lambda takes images of its own Region, {region}"
            )
        found = self._found(image)
        digest, manifest = found["imageId"]["imageDigest"], json.loads(found["imageManifest"])
        kind = found.get("imageManifestMediaType") or manifest.get("mediaType")
        if kind in SEVERAL:
            raise ArtifactRefusedError(
                "it is a list of images for several platforms, Lambda takes a single one "
                "(docker buildx build --platform … --provenance=false)"
            )
        return ResolvedImage(digest, self._architecture(image, manifest))

    def _found(self, image: Image) -> dict[str, Any]:
        wanted = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
        try:
            with translated():
                answer = self._client.batch_get_image(
                    registryId=image.account,
                    repositoryName=image.repository,
                    imageIds=[wanted],
                    acceptedMediaTypes=[*SINGLE, *SEVERAL],
                )
        except ForbiddenError as error:
            raise ArtifactRefusedError("hotplug may not read it (see SourceRepositories)") from error
        except ClientError as error:
            if code(error) in GONE:
                raise ArtifactRefusedError(f"it does not exist ({code(error)})") from error
            raise
        if not answer.get("images"):
            why = next(
                (failure.get("failureCode") for failure in answer.get("failures", ())), "ImageNotFound"
            )
            raise ArtifactRefusedError(f"it does not exist ({why})")
        first: dict[str, Any] = answer["images"][0]
        return first

    def _architecture(self, image: Image, manifest: dict[str, Any]) -> str:
        """GetDownloadUrlForLayer of the image's configuration, which names its architecture."""
        try:
            with translated():
                answer = self._client.get_download_url_for_layer(
                    registryId=image.account,
                    repositoryName=image.repository,
                    layerDigest=manifest["config"]["digest"],
                )
            name = str(json.loads(self._download(answer["downloadUrl"]))["architecture"])
        except Exception:
            logger.exception("could not read the architecture of %s", image)
            return ""
        return ARCHITECTURES.get(name, name)


def _downloaded(address: str) -> bytes:
    if not address.startswith("https://"):
        raise ValueError("ECR's address is not HTTPS")
    with urlopen(address, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 - HTTPS, and a URL of ECR
        content: bytes = answer.read(MAX_CONFIG)
    return content
