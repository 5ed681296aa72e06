"""Provisioned concurrency in memory, by the rules and in the words of AWS where recordings exist."""

from hotplug.core.resources.concurrency import ConcurrencyState
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.target import VERSION, Target
from tests.fakes.faults import Surprising, refusal, verb
from tests.fakes.functions import InMemoryFunctions

PUT = "PutProvisionedConcurrencyConfig"


class InMemoryConcurrency(Surprising):
    """The `Capacities` of a test; what there is lies in the functions' `capacity`."""

    def __init__(self, lambdas: InMemoryFunctions) -> None:
        super().__init__()
        self._lambdas = lambdas
        self._looks, self._fails = 0, ""
        self._left: dict[tuple[str, str], int] = {}

    def take(self, looks: int) -> None:
        """How often new capacity says IN_PROGRESS from now on."""
        self._looks = looks

    def fail(self, why: str) -> None:
        """New capacity can't be made ready from now on."""
        self._fails = why

    @verb
    def found(self, function: str) -> dict[str, int]:
        return {
            qualifier: count for (of, qualifier), count in self._lambdas.concurrency.items() if of == function
        }

    @verb
    def state(self, function: str, qualifier: str) -> ConcurrencyState | None:
        place = function, qualifier
        if place not in self._lambdas.concurrency:
            return None
        left = self._left.get(place, 0)
        self._left[place] = left - 1
        status = "IN_PROGRESS" if left > 0 else "FAILED" if self._fails else "READY"
        return ConcurrencyState(self._lambdas.concurrency[place], status, self._fails)

    @verb
    def put(self, function: str, qualifier: str, executions: int) -> None:
        if qualifier == LATEST:
            text = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            raise refusal("InvalidParameterValueException", PUT, text)
        if VERSION.fullmatch(qualifier):
            self._check_version(function, qualifier)
        else:
            self._check_alias(function, qualifier)
        self._check_reserved(function, qualifier, executions)
        self._lambdas.concurrency[function, qualifier] = executions
        self._left[function, qualifier] = self._looks

    @verb
    def remove(self, function: str, qualifier: str) -> None:
        self._lambdas.concurrency.pop((function, qualifier), None)

    @verb
    def aliases_on(self, function: str, version: str) -> list[str]:
        aliases = self._lambdas.functions[function].aliases
        return [name for name, it in aliases.items() if version in {it.routing.version, *it.routing.weights}]

    # How it works

    def _check_version(self, function: str, version: str) -> None:
        if version not in self._lambdas.functions[function].versions:
            raise refusal("ResourceNotFoundException", PUT, f"Function not found: {function}:{version}")
        for name, alias in self._lambdas.functions[function].aliases.items():
            if version == alias.routing.version and (function, name) in self._lambdas.concurrency:
                text = "Version is pointed by a Provisioned Concurrency alias"
                raise refusal("ResourceConflictException", PUT, text)

    def _check_reserved(self, function: str, qualifier: str, executions: int) -> None:
        reserved, known = self._lambdas.functions[function].reserved, self._lambdas.concurrency
        others = sum(it for place, it in known.items() if place[0] == function and place[1] != qualifier)
        if reserved is not None and others + executions > reserved:
            text = "Requested Provisioned Concurrency should not be greater than the "
            raise refusal(
                "InvalidParameterValueException", PUT, f"{text}reservedConcurrentExecution for function"
            )

    def _check_alias(self, function: str, name: str) -> None:
        alias = self._lambdas.functions[function].aliases.get(name)
        if alias is None:
            raise refusal("ResourceNotFoundException", PUT, f"Cannot find alias arn: {function}:{name}")
        if self._lambdas.is_settling(Target(function, name)):
            text = "The alias is being updated: its provisioned concurrency can't be changed meanwhile"
            raise refusal("ResourceConflictException", PUT, text)
        if alias.routing.is_split:
            text = "Alias with weights can not be used with Provisioned Concurrency"
            raise refusal("InvalidParameterValueException", PUT, text)
        if (function, alias.routing.version) in self._lambdas.concurrency:
            text = "Alias can't be used for Provisioned Concurrency configuration on an already "
            raise refusal("ResourceConflictException", PUT, f"{text}Provisioned version")
