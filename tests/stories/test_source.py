"""Deployments of images, of changed configurations, and of packages that look odd."""

from typing import Any

import pytest

from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.configuration import CodeStorage, StorageMode
from tests.fakes import GREEN, RED, REGISTRY, InMemoryCloud, a_zip, digest_of, refusal
from tests.support.machine.execution import Execution
from tests.support.zips import ARM64, File, zip_of

TAG = f"{REGISTRY}/orders:v42"
AN_IMAGE = {"function": "orders", "source": {"imageUri": TAG}}
UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
ALL_AT_ONCE = {"strategy": "AllAtOnce"}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders runs an image, billing a zip; an image and a package are there, and a green alarm."""
    cloud.has_function("orders", package_type="Image")
    cloud.has_function("billing")
    cloud.images.receives(TAG, "new")
    cloud.has_object("artifacts", "app.zip", a_zip())
    cloud.alarm("errors")
    return cloud


def refused(cloud: InMemoryCloud, request: dict[str, Any]) -> str:
    answer = Execution(cloud, request).plan()
    assert answer["outcome"] == "refused"
    return str(answer["reason"])


# Images


def test_a_tag_is_resolved_when_it_is_planned_shown_and_deployed_by_its_digest(shop: InMemoryCloud) -> None:
    execution = Execution(shop, AN_IMAGE)
    execution.plan()
    shop.images.receives(TAG, "pushed over it")
    (target,) = Plan.from_json(execution.variables["plan"]).targets
    assert str(target.source) == f"{TAG}@{digest_of('new')}"
    assert f"image {TAG}@{digest_of('new')}" in execution.variables["reason"]
    assert execution.run() == "Deployed"
    deployed = shop.functions.functions["orders"].versions["42"].config.code_sha256
    assert f"sha256:{deployed}" == digest_of("new")
    assert shop.routing("orders:live") == Routing("42")


def test_an_image_can_be_named_by_its_digest(shop: InMemoryCloud) -> None:
    digest = digest_of("new")
    request = {"function": "orders", "source": {"imageUri": f"{REGISTRY}/orders@{digest}"}}
    assert Execution(shop, request).run() == "Deployed"


def test_the_same_image_again_is_nothing_to_deploy(shop: InMemoryCloud) -> None:
    Execution(shop, AN_IMAGE | ALL_AT_ONCE).run()
    again = Execution(shop, AN_IMAGE, "d-2")
    assert again.run() == "Deployed"
    assert again.variables["reason"] == "live already: orders version 42"


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        pytest.param(
            AN_IMAGE | {"function": "billing"},
            "source: got an image, but billing runs a zip; allowed: a function of package type Image",
            id="a function that runs a zip",
        ),
        pytest.param(
            {"function": "orders", "source": {"imageUri": f"{REGISTRY}/orders:v43"}},
            f"source.imageUri: got {REGISTRY}/orders:v43: it does not exist (ImageNotFound)",
            id="a tag that nobody pushed",
        ),
        pytest.param(
            {"function": "orders", "source": UPLOAD},
            "source: got a zip, but orders runs a container image",
            id="a zip for a function that runs images",
        ),
    ],
)
def test_what_cannot_be_its_source_is_refused(
    shop: InMemoryCloud, request_: dict[str, Any], problem: str
) -> None:
    assert problem in refused(shop, request_)


def test_an_image_for_another_architecture_is_refused(shop: InMemoryCloud) -> None:
    shop.images.receives(TAG, "new", architecture="arm64")
    assert f"{TAG}, which is for arm64, but orders runs on x86_64" in refused(shop, AN_IMAGE)


def test_an_image_whose_architecture_nobody_could_see_is_deployed(shop: InMemoryCloud) -> None:
    shop.images.receives(TAG, "new", architecture="")
    assert Execution(shop, AN_IMAGE).run() == "Deployed"


def test_an_image_that_an_alarm_put_back_is_refused_the_next_time(shop: InMemoryCloud) -> None:
    bad = Execution(shop, AN_IMAGE | {"alarms": ["errors"]})
    assert bad.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    shop.alarm("errors").goes(GREEN)
    shop.images.receives(f"{REGISTRY}/orders:again", "new")
    answer = refused(shop, {"function": "orders", "source": {"imageUri": f"{REGISTRY}/orders:again"}})
    assert "deployment d-1 rolled it back" in answer


# A configuration that changed, and no code


def goes_bad(cloud: InMemoryCloud, name: str = "d-bad") -> None:
    bad = Execution(cloud, {"function": "billing", "alarms": ["errors"]}, name)
    assert bad.run(lambda: cloud.alarm("errors").goes(RED)) == "Rolled back"
    cloud.alarm("errors").goes(GREEN)


def test_a_changed_configuration_is_deployed_like_code(shop: InMemoryCloud) -> None:
    shop.somebody_changes("billing", environment="debug")
    assert Execution(shop, {"function": "billing"}).run() == "Deployed"
    assert shop.routing("billing:live") == Routing("42")
    versions = shop.functions.functions["billing"].versions
    assert versions["42"].config.environment == "debug"
    assert versions["42"].config.code_sha256 == versions["41"].config.code_sha256


def test_a_configuration_that_an_alarm_put_back_is_refused_as_it_is_the_next_time(
    shop: InMemoryCloud,
) -> None:
    shop.somebody_changes("billing", environment="broken")
    goes_bad(shop)
    assert "deployment d-bad rolled it back" in refused(shop, {"function": "billing"})


def test_the_same_code_with_its_configuration_put_right_may_come(shop: InMemoryCloud) -> None:
    code = shop.somebody_saves("billing")
    goes_bad(shop)
    shop.somebody_changes("billing", environment="right")
    assert Execution(shop, {"function": "billing"}, "d-next").run() == "Deployed"
    assert shop.functions.functions["billing"].versions["43"].config.code_sha256 == code


def test_a_good_version_is_not_blamed_for_another_configuration_of_its_code(shop: InMemoryCloud) -> None:
    shop.somebody_changes("billing", environment="broken")
    goes_bad(shop)
    shop.somebody_saves("billing")
    assert Execution(shop, {"function": "billing"} | ALL_AT_ONCE, "d-next").run() == "Deployed"
    back = Execution(shop, {"function": "billing", "source": {"version": "41"}}, "d-back")
    assert back.run() == "Deployed"
    assert shop.routing("billing:live") == Routing("41")


def test_a_configuration_that_changes_after_the_plan_is_not_published(shop: InMemoryCloud) -> None:
    shop.somebody_changes("billing", environment="debug")
    execution = Execution(shop, {"function": "billing"})
    shop.functions.meanwhile("point", lambda: shop.somebody_changes("billing", environment="another"))
    assert execution.run() == "Rolled back"
    changed = "the configuration of billing changed after this deployment was planned"
    assert changed in execution.variables["reason"]
    assert shop.versions_of("billing") == ["41"]


def test_a_description_alone_is_published_and_lifts_the_quarantine(shop: InMemoryCloud) -> None:
    shop.somebody_saves("billing")
    goes_bad(shop)
    shop.somebody_changes("billing", description="put right")
    assert Execution(shop, {"function": "billing"}, "d-next").run() == "Deployed"
    assert shop.routing("billing:live") == Routing("43")


def undecrypted(cloud: InMemoryCloud) -> None:
    """The function's environment is encrypted with a key that hotplug may not use."""
    cloud.has_function("billing", unread="Environment (AccessDeniedException)")


