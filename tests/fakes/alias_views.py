"""What routers share, in memory, over the claims and the history of a ledger."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hotplug.aws.alias_views import Known
from hotplug.aws.table import A_PAGE, Json
from hotplug.core.resources.target import Target
from hotplug.core.router.selection import MAX_READ_SECONDS, AliasView
from tests.fakes.faults import Surprising, verb
from tests.fakes.ledger import InMemoryLedger


class InMemoryAliasViews(Surprising):
    """The `Routes` of a test. `views` and whose turn it is since when (`turns`) are by target."""

    def __init__(self, ledger: InMemoryLedger) -> None:
        super().__init__()
        self._ledger = ledger
        self.views: dict[Target, AliasView] = {}
        self.turns: dict[Target, datetime] = {}

    @verb
    def known(self, target: Target) -> Known:
        holder = self._ledger.held.get(str(target))
        return Known(self.views.get(target), holder.deployment if holder else "")

    @verb
    def take_turn(self, target: Target, now: datetime) -> bool:
        taken = self.turns.get(target)
        if taken and taken > now - timedelta(seconds=MAX_READ_SECONDS):
            return False
        self.turns[target] = now
        return True

    @verb
    def closed_deployments(self, target: Target) -> Iterable[Json]:
        past = self._ledger.history.get(str(target), {})
        return [past[key] for key in sorted(past, reverse=True)][:A_PAGE]

    @verb
    def share(self, target: Target, view: AliasView) -> None:
        shared = self.views.get(target)
        if shared is None or shared.at <= view.at:
            self.views[target] = view
            self.turns.pop(target, None)
