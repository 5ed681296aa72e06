"""Published versions in memory, with what may use them beside aliases."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from hotplug.core.resources.target import VERSION
from hotplug.core.resources.versions import PublishedVersion
from tests.fakes.faults import Surprising, verb
from tests.fakes.functions import ARN, InMemoryFunctions


class InMemoryVersions(Surprising):
    """The `Archive` of a test. `fed` and `durable` hold versions as "orders:7"."""

    def __init__(self, lambdas: InMemoryFunctions) -> None:
        super().__init__()
        self._lambdas = lambdas
        self.fed: set[str] = set()
        self.durable: set[str] = set()

    @verb
    def published(self, function: str) -> Sequence[PublishedVersion]:
        return [
            PublishedVersion(version, f"{ARN}{function}:{version}", f"{function}:{version}" in self.durable)
            for version in self._lambdas.functions[function].versions
        ]

    @verb
    def aliases(self, function: str) -> dict[str, tuple[str, ...]]:
        aliases = self._lambdas.functions[function].aliases
        return {name: (it.routing.version, *it.routing.weights) for name, it in aliases.items()}

    @verb
    def is_fed(self, version: PublishedVersion) -> bool:
        return version.arn.removeprefix(ARN) in self.fed

    @verb
    def delete(self, function: str, version: str) -> bool:
        if not VERSION.fullmatch(version):
            raise ValueError(f"{version} is no published version")
        try:
            self._lambdas.delete_version(function, version)
        except ClientError:
            return False
        return True
