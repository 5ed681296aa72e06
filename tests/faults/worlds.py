"""Functions and aliases as a deployment finds them."""

from tests.fakes import InMemoryCloud, split
from tests.faults.stage import OTHER, STABLE


def deployed(cloud: InMemoryCloud) -> None:
    """Both have been deployed before."""
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=(OTHER, STABLE))


def one_is_new(cloud: InMemoryCloud) -> None:
    """billing has no alias yet."""
    cloud.has_function("orders", versions=(OTHER, STABLE))
    cloud.has_function("billing", versions=(OTHER,), alias=None)


def both_are_new(cloud: InMemoryCloud) -> None:
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=(OTHER,), alias=None)


def one_is_split(cloud: InMemoryCloud) -> None:
    """Somebody left orders on two versions."""
    deployed(cloud)
    cloud.somebody_moves("orders:live", split(STABLE, OTHER, 50))


def both_have_many(cloud: InMemoryCloud) -> None:
    """Versions that nobody needs."""
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=("38", "39", OTHER, STABLE))


def one_has_capacity(cloud: InMemoryCloud) -> None:
    """What orders is live on keeps executions ready."""
    deployed(cloud)
    cloud.functions.concurrency["orders", STABLE] = 5


def the_alias_has_capacity(cloud: InMemoryCloud) -> None:
    """The alias of orders keeps executions ready, and settles for some looks when its version changes."""
    deployed(cloud)
    cloud.functions.concurrency["orders", "live"] = 5
    cloud.functions.aliases_settle(9)


def one_sleeps(cloud: InMemoryCloud) -> None:
    """Nobody has called orders for weeks."""
    deployed(cloud)
    cloud.functions.falls_asleep("orders", STABLE)


def one_is_dead(cloud: InMemoryCloud) -> None:
    """The image of the version that orders is live on is gone."""
    deployed(cloud)
    cloud.functions.dies("orders", STABLE)


def one_is_as_it_was(cloud: InMemoryCloud) -> None:
    """Only orders has anything new."""
    deployed(cloud)
    cloud.somebody_saves("orders")


def deployed_with_hooks(cloud: InMemoryCloud) -> None:
    """Both have been deployed before, and somebody checks."""
    deployed(cloud)
    cloud.has_function("check", alias=None)
