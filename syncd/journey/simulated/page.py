"""A simulation as one page to print or to send: numbers and bars, no names of people, no script. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from syncd.journey.simulated.compare import FATES, fates_after
from syncd.journey.simulated.data import quality, segments_in_order, span, tasks, unknown
from syncd.journey.simulated.tally import SIDES, Side, Simulation
from syncd.model.instant import Instant, iso
from syncd.model.stage import label_of

SEGMENTS, REASONS, COLUMNS = 10, 3, 60
"""Values of a split, reasons for what is unknown, and columns of the chart of tasks, at most."""

NOTE = "* so many of them were in sales' hands already: it may be sales' doing, and says less about the definitions."
"""What is said under numbers with a star."""

_CALLED: Mapping[Side, str] = {"old": "In force", "new": "New"}
_STYLE = """
body { font: 11pt/1.5 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; color: #1a1a1a; max-width: 50em }
body { margin: 2.5em auto; padding: 0 1.5em }
h1 { font-size: 1.7em; line-height: 1.25; margin: 0 0 .2em }
h2 { font-size: 1.15em; margin: 1.8em 0 .4em; break-after: avoid }
p { margin: .4em 0 }
p.under, p.note { color: #555; font-size: .9em }
small { display: block; color: #555; white-space: nowrap }
.before { break-after: avoid }
ul, svg { break-inside: avoid }
ul { margin: .2em 0; padding-left: 1.4em }
p.first { font-size: 1.15em; margin: 1em 0 }
table { border-collapse: collapse; width: 100%; break-inside: avoid }
th, td { padding: .3em .6em; border-bottom: 1px solid #ddd; text-align: right; vertical-align: middle }
th { font-weight: 600; border-bottom: 1px solid #1a1a1a; font-size: .9em }
th:first-child, td:first-child, th.bars, td.bars { text-align: left }
td.bars { width: 34% }
.bar { display: block; height: .62em; margin: .15em 0; min-width: 1px; print-color-adjust: exact }
.bar { -webkit-print-color-adjust: exact }
.old { background: #9aa5b1; fill: #9aa5b1 }
.new { background: #1d6fb8; fill: #1d6fb8 }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .35em 0 0; print-color-adjust: exact }
.key + span { margin-right: 1.2em }
svg { width: 100%; height: 8em; display: block; border-bottom: 1px solid #1a1a1a; print-color-adjust: exact }
.ends { display: flex; justify-content: space-between; color: #555; font-size: .85em }
@page { size: A4; margin: 2cm }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10pt } }
"""


def page_of(found: Simulation, versions: Mapping[Side, str], end: Instant | None) -> str:
    """The whole page as HTML that needs nothing else. `versions` are the hashes of both, `end` the data's cut-off."""
    page = Element("html", lang="en")
    head = SubElement(page, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", "What the new definitions would have changed")
    _add(head, "style", _STYLE)
    body = SubElement(page, "body")
    _head(body, found, versions)
    _stages(body, found)
    if found.segments:
        _segments(body, found)
    _fates(body, found)
    _quality(body, found)
    _work(body, found)
    _doubt(body, found)
    told = "never" if end is None else iso(end)
    basis = (
        "Recorded stages are left out of both. The versions in force are judged each in its time, the new one as if it "
        "had been in force all along. Each person counts once in each cycle. Stages and deals that come after the last "
        f"day are followed up to {found.day_of(found.question.period.now):%-d %B %Y}."
    )
    _add(body, "h2", "How this was counted")
    _add(body, "p", f"{basis} Data up to {told}, time zone {found.question.time_zone}.", "note")
    indent(page, "")
    return "<!doctype html>\n" + tostring(page, encoding="unicode", method="html")


def _head(body: Element, found: Simulation, versions: Mapping[Side, str]) -> None:
    first, last = found.day_of(found.question.period.since), found.day_of(Instant(found.question.period.until - 1))
    _add(body, "h1", "What the new definitions would have changed")
    _add(body, "p", f"{first:%-d %B %Y} to {last:%-d %B %Y}, {found.people:,} people", "under")
    keys = SubElement(body, "p", {"class": "under"})
    for side in SIDES:
        SubElement(keys, "span", {"class": f"key {side}"})
        _add(keys, "span", f"{_CALLED[side]}: version {versions[side]}")
    _add(body, "p", _in_short(found), "first")


def _in_short(found: Simulation) -> str:
    """What matters most, in one sentence."""
    judged = found.question.judged
    counts = found.stages.get(judged)
    if counts is None:
        return f"Nobody became {label_of(judged)} in this time, by either version."
    days = {side: tasks(found, side)["mean"] for side in SIDES}
    return (
        f"{label_of(judged)} would have been {counts.new:,} instead of {counts.old:,}: {counts.kinds['gained']:,} more "
        f"that the version in force leaves out, and {counts.kinds['lost']:,} fewer that it lets in. Sales would have "
        f"had {days['new']:.1f} tasks a day instead of {days['old']:.1f}."
    )


def _stages(body: Element, found: Simulation) -> None:
    _add(body, "h2", "Who enters which stage")
    there = [(stage, found.stages[stage]) for stage in found.question.order if stage in found.stages]
    most = max((max(one.old, one.new) for _, one in there), default=0)
    rows = _table(body, ["Stage", "", "In force", "New", "Gained", "Lost", "Earlier", "Later"])
    for stage, one in there:
        row = SubElement(rows, "tr")
        _add(row, "td", label_of(stage))
        _bars(row, {"old": one.old, "new": one.new}, most)
        for number in (one.old, one.new, *(one.kinds[kind] for kind in ("gained", "lost", "earlier", "later"))):
            _add(row, "td", f"{number:,}")
    for stage, one in there:
        for kind in ("earlier", "later"):
            if (median := one.median_shift(kind)) is not None:
                text = f"{label_of(stage)} {kind}: {one.kinds[kind]:,}, half of them by {span(median)} or more."
                _add(body, "p", text, "note")


def _segments(body: Element, found: Simulation) -> None:
    judged, values = found.question.judged, segments_in_order(found)
    _add(body, "h2", f"{label_of(judged)} by {found.question.by}")
    there = [(value, found.segments[value][judged]) for value in values if judged in found.segments[value]]
    most = max((max(one.old, one.new) for _, one in there), default=0)
    rows = _table(body, [str(found.question.by), "", "In force", "New", "Gained", "Lost"])
    for value, one in there[:SEGMENTS]:
        row = SubElement(rows, "tr")
        _add(row, "td", value)
        _bars(row, {"old": one.old, "new": one.new}, most)
        for number in (one.old, one.new, one.kinds["gained"], one.kinds["lost"]):
            _add(row, "td", f"{number:,}")
    if len(there) > SEGMENTS:
        _add(body, "p", f"and {len(there) - SEGMENTS:,} more values", "note")


def _fates(body: Element, found: Simulation) -> None:
    lines = [
        (stage, group, found.stages[stage].fates[group])
        for stage in found.question.order
        for group in ("gained", "lost")
        if stage in found.stages and group in found.stages[stage].fates
    ]
    if not lines:
        return
    _add(body, "h2", "What became of those who gain or lose a stage")
    rows = _table(body, ["", "People", "SQL later", "SQO later", "Deal won", "Deal lost", "Deal open"])
    for stage, group, fates in lines:
        ahead = fates_after(stage, found.question.order)
        row = SubElement(rows, "tr")
        _add(row, "td", f"{label_of(stage)} {group}")
        _add(row, "td", f"{fates.n:,}")
        for fate in FATES:
            _add(row, "td", _marked(fates.became[fate], fates.worked[fate]) if fate in ahead else "")
    _add(body, "p", NOTE, "note")


def _quality(body: Element, found: Simulation) -> None:
    judged = label_of(found.question.judged)
    _add(body, "h2", f"How good {judged} is")
    rows = _table(body, ["", "", "In force", "New"])
    both = {side: quality(found, side) for side in SIDES}
    for fate, which, label in (
        ("sql", "precision", f"of all {judged}, became SQL later"),
        ("won", "precision", f"of all {judged}, were won later"),
        ("sql", "recall", f"of all that became SQL, were {judged} before"),
        ("won", "recall", f"of all that were won, were {judged} before"),
    ):
        rates = {side: both[side][fate][which] for side in SIDES}
        row = SubElement(rows, "tr")
        _add(row, "td", label)
        _bars(row, {side: rate["n"] / rate["of"] if rate["of"] else 0 for side, rate in rates.items()}, 1)
        for side in SIDES:
            _rate(row, rates[side])
    _add(body, "p", NOTE, "note")


def _work(body: Element, found: Simulation) -> None:
    _add(body, "h2", "Tasks for sales")
    for side in SIDES:
        one = tasks(found, side)
        most = f"; most on one day: {one['max']:,}, on {date.fromisoformat(one['on']):%-d %B %Y}" if one["on"] else ""
        _add(body, "p", f"{_CALLED[side]}: {one['n']:,}, that is {one['mean']:.1f} a day{most}.")
    _chart(body, found)
    for stage in found.question.order:
        if n := found.at_once[stage]:
            _add(body, "p", f"If the new version came into force now, {n:,} would enter {label_of(stage)} at once.")


def _chart(body: Element, found: Simulation) -> None:
    """Columns of both versions side by side, a day each or as many days as it takes to fit."""
    step = -(-found.length // COLUMNS)
    first = found.day_of(found.question.period.since)
    columns = -(-found.length // step)
    heights: dict[Side, list[int]] = {side: [0] * columns for side in SIDES}
    for side in SIDES:
        for day, n in found.days[side].items():
            heights[side][(day - first).days // step] += n
    most = max(map(max, heights.values()), default=0)
    if not most:
        return
    each = "day" if step == 1 else f"{step} days"
    _add(body, "p", f"Tasks in each {each}, at most {most:,}:", "note")
    picture = {"viewBox": f"0 0 {columns * 3} 100", "preserveAspectRatio": "none", "role": "img"}
    svg = SubElement(body, "svg", picture | {"aria-label": f"Tasks in each {each} by both versions"})
    for offset, side in enumerate(SIDES):
        for at, n in enumerate(heights[side]):
            if n:
                high = 100 * n / most
                box = {"x": f"{at * 3 + offset * 1.25 + 0.25}", "y": f"{100 - high:.2f}", "width": "1.25"}
                SubElement(svg, "rect", box | {"height": f"{high:.2f}", "class": side})
    ends = SubElement(body, "div", {"class": "ends"})
    for day in (first, first + timedelta(days=found.length - 1)):
        _add(ends, "span", f"{day:%-d %B %Y}")


def _doubt(body: Element, found: Simulation) -> None:
    _add(body, "h2", "How sure this is")
    for side in SIDES:
        one = unknown(found, side)
        share = f" ({100 * one['n'] / one['of']:.1f} %)" if one["of"] else ""
        text = f"{_CALLED[side]}: not all can be told about {one['n']:,} of {one['of']:,} people{share}."
        _add(body, "p", text + (" The commonest reasons:" if one["n"] else ""), "before")
        if one["n"]:
            reasons = SubElement(body, "ul")
            for each in one["reasons"][:REASONS]:
                _add(reasons, "li", f"{each['n']:,}: {each['reason']}")


def _table(body: Element, headings: Sequence[str]) -> Element:
    place = SubElement(body, "table")
    row = SubElement(SubElement(place, "thead"), "tr")
    for heading in headings:
        _add(row, "th", heading)
    return SubElement(place, "tbody")


def _bars(row: Element, values: Mapping[Side, float], most: float) -> None:
    cell = SubElement(row, "td", {"class": "bars"})
    for side in SIDES:
        share = 100 * values[side] / most if most else 0
        SubElement(cell, "span", {"class": f"bar {side}", "style": f"width: {share:.1f}%"})


def _rate(row: Element, rate: Mapping[str, int]) -> None:
    if not rate["of"]:
        _add(row, "td", "none yet")
        return
    cell = _add(row, "td", f"{100 * rate['n'] / rate['of']:.1f} %")
    star = f", {rate['worked']:,}*" if rate["worked"] else ""
    _add(cell, "small", f"{rate['n']:,} of {rate['of']:,}{star}")


def _marked(n: int, worked: int) -> str:
    return f"{n:,} ({worked:,}*)" if worked else f"{n:,}"


def _add(parent: Element, tag: str, text: str, kind: str | None = None) -> Element:
    element = SubElement(parent, tag, {} if kind is None else {"class": kind})
    element.text = text
    return element