def test_settings_that_cannot_be_read_are_published_and_said(shop: InMemoryCloud) -> None:
    undecrypted(shop)
    execution = Execution(shop, {"function": "billing"})
    assert execution.run() == "Deployed"
    lines = shop.ledger.timeline("d-1")
    (planned,) = [line["reason"] for line in lines if line["state"] == "planned"]
    assert "$LATEST of billing: Environment (AccessDeniedException)" in planned
    assert "whether anything is new is not known" in planned


def test_settings_that_become_unreadable_after_the_plan_are_not_published(shop: InMemoryCloud) -> None:
    shop.somebody_saves("billing")
    execution = Execution(shop, {"function": "billing"})
    shop.functions.meanwhile(
        "point", lambda: shop.somebody_changes("billing", unread="Environment (KMSDisabledException)")
    )
    assert execution.run() == "Rolled back"
    assert "whether the configuration of billing changed is not known" in execution.variables["reason"]
    assert shop.versions_of("billing") == ["41"]


def test_settings_that_cannot_be_read_are_no_proof_against_code_and_said(shop: InMemoryCloud) -> None:
    undecrypted(shop)
    shop.somebody_saves("billing")
    goes_bad(shop)
    execution = Execution(shop, {"function": "billing"}, "d-next")
    assert execution.plan()["outcome"] == "planned"
    assert "deployment d-bad rolled it back" in execution.variables["reason"]
    assert "whether the settings of billing were the same is not known" in execution.variables["reason"]


