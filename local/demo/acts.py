"""Acts of the demonstration: the uploads and their expected outcomes."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.self_deploy import upload
from hotplug.core.request.upload import Upload
from hotplug.core.resources.target import Target
from local.demo.scene import ALIAS, FUNCTION, Counted, Eye, Scene
from local.stage import STACK

HERE = Path(__file__).resolve().parent
PATIENCE_SECONDS = 180
LOOK_SECONDS = 0.5
BAKE_SECONDS = 10
BUNDLE = "the bundle"
PERCENTS = (10, 30, 60)
POLICY = {
    "function": FUNCTION,
    "alias": ALIAS,
    "strategy": {"type": "steps", "steps": [{"percent": at, "bake": f"{BAKE_SECONDS}s"} for at in PERCENTS]},
    "alarms": [f"{FUNCTION}-errors"],
    "pollSeconds": 2,
    "reason": "a demonstration",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One upload. `code` is a folder beside this file, or `BUNDLE`: hotplug itself."""

    title: str
    code: str
    expected: str

    @property
    def target(self) -> Target:
        """The alias on display; for hotplug itself, one of the aliases that move."""
        return Target(f"{STACK}_plan" if self.code == BUNDLE else FUNCTION, ALIAS)


@dataclass(frozen=True, slots=True)
class Ending:
    """Result of an act: the stable version before and after it, and the candidate's calls and failures."""

    act: Act
    before: str
    candidate: str
    after: str
    outcome: str
    reason: str
    seconds: float
    calls: int
    failed: int

    @property
    def is_right(self) -> bool:
        """Whether the outcome is the expected one, and the expected version serves all calls."""
        serves = self.candidate if self.act.expected == "deployed" else self.before
        return self.outcome == self.act.expected and self.after == serves


ACTS = (
    Act("version 2 is good: it rolls forward in steps", "v2", "deployed"),
    Act("version 3 fails three orders in ten: its alarm rolls it back", "v3", "rolled_back"),
    Act("hotplug upgrades itself, under the same traffic", BUNDLE, "deployed"),
)


def play(act: Act, eye: Eye, show: Callable[[Scene], None]) -> Ending:
    """Upload the act's code, the only manual step, and watch until its deployment is closed."""
    begun = time.monotonic()
    before = eye.look(act.title, act.target, None, 0.0)
    deployment = _upload(act, eye)
    while True:
        scene = eye.look(act.title, act.target, deployment, time.monotonic() - begun)
        show(scene)
        if scene.closing or time.monotonic() - begun > PATIENCE_SECONDS:
            return _ending(act, before, scene)
        time.sleep(LOOK_SECONDS)


def _upload(act: Act, eye: Eye) -> str:
    """Upload the policy, which is the request of the prefix, and then the zip, which starts the deployment.

    hotplug's own prefix has a policy from the start.
    """
    if act.code == BUNDLE:
        return upload(eye.objects, eye.bucket)
    objects, bucket, key = eye.objects, eye.bucket, f"{FUNCTION}/{act.code}.zip"
    objects.put_object(Bucket=bucket, Key=f"{FUNCTION}/policy.json", Body=json.dumps(POLICY).encode())
    stored = objects.put_object(Bucket=bucket, Key=key, Body=_package(HERE / act.code))
    return Upload(bucket, key, stored["VersionId"], stored["VersionId"]).execution_name


def _package(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.glob("*.py")):
            package.write(path, path.name)
    return content.getvalue()


def _counted(act: Act, before: Scene, scene: Scene, candidate: str) -> Counted | None:
    """Calls of the candidate; for hotplug itself, of all traffic during the act."""
    if act.code != BUNDLE:
        return scene.counted.get(candidate)
    were, are = before.counted.values(), scene.counted.values()
    return Counted(
        sum(each.calls for each in are) - sum(each.calls for each in were),
        sum(each.failed for each in are) - sum(each.failed for each in were),
    )


def _ending(act: Act, before: Scene, scene: Scene) -> Ending:
    candidate = scene.candidate or "none"
    counted = _counted(act, before, scene, candidate)
    return Ending(
        act=act,
        before=str(before.routing.version),
        candidate=candidate,
        after="split" if scene.routing.is_split else scene.routing.version,
        outcome=scene.closing or "never ended",
        reason=scene.reason,
        seconds=scene.seconds,
        calls=counted.calls if counted else 0,
        failed=counted.failed if counted else 0,
    )
