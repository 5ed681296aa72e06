"""ECR's answers, as it documents them, in hotplug's words."""

import json

import pytest
from botocore.stub import Stubber

from hotplug.aws.images import SEVERAL, SINGLE, AwsImages
from hotplug.core.errors import ArtifactRefusedError, TryAgainError
from hotplug.core.resources.image import ResolvedImage, image_uri
from tests.unit.aws.clients import a_client

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/orders:v42"
DIGEST, CONFIG = f"sha256:{'ab' * 32}", f"sha256:{'cd' * 32}"
ADDRESS = "https://prod-us-east-1-starport-layer-bucket/config"
ASKED = {"registryId": "123456789012", "repositoryName": "team/orders"}
LAYER = {"downloadUrl": ADDRESS, "layerDigest": CONFIG}


class Ecr:
    """A client whose answers are checked against ECR's model."""

    def __init__(self) -> None:
        self.client = a_client("ecr")
        self.stub = Stubber(self.client)
        self.stub.activate()

    def has(self, kind: str = SINGLE[0]) -> None:
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": CONFIG}}
        image = {
            "registryId": "123456789012",
            "repositoryName": "team/orders",
            "imageId": {"imageDigest": DIGEST, "imageTag": "v42"},
            "imageManifest": json.dumps(manifest),
            "imageManifestMediaType": kind,
        }
        wanted = {"imageIds": [{"imageTag": "v42"}], "acceptedMediaTypes": [*SINGLE, *SEVERAL]}
        self.stub.add_response("batch_get_image", {"images": [image], "failures": []}, ASKED | wanted)

    def resolved(self, config: bytes = b'{"architecture": "amd64"}', uri: str = URI) -> ResolvedImage:
        return AwsImages(self.client, {ADDRESS: config}.__getitem__).resolve(image_uri(uri))


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        (b'{"architecture": "amd64", "os": "linux"}', "x86_64"),
        (b'{"architecture": "arm64"}', "arm64"),
        (b'{"architecture": "riscv64"}', "riscv64"),
        (b"{}", ""),
        (b"nonsense", ""),
    ],
)
@pytest.mark.parametrize("kind", SINGLE)
def test_a_tag_is_resolved_to_its_digest_and_architecture(
    config: bytes, architecture: str, kind: str
) -> None:
    ecr = Ecr()
    ecr.has(kind)
    ecr.stub.add_response("get_download_url_for_layer", LAYER, ASKED | {"layerDigest": CONFIG})
    assert ecr.resolved(config) == ResolvedImage(DIGEST, architecture)


def test_an_architecture_that_may_not_be_read_is_left_open() -> None:
    ecr = Ecr()
    ecr.has()
    ecr.stub.add_client_error("get_download_url_for_layer", "AccessDeniedException")
    assert ecr.resolved() == ResolvedImage(DIGEST, "")


@pytest.mark.parametrize("kind", SEVERAL)
def test_a_list_of_images_is_refused(kind: str) -> None:
    ecr = Ecr()
    ecr.has(kind)
    with pytest.raises(ArtifactRefusedError, match="Lambda takes a single one"):
        ecr.resolved()


def test_a_tag_that_nobody_pushed_is_refused() -> None:
    ecr = Ecr()
    failure = {"imageId": {"imageTag": "v42"}, "failureCode": "ImageNotFound", "failureReason": "not found"}
    ecr.stub.add_response("batch_get_image", {"images": [], "failures": [failure]})
    with pytest.raises(ArtifactRefusedError, match=r"it does not exist \(ImageNotFound\)"):
        ecr.resolved()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("RepositoryNotFoundException", "it does not exist"),
        ("AccessDeniedException", "hotplug may not read it .see SourceRepositories."),
    ],
)
def test_a_repository_that_cannot_be_read_is_refused(code: str, why: str) -> None:
    ecr = Ecr()
    ecr.stub.add_client_error("batch_get_image", code)
    with pytest.raises(ArtifactRefusedError, match=why):
        ecr.resolved()


def test_a_busy_ecr_may_be_asked_again() -> None:
    ecr = Ecr()
    ecr.stub.add_client_error("batch_get_image", "ThrottlingException")
    with pytest.raises(TryAgainError):
        ecr.resolved()


def test_an_image_of_another_region_is_refused_before_anything_is_asked() -> None:
    """A repository of the same name here would be another one."""
    with pytest.raises(ArtifactRefusedError, match="it is in eu-west-1, Lambda takes images of its own"):
        Ecr().resolved(uri=URI.replace("us-east-1", "eu-west-1"))