# How a package is stored

KEY = "arn:aws:kms:us-east-1:111122223333:key/one"
REFERENCE = StorageMode.REFERENCE


def stored(cloud: InMemoryCloud, version: str = "42") -> CodeStorage:
    return cloud.functions.functions["billing"].versions[version].config.storage


@pytest.mark.parametrize(
    "storage", [CodeStorage(key=KEY), CodeStorage(REFERENCE), CodeStorage(REFERENCE, KEY)], ids=str
)
def test_an_upload_keeps_the_key_and_the_mode_of_the_function(
    shop: InMemoryCloud, storage: CodeStorage
) -> None:
    shop.has_function("billing", storage=storage)
    execution = Execution(shop, {"function": "billing", "source": UPLOAD})
    assert execution.run() == "Deployed"
    assert stored(shop) == storage


@pytest.mark.parametrize(("had", "asked"), [("COPY", "REFERENCE"), ("REFERENCE", "COPY")])
@pytest.mark.parametrize("is_new", [True, False], ids=["other code", "the same code"])
def test_a_request_may_ask_for_another_way_to_store_it(
    shop: InMemoryCloud, had: str, asked: str, is_new: bool
) -> None:
    shop.has_function("billing", storage=CodeStorage(StorageMode(had), KEY))
    if not is_new:
        first = Execution(shop, {"function": "billing", "source": UPLOAD} | ALL_AT_ONCE, "d-first")
        assert first.run() == "Deployed"
    source = UPLOAD | {"storageMode": asked}
    execution = Execution(shop, {"function": "billing", "source": source})
    assert execution.run() == "Deployed"
    assert shop.routing("billing:live") == Routing("42" if is_new else "43")
    assert stored(shop, "42" if is_new else "43") == CodeStorage(StorageMode(asked), KEY)


def test_a_function_that_runs_from_an_object_needs_it_as_long_as_a_version(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "billing", "source": UPLOAD | {"storageMode": "REFERENCE"}})
    execution.plan()
    assert "billing runs from s3://artifacts/app.zip itself" in execution.variables["reason"]


def test_a_package_is_not_stored_by_a_guess(shop: InMemoryCloud) -> None:
    shop.has_function("billing", storage=CodeStorage(None), unread="Code (AccessDenied)")
    request = {"function": "billing", "source": UPLOAD}
    assert "how the code of billing is stored can't be read (Code (AccessDenied))" in refused(shop, request)
    asked = {"function": "billing", "source": UPLOAD | {"storageMode": "COPY"}}
    assert Execution(shop, asked, "d-asked").run() == "Deployed"
    assert stored(shop) == CodeStorage()


def test_a_package_in_another_region_is_refused_in_plan(shop: InMemoryCloud) -> None:
    shop.artifacts.lies_in("artifacts", "eu-west-1")
    assert (
        "source.bucket: got s3://artifacts/app.zip, whose bucket is in eu-west-1; "
        "allowed: a bucket in the Region of billing"
    ) in refused(shop, {"function": "billing", "source": UPLOAD})


