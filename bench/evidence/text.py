"""Text of the page, around its figures."""

PAGE = """# The evidence judge beside other rules

Written by `python -m bench.evidence{scale}`: {deployments} simulated deployments with seed {seed}, in {took}
minutes. Another seed: `--seed`. Nothing here was run on AWS.

## What it must show

{shows}

The worst of many kinds is a worst draw too: among kinds of 2,000 deployments whose true rate is 0.2 %, the
worst shows about 0.4 %. The kinds with 10 and 100 calls a minute have 4,000. A line without a bar is there
to be seen.

Calls are counted in whole minutes, so that where one minute has more calls than any test needs, the bound
can't be reached by far, the oracle's neither; two minutes that confirm each other cost up to one more. That
is why twice the information bound is missed where 20 % of ten calls a minute fail: the bound is one minute
there, and even an oracle that waits for a second minute to confirm the first needs more than two. hotplug
waits all the same: see what one minute alone costs [where failures come in
clumps](#where-failures-come-in-clumps).

## How to read this, and its limits

- *Good* versions fail exactly as often as the stable one. *Spoilt* calls failed because of the candidate:
  what an outage, or the usual failure rate, would have failed anyway is not counted. A bad version that is
  promoted spoils calls until the hour is over; after the promotion nobody looks here, so hotplug's bake is
  not in these figures.
- The world: Poisson calls, a day's swing of ±50 %, noise from minute to minute (lognormal, sigma 0.2).
  *Outage* means that every deployment has one, that starts within its first 12 minutes, takes 3 minutes in
  the mean and fails 5 to 80 % of the calls of both versions; 30 % have a second one. Outages are not that
  frequent: the columns say what happens if there is one.
- Decisions are taken 10 seconds into each minute, and CloudWatch shows a minute one minute after its end.
  Flagger, Argo Rollouts and aws-lambda-deploy are given it at once, which favours them. A minute without
  data breaches no CloudWatch alarm here, which favours those on a version.
- Peers decide as their code and documents say. Thresholds of 1 % are set wrongly for a function that
  usually fails at 1 %: a team would choose another, and that it has to is the weakness of a fixed
  threshold. Detection is not compared at equal false rollbacks, so the first two tables belong together.
- hotplug's settings are its defaults. Where 1 % of calls fail usually, once more as much is tolerated, as
  hotplug plans it. The judge is told the usual failure rate as hotplug tells it. Only failures are judged;
  the product splits the same stake among failures, throttles and latency, which costs some evidence against
  one of them. The product's weights are steps of a ladder, its pace adds the function's timeout to the
  blind time.
- *In pulses* is the default where the lightest weight would overspend the budget of 20 spoilt calls: 1 %
  for some seconds of a minute, two of them blindly. Without, that weight stays on.
- The judge's constants were chosen on a simulator of this kind. Real calls are retried, cold starts cluster
  on new versions: none of that is here. Failures that come in clumps have a table of their own.
- At the time limit (30 minutes) a candidate about which nothing is proven is promoted if the evidence
  against it is below 10 to 1, else rolled back; the risk of 1 % covers rollbacks by evidence, the tables
  count both.

## Good versions rolled back, %

At 10 / 100 / 1,000 / 10,000 calls a minute; the percentage in the head is the usual failure rate.

{false}

![Good versions rolled back, and bad ones found](../docs/images/evidence-errors.svg)

## Bad versions: found % · median minute · spoilt calls, mean

Calm, usual failure rate 0.1 %; the share of the candidate's calls that fail @ calls a minute of both
versions.

{bad}

![Calls spoilt by a bad version](../docs/images/evidence-spoilt.svg)

## Time to the promotion of good versions, minutes

Median/95 % of those promoted, at 10 · 100 · 1,000 · 10,000 calls a minute. 30 at the adaptive pace is its
limit.

{times}

## Budgets: found % · spoilt calls in budgets, mean

The adaptive pace where the lightest weight can keep the budget. At 10 calls a minute 30 minutes bring too few
calls to find all that fail 5 %, whatever the rule.

{budget}

## Versions that are just too bad: rolled back % · promoted by evidence %

The second figure is promised to be about 5 % at most. The others are promoted for want of time.

{intolerable}

## Where failures come in clumps

Good versions rolled back, %, at 100, 1,000 and 10,000 calls a minute, where nothing ever fails but one
execution environment in 1,000, for a minute, with all its ten calls: that is what evidence call by call is
least made for. The last column is the price: 5 % of the candidate's calls fail, one by one, at 100 calls a
minute; found % · median minute · spoilt calls.

{clumped}

## Where environments are new

Here calls are made one by one. Each goes to the execution environment of its version that became idle last,
or to a new one if all are busy; an environment is gone after seven minutes without a call. The stable
version's are warm, the candidate's are new, and what a new one does is what the stable version's did once:
its first call takes ten times as long, or its first 30 or 100 calls take twice as long and fall to the usual
duration in a line, or its first call fails, always or by chance. Durations are lognormal (sigma 0.4) with the
mean that is given. The judge is shown what the product reads: calls, failures, slow calls above p50, p90 and
p99, the highest concurrency, and the sum of all durations.

*No excuses*: rows say nothing of environments. *Nothing learnt*: 100 calls of a new environment may be up to
twice as slow, and its first call may fail. *Learnt*: both are what the product learns from a day of the
alias, whose calls are made one by one too, at 3,000 calls a minute those of five hours; deployments of one
kind share {days} such days, and one from 300 calls a minute on.

Timetables are C10-5, C10-20 (10 % for 20 minutes) and L10-1, judged at the end of each minute, and held for
15 minutes at most where slow calls may be warm-up. The adaptive pace is as above, with its time limit of 30
minutes. The usual failure rate is 0.1 %.

### Good versions rolled back

{fresh_good}

The same versions, held: share of the deployments · minutes, median/95 % of those.

{fresh_held}

### Bad versions found

Found % · median minute, at the adaptive pace also the mean calls of the candidate. The stable version's new
environments are as warm ones. Of *new* ones it is the candidate's alone that do so, with what was learnt from
a stable version whose do not.

{fresh_bad}

### Quiet functions

Calls of 0.2 s, the same number a minute all day; calls a minute of both versions. *Oracle*: a sequential test
of each call that knows both failure rates and the weight, and waits for no second minute. *Bound*: the mean
of any test that may be looked at every minute.

{quiet_bad}

Good versions rolled back:

{quiet_good}

### By hotplug's own machine

The same worlds at 300 calls a minute, through the whole machine in memory, from the plan, which learns from
the day before, to the end: all handlers, the metrics as CloudWatch answers them, and their delay.

{machine}

## How close to the least possible

Mean calls of the candidate at a constant weight until the line is crossed, counted in whole minutes.
*Bound*: what any test needs that may be looked at every minute, ln(100) · w / I(w). *Oracle*: a sequential
test that was told how much worse the candidate is, on the same minutes, so that no judge of whole minutes
can do much better. *By default* two minutes have to speak against a candidate; the last two columns are for
an oracle of which that is asked too.

{efficiency}

![Two deployments](../docs/images/evidence-story.svg)
"""
