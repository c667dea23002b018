"""What is odd about a journey, by name: nothing is mended here, it is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from syncd.facts.conversions import opt_outs_lost
from syncd.journey.explained import Looked
from syncd.journey.units import Entered
from syncd.model.instant import Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.model.person import Entry
from syncd.model.said import Word, said
from syncd.model.stage import SIDE_STAGES, Stage, label_of

WON_EARLY, SKIPPED, OUT_OF_ORDER, MERGED = "won_before_first_contact", "skipped_stage", "out_of_order", "merged_record"
OPT_OUT_LOST, GAP = "opt_out_lost", "gap"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd: its name, when, and what it is in words."""

    kind: str
    at: Instant
    says: str


def anomalies_of(looked: Looked) -> list[Anomaly]:
    """The anomalies of a person in order of time."""
    judged = [rule.stage for rule in looked.definitions.stages]
    found = [*_merged(looked), *_early(looked), *_opt_outs(looked), *_gaps(looked)]
    for cycle in sorted({entry.cycle for entry in looked.verdict.entries}):
        entries = [entry for entry in looked.verdict.entries if entry.cycle == cycle]
        found += out_of_order(entries, judged)
        found += _skipped(entries, judged)
    return sorted(found, key=lambda one: (one.at, one.kind))


def out_of_order(entries: Sequence[Entered], judged: Sequence[Stage]) -> list[Anomaly]:
    """Stages of one cycle that were entered before a stage that comes earlier. `judged` are stages in their order."""
    if len(entries) < 2:
        return []
    found = []
    first = {stage: min(entry.at for entry in entries if entry.stage == stage) for stage in _entered(entries)}
    reached = [stage for stage in judged if stage in first]
    for before, after in pairwise(reached):
        if first[after] < first[before]:
            says = said(
                "{after} on {day}, before {before} on {later}",
                after=Word(label_of(after)),
                day=_day(first[after]),
                before=Word(label_of(before)),
                later=_day(first[before]),
            )
            found.append(Anomaly(OUT_OF_ORDER, first[after], says))
    return found


def _entered(entries: Sequence[Entered]) -> set[Stage]:
    return {entry.stage for entry in entries if entry.stage not in SIDE_STAGES}


def _skipped(entries: Sequence[Entry], judged: Sequence[Stage]) -> Iterator[Anomaly]:
    entered = _entered(entries)
    reached = [index for index, stage in enumerate(judged) if stage in entered]
    for index, stage in enumerate(judged[: max(reached, default=0)]):
        if index not in reached:
            after = next(entry for entry in entries if entry.stage == judged[min(i for i in reached if i > index)])
            reached_stage, missed = Word(label_of(after.stage)), Word(label_of(stage))
            says = said("{stage} without ever being {missed}", stage=reached_stage, missed=missed)
            yield Anomaly(SKIPPED, after.at, says)


def _merged(looked: Looked) -> Iterator[Anomaly]:
    for record in looked.dossier.records:
        if record.merged_into:
            what = f"{record.system} {record.kind} {record.id}"
            says = said("{what} was merged into {other}", what=what, other=record.merged_into)
            yield Anomaly(MERGED, record.modified_at, says)


def _opt_outs(looked: Looked) -> Iterator[Anomaly]:
    for lead, contact in opt_outs_lost(looked.dossier.records):
        says = said(
            "lead {lead} wanted no mail; contact {contact}, which it was converted into, is not opted out",
            lead=lead.id,
            contact=contact.id,
        )
        yield Anomaly(OPT_OUT_LOST, lead.modified_at, says)


def _gaps(looked: Looked) -> Iterator[Anomaly]:
    """Streams that could not be read from the beginning: what is not on the journey may have happened all the same."""
    missing = {
        (one.stream, one.gap): one
        for one in looked.facts.coverage.values()
        if one.gap and one.since > looked.facts.born
    }
    for (stream, gap), one in sorted(missing.items()):
        yield Anomaly(GAP, min(one.since, looked.verdict.since), f"{stream}: {gap}")


def _early(looked: Looked) -> Iterator[Anomaly]:
    won = min((entry.at for entry in looked.verdict.entries if entry.stage == Stage.CUSTOMER), default=None)
    if won is None:
        return
    contacts = [touch.at for touch in looked.facts.touches]
    contacts += [entry.at for entry in looked.verdict.entries if entry.stage == Stage.MQL]
    first = min(contacts, default=won)
    if won < first:
        says = said("won on {day}, before the first contact on {later}", day=_day(won), later=_day(first))
        yield Anomaly(WON_EARLY, won, says)


def _day(at: Instant) -> str:
    return f"{datetime_of(at):%Y-%m-%d}"
