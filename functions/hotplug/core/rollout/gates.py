"""Gates of a deployment: approvals, pauses, freezes and windows.

They block more calls for a candidate. They never block a rollback, except one that is only overdue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hotplug.core.deployment.transition import State
from hotplug.core.deployment.verdict import BlockedBy, Judgement, Verdict
from hotplug.core.parsing.stored import stored_value, timestamp
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.commands import Command, CommandLog
from hotplug.core.rollout.polling import approval_wait, blocked_wait
from hotplug.core.spec.approval import Approval, OnTimeout
from hotplug.core.spec.windows import in_words, opens

MAX_HOLD = timedelta(days=7)
"""A deployment that is paused, frozen or not approved for this long rolls back: it looks abandoned."""


@dataclass(frozen=True, slots=True)
class Block:
    """One gate that blocks. `since` is when it began to, or None for one that opens by itself, at `until`."""

    by: BlockedBy
    why: str
    since: datetime | None = None
    until: datetime | None = None


def blocks(plan: Plan, commands: CommandLog, now: datetime) -> tuple[Block, ...]:
    """Return everything that blocks this plan now, whatever its step."""
    found = []
    if pause := commands.pause:
        found.append(Block(BlockedBy.PAUSE, f"paused {pause}", pause.at))
    if freeze := commands.freeze:
        found.append(Block(BlockedBy.FREEZE, f"frozen {freeze}", freeze.at))
    if opening := opens(plan.windows, now):
        found.append(Block(BlockedBy.WINDOW, f"until the window opens {in_words(opening)}", until=opening))
    return tuple(found)


def asked_at(timeline: Iterable[Mapping[str, Any]], step: int) -> datetime | None:
    """Return when approval of a step was requested, or None."""
    asked = (line for line in timeline if line.get("state") == State.ASKED and line.get("step") == step)
    return next((stored_value(line, "at", timestamp) for line in asked), None)


@dataclass(frozen=True, slots=True)
class Gate:
    """The gates of a deployment that could move on.

    `since` is when its weight was last changed, None before the first change. `asked` is when approval of
    this step was first requested.
    """

    plan: Plan
    step: int
    commands: CommandLog
    now: datetime
    since: datetime | None
    asked: datetime | None = None

    def passed(self, judgement: Judgement) -> Judgement:
        """Return the judgement, or that of the gate which blocks it.

        Gates block more calls for the candidate, and the rollback of an overdue one.
        """
        if not self._is_more(judgement):
            return judgement
        if self._approval and not judgement.overdue:
            judgement = self._approved(self._approval, judgement)
        found = self._blocks()
        return self._blocked(judgement, found) if found and self._is_more(judgement) else judgement

    @property
    def _approval(self) -> Approval | None:
        """The approval that is required before it moves on. An operator's promotion replaces it."""
        if self._is_promoted:
            return None
        return self.plan.approval if self.since is None else self.plan.steps[self.step].approval

    @property
    def _is_promoted(self) -> bool:
        """Whether an operator promoted it. That grants every later approval, and ends a pause."""
        return self.commands.at(Command.PROMOTE, self.step) is not None

    def _blocks(self) -> tuple[Block, ...]:
        found = blocks(self.plan, self.commands, self.now)
        return tuple(block for block in found if not (block.by is BlockedBy.PAUSE and self._is_promoted))

    def _is_more(self, judgement: Judgement) -> bool:
        """Return whether the candidate gets more calls, or its time for them is over."""
        if judgement.verdict is Verdict.ADVANCE:
            steps = self.plan.steps
            return self.since is None or steps[judgement.step].percent > steps[self.step].percent
        return judgement.verdict is Verdict.PROMOTE or judgement.overdue

    def _blocked(self, judgement: Judgement, found: tuple[Block, ...]) -> Judgement:
        reason = f"held: {'; '.join(block.why for block in found)}; {judgement.reason}"
        lasting = [block.since for block in found if block.since]
        if len(lasting) == len(found) and self._is_too_long(min(lasting)):
            said = f"{MAX_HOLD.days} days are over; {reason}"
            return Judgement(Verdict.ROLL_BACK, self.step, 0, said)
        wait = blocked_wait(self.plan, self.now, *(block.until for block in found if block.until))
        return self._hold(reason, wait, *(block.by for block in found))

    def _approved(self, approval: Approval, judgement: Judgement) -> Judgement:
        """Return the judgement on a step that requires an approval. A paused deployment is not late."""
        if given := self.commands.at(Command.APPROVE, self.step):
            return replace(judgement, reason=f"{judgement.reason}; approved {given}")
        asked = self.asked or self.now
        resumed = self.commands.last(Command.RESUME)
        until = max(asked, resumed.at if resumed else asked) + timedelta(seconds=approval.timeout_seconds)
        if self.now < until:
            what = "the promotion" if self.since is None else f"step {self.step}"
            said = f"waits for approval of {what} until {until:%Y-%m-%d %H:%M:%S} UTC"
            wait = approval_wait(self.plan, until, self.now)
            return self._hold(
                f"{said}, then: {approval.on_timeout}; {judgement.reason}", wait, BlockedBy.APPROVAL
            )
        if self.commands.pause:
            return judgement
        late = f"not approved within {approval.timeout_seconds} s; {judgement.reason}"
        match approval.on_timeout:
            case OnTimeout.ADVANCE:
                return replace(judgement, reason=late)
            case OnTimeout.HOLD if not self._is_too_long(asked):
                return self._hold(late, blocked_wait(self.plan, self.now), BlockedBy.APPROVAL)
            case OnTimeout.HOLD | OnTimeout.ROLL_BACK:
                return Judgement(Verdict.ROLL_BACK, self.step, 0, late)

    def _hold(self, reason: str, wait: int, *by: BlockedBy) -> Judgement:
        return Judgement(Verdict.HOLD, self.step, wait, reason, blocked_by=by)

    def _is_too_long(self, begun: datetime) -> bool:
        """Return whether it was blocked too long, counted from when it could first be blocked."""
        here = self.since or datetime.fromisoformat(self.plan.created_at)
        return self.now - max(begun, here) >= MAX_HOLD
