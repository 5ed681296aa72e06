"""Intake: one deployment for each zip uploaded to the bucket, or a recorded reason why there is none."""

from typing import Any

from hotplug.activities.record import record
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.transition import refused
from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.request.self_release import PREFIX, self_policy
from hotplug.core.request.upload import MAX_POLICY_BYTES, Upload, read_upload, request_for
from hotplug.handlers.entrypoint import Event, entrypoint


def intake(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Start the deployment of an upload once.

    S3 delivers an event at least once, and in any order. The execution's name prevents a second start. An
    object version that is no longer the newest of its key is not deployed; the newest one has its own event.
    """
    upload = read_upload(event)
    newest = cloud.artifacts.current_version(upload.bucket, upload.key)
    if upload.version_id and newest and newest != upload.version_id:
        return _superseded(cloud, upload)
    request = _request(cloud, upload)
    if isinstance(request, str):
        return _refuse(cloud, upload, request)
    started = cloud.executions.start(cloud.settings.machine, upload.execution_name, request)
    return {"outcome": "started" if started else "repeated", "execution": upload.execution_name}


def _superseded(cloud: Cloud, upload: Upload) -> dict[str, Any]:
    """Refuse an old object version.

    An event whose deployment has a timeline is a late copy: record nothing.
    """
    if cloud.ledger.timeline(upload.execution_name):
        return {"outcome": "repeated", "execution": upload.execution_name}
    return _refuse(cloud, upload, f"{upload.key} was uploaded again since; only the newest is deployed")


def _request(cloud: Cloud, upload: Upload) -> dict[str, Any] | str:
    if not upload.prefix:
        return request_for(upload, None)
    try:
        policy = cloud.artifacts.read(upload.bucket, upload.policy_key, MAX_POLICY_BYTES)
    except ArtifactRefusedError as refusal:
        return str(refusal)
    if policy is None and upload.prefix == PREFIX:
        settings = cloud.settings
        own = self_policy(
            settings.stack, settings.self_strategy, settings.self_alarms, has_router=settings.has_router
        )
        return own | {"source": upload.source}
    return request_for(upload, policy)


def _refuse(cloud: Cloud, upload: Upload, reason: str) -> dict[str, Any]:
    said = f"s3://{upload.bucket}/{upload.key}: {reason}"
    record(cloud, refused(upload.execution_name, "", cloud.now().isoformat(), said))
    return {"outcome": "refused", "reason": reason}


handler = entrypoint(intake)
