"""A world in memory as data: what is in the ledger, in Lambda, in CloudWatch and in Step Functions."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.resources.alias import AliasState, Routing
from tests.fakes import InMemoryCloud
from tests.fakes.alarms import Alarm
from tests.fakes.functions import Config, Function, Version
from tests.fakes.table import Table

type Json = Any
type World = dict[str, Json]
"""By names such as `ledger/claim/orders:live` and `function/orders`."""

NEXT_REVISION = 10_000
"""Far from all that were given out before."""


def described(cloud: InMemoryCloud, table: Table) -> World:
    """All that a task can read. How functions behave that are called is no data, nor are metrics."""
    world: World = {"now": cloud.now().isoformat()}
    world |= {f"ledger/{pk}/{sk}": item for (pk, sk), item in table.items.items()}
    for name, function in cloud.functions.functions.items():
        world |= _described(name, function)
    world |= {f"alarm/{name}": asdict(alarm.state) for name, alarm in cloud.alarms.all.items()}
    world |= {f"execution/{arn}": status for arn, status in cloud.executions._status.items()}
    world |= {f"started/{name}": request for name, request in cloud.executions.started.items()}
    world |= {f"said/{arn}": said for arn, said in cloud.executions._said.items()}
    world |= {f"provisioned/{'/'.join(at)}": number for at, number in cloud.functions.concurrency.items()}
    return world | {f"unready/{'/'.join(at)}": looks for at, looks in cloud.concurrency._left.items()}


def put_back(cloud: InMemoryCloud, table: Table, world: Mapping[str, Json]) -> None:
    """The world is as it was described."""
    cloud.clock.now = datetime.fromisoformat(world["now"])
    table.items = {_two(at): item for at, item in named("ledger", world).items()}
    cloud.functions.functions = {name: _function(name, world) for name in named("function", world)}
    cloud.functions._revisions = count(NEXT_REVISION)
    cloud.functions.concurrency.clear()
    cloud.functions.concurrency.update(
        {_two(at): number for at, number in named("provisioned", world).items()}
    )
    cloud.concurrency._left = {_two(at): looks for at, looks in named("unready", world).items()}
    cloud.executions._status = named("execution", world)
    cloud.executions.started = named("started", world)
    cloud.executions._said = named("said", world)
    cloud.alarms.all.clear()
    for name, state in named("alarm", world).items():
        alarm = cloud.alarms.all[name] = Alarm(name, cloud.clock)
        alarm.state = AlarmState(**state | {"colour": AlarmColour(state["colour"])})


def named(start: str, world: Mapping[str, Json]) -> World:
    """What lies below this name."""
    return {key[len(start) + 1 :]: it for key, it in world.items() if key.startswith(f"{start}/")}


def _two(name: str) -> tuple[str, str]:
    first, _, second = name.partition("/")
    return first, second


def _described(name: str, function: Function) -> World:
    described = {f"function/{name}": _about(function)}
    described |= {f"version/{name}/{at}": _about(version) for at, version in function.versions.items()}
    return described | {f"alias/{name}/{at}": _alias(alias) for at, alias in function.aliases.items()}


def _about(item: Function | Version) -> Json:
    """Of its configuration what is out of the ordinary."""
    config = {it.name: getattr(item.config, it.name) for it in fields(Config)}
    special = {it.name: config[it.name] for it in fields(Config) if config[it.name] != it.default}
    own = {it.name: getattr(item, it.name) for it in fields(item) if it.name not in {"versions", "aliases"}}
    return own | {"config": special}


def _alias(alias: AliasState) -> Json:
    others = {version: str(percent) for version, percent in alias.routing.others}
    return {"version": alias.routing.version, "others": others, "revision": alias.revision}


def _function(name: str, world: Mapping[str, Json]) -> Function:
    versions = {at: Version(**_configured(it)) for at, it in named(f"version/{name}", world).items()}
    aliases = {at: _made(it) for at, it in named(f"alias/{name}", world).items()}
    return Function(**_configured(world[f"function/{name}"]), versions=versions, aliases=aliases)


def _configured(said: Json) -> Json:
    return said | {"config": Config(**said["config"])}


def _made(said: Json) -> AliasState:
    others = tuple((version, Decimal(percent)) for version, percent in said["others"].items())
    return AliasState(Routing(said["version"], others), said["revision"])