def test_a_misspelt_mode_is_a_problem(shop: InMemoryCloud) -> None:
    said = refused(shop, {"function": "billing", "source": UPLOAD | {"storageMode": "reference"}})
    assert 'source.storageMode: got "reference"; allowed: "COPY" or "REFERENCE"' in said


# Packages


def with_a_handler(cloud: InMemoryCloud, layers: str = "") -> dict[str, Any]:
    cloud.has_function("pages", runtime="python3.13", handler="pages.handler", layers=layers)
    return {"function": "pages", "source": UPLOAD}


def test_a_package_without_the_module_of_the_handler_is_refused(shop: InMemoryCloud) -> None:
    assert (
        "source: got s3://artifacts/app.zip, in which nothing is called pages; "
        "allowed: a zip with the module of the handler of pages, pages.handler"
    ) in refused(shop, with_a_handler(shop))


def test_where_layers_may_bring_the_handler_it_is_only_a_warning(shop: InMemoryCloud) -> None:
    execution = Execution(shop, with_a_handler(shop, layers="extensions"))
    assert execution.plan()["outcome"] == "planned"
    assert "warning: source: pages, the module of pages's handler, is not in" in execution.variables["reason"]


def test_a_package_with_the_handler_is_deployed(shop: InMemoryCloud) -> None:
    shop.has_object("artifacts", "app.zip", a_zip(name="pages.py"))
    assert Execution(shop, with_a_handler(shop)).run() == "Deployed"


@pytest.mark.parametrize(
    ("runtime", "handler", "body", "words"),
    [
        pytest.param(
            "python3.13",
            "pages.handler",
            zip_of({"site-main/pages.py": "", "__MACOSX/site-main/._pages.py": ""}),
            "everything in the package is in the folder site-main, but pages needs pages.py at the top of it",
            id="a wrapping folder",
        ),
        pytest.param(
            "provided.al2023",
            "bootstrap",
            zip_of({"bootstrap": File(ARM64, 0o644)}),
            "bootstrap may not be run (mode 0644)",
            id="a bootstrap without x",
        ),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["plan", "dry run"])
def test_a_package_that_likely_can_not_run_is_a_warning(
    shop: InMemoryCloud, runtime: str, handler: str, body: bytes, words: str, *, dry_run: bool
) -> None:
    shop.has_function("pages", runtime=runtime, handler=handler)
    shop.has_object("artifacts", "app.zip", body)
    answer = Execution(shop, {"function": "pages", "source": UPLOAD, "dryRun": dry_run}).plan()
    said = " ".join(answer["report"]["lines"]) if dry_run else answer["reason"]
    assert f"warning: source: {words}" in said


def test_a_nested_export_of_node_js_is_found_in_the_file_before_the_first_dot(shop: InMemoryCloud) -> None:
    shop.has_function("pages", runtime="nodejs22.x", handler="index.api.create")
    shop.has_object("artifacts", "app.zip", zip_of({"index.js": "exports.api = {create: async () => 1}"}))
    execution = Execution(shop, {"function": "pages", "source": UPLOAD})
    assert execution.run() == "Deployed"
    assert "warning" not in shop.ledger.timeline("d-1")[0]["reason"]


def test_code_whose_signature_is_refused_says_so_and_leaves_everything(shop: InMemoryCloud) -> None:
    text = "The code signature failed one or more of the validation checks"
    before = shop.functions.functions["billing"].config
    shop.functions.fails_next(
        "update_code", refusal("CodeVerificationFailedException", "UpdateFunctionCode", text)
    )
    execution = Execution(shop, {"function": "billing", "source": UPLOAD})
    assert execution.run() == "Rolled back"
    assert "SignatureRefusedError: the function's code signing configuration" in execution.variables["reason"]
    assert text in execution.variables["reason"]
    assert shop.functions.functions["billing"].config == before
    assert shop.routing("billing:live") == Routing("41")
