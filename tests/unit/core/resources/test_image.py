"""Images as a request may name them."""

import pytest

from hotplug.core.parsing.problem import MisfitError
from hotplug.core.resources.image import Image, image_uri

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("uri", "image"),
    [
        pytest.param(f"{REGISTRY}/orders:v42", Image(REGISTRY, "orders", "v42"), id="a tag"),
        pytest.param(f"{REGISTRY}/orders@{DIGEST}", Image(REGISTRY, "orders", None, DIGEST), id="a digest"),
        pytest.param(
            f"{REGISTRY}/team/orders_x:1.0-rc@{DIGEST}",
            Image(REGISTRY, "team/orders_x", "1.0-rc", DIGEST),
            id="both",
        ),
        pytest.param(
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/orders:1",
            Image("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "orders", "1"),
            id="in China",
        ),
    ],
)
def test_an_image_is_spelt_as_it_is_read(uri: str, image: Image) -> None:
    assert image_uri(uri) == image
    assert str(image) == uri


def test_an_image_is_pinned_by_its_digest() -> None:
    image = Image(REGISTRY, "orders", "v42", DIGEST)
    assert image.pinned == f"{REGISTRY}/orders@{DIGEST}"
    assert (image.account, image.region) == ("123456789012", "eu-west-1")


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param(f"{REGISTRY}/orders", id="neither tag nor digest"),
        pytest.param("public.ecr.aws/lambda/python:3.13", id="a public registry"),
        pytest.param("docker.io/library/python:3", id="another registry"),
        pytest.param(f"{REGISTRY}/Orders:1", id="a capital"),
        pytest.param(f"{REGISTRY}/orders:", id="an empty tag"),
        pytest.param(f"{REGISTRY}/orders:{'t' * 129}", id="a long tag"),
        pytest.param(f"{REGISTRY}/{'o' * 257}:1", id="a long repository"),
        pytest.param(f"{REGISTRY}/orders@sha256:12", id="half a digest"),
        pytest.param(f"https://{REGISTRY}/orders:1", id="an address"),
        pytest.param(f"{REGISTRY}/orders:1\n", id="a new line"),
        pytest.param(7, id="a number"),
    ],
)
def test_what_lambda_takes_no_image_from_is_refused(uri: object) -> None:
    with pytest.raises(MisfitError, match="an image in ECR with a tag or a digest"):
        image_uri(uri)
