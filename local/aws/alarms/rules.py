"""Composite alarm rules: parsed into a tree, and evaluated with the states of alarms."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
UNKNOWN_STATE = "INSUFFICIENT_DATA"

type Rule = Constant | StateIs | Not | AllOf | AnyOf


class RuleError(ValueError):
    """The text is no alarm rule; the message names the position."""


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class StateIs:
    """`alarm` is a name, even if the rule has an ARN."""

    state: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of one rule."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rules joined by AND."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rules joined by OR."""

    rules: tuple[Rule, ...]


def parse(text: str) -> Rule:
    """Parse a rule. Raises `RuleError`.

    NOT binds before AND, AND before OR. Source of the grammar: PutCompositeAlarm.
    """
    words = _Words(text)
    rule = _any_of(words)
    words.expect("")
    return rule


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """Evaluate a rule; `states` by alarm name. An alarm that does not exist has insufficient data."""
    match rule:
        case Constant(value):
            return value
        case StateIs(state, alarm):
            return states.get(alarm, UNKNOWN_STATE) == state
        case Not(inner):
            return not holds(inner, states)
        case AllOf(rules):
            return all(holds(inner, states) for inner in rules)
        case AnyOf(rules):
            return any(holds(inner, states) for inner in rules)


def alarms_in(rule: Rule) -> frozenset[str]:
    match rule:
        case StateIs(_, alarm):
            return frozenset({alarm})
        case Not(inner):
            return alarms_in(inner)
        case AllOf(rules) | AnyOf(rules):
            return frozenset().union(*(alarms_in(inner) for inner in rules))
        case _:
            return frozenset()


_WORD = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign>[()])|(?P<plain>[^\s()"']+))""")


class _Words:
    """Words of a rule with the current one; "" is the end."""

    def __init__(self, text: str) -> None:
        self._words = iter([*_split(text), ""])
        self.current = next(self._words)

    def take(self) -> str:
        taken, self.current = self.current, next(self._words, "")
        return taken

    def expect(self, word: str) -> None:
        if self.current != word:
            raise RuleError(f"expected {word or 'the end'!r}, found {self.current or 'the end'!r}")
        self.take()


def _split(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip())
    while position < end:
        matched = _WORD.match(text, position)
        if matched is None:
            raise RuleError(f"cannot be read from {text[position:]!r} on")
        position = matched.end()
        yield matched.group().strip()


def _any_of(words: _Words) -> Rule:
    rules = [_all_of(words)]
    while words.current == "OR":
        words.take()
        rules.append(_all_of(words))
    return rules[0] if len(rules) == 1 else AnyOf(tuple(rules))


def _all_of(words: _Words) -> Rule:
    rules = [_single(words)]
    while words.current == "AND":
        words.take()
        rules.append(_single(words))
    return rules[0] if len(rules) == 1 else AllOf(tuple(rules))


def _single(words: _Words) -> Rule:
    match words.take():
        case "NOT":
            return Not(_single(words))
        case "(":
            rule = _any_of(words)
            words.expect(")")
            return rule
        case "TRUE" | "FALSE" as word:
            return Constant(word == "TRUE")
        case word if word in STATES:
            return _state_is(word, words)
        case word:
            raise RuleError(f"{word or 'the end'!r} does not begin a condition")


def _state_is(state: str, words: _Words) -> Rule:
    words.expect("(")
    alarm = words.take().strip("\"'")
    words.expect(")")
    if not alarm:
        raise RuleError(f"{state} names no alarm")
    return StateIs(state, alarm.rpartition(":alarm:")[2])
