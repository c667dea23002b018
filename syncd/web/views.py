"""How templates say things: times, spans, numbers, rates and stages as people read them; hostile text as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from syncd.locales.words import Words, marked, words_of
from syncd.model.instant import Instant, datetime_of, iso, parse_iso
from syncd.model.plain import safe
from syncd.model.stage import Stage, label_of
from syncd.telling.clauses import Teller
from syncd.telling.proofs import told

HERE = Path(__file__).parent
STATIC = HERE / "static"
SPANS = ((86_400, "{n} day", "{n} days"), (3_600, "{n} hour", "{n} hours"), (60, "{n} minute", "{n} minutes"))
SECONDS = marked("{n} s")
MODELS = {
    "first": marked("first"), "lead_creation": marked("lead creation"), "last": marked("last"),
    "linear": marked("linear"), "u": "U", "w": "W", "u_hubspot": "U (HubSpot)",
    "u_marketo_measure": "U (Marketo Measure)", "full_path": marked("full path"), "time_decay": marked("time decay"),
}  # fmt: skip
GROUPS = (
    marked("(empty)"), marked("(not read)"), marked("(never entered)"), marked("(no team)"), marked("(nobody known)"),
    marked("(nobody)"), marked("(unattributed)"), marked("(none)"), marked("(no reason)"), marked("not yet"),
)  # fmt: skip
"""Names that we give to groups: all others are the CRMs' own."""
BUCKETS = (
    marked("in both"), marked("converted"), marked("stage differs"), marked("waiting"), marked("not eligible"),
    marked("blocked by error"), marked("duplicate"), marked("deleted"), marked("forgotten"),
    marked("only in HubSpot"), marked("only in Salesforce"),
)  # fmt: skip
"""Where reconcile puts people."""
ODD = (
    marked("won before first contact"), marked("skipped stage"), marked("out of order"), marked("merged record"),
    marked("opt out lost"), marked("gap"),
)  # fmt: skip
"""What is odd about journeys."""
PAUSED_BY = (marked("command"), marked("file"))
"""How somebody pauses syncd."""
NAMED = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
LONGEST, SHORT = 2_000, 300
"""Signs of a text out of a CRM that a page shows, and of one in a list: the CRMs take texts of 60,000."""


def environment() -> Environment:
    """The templates, escaped by default, with our filters."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    for each in (
        when, day, number, signed, share, span, listed, label, model, words, named, lines, cut, whole, ticks, group,
    ):  # fmt: skip
        found.filters[each.__name__] = each
    found.filters["json"], found.filters["told"] = as_json, said
    found.globals["_"], found.globals["_n"] = _say, _count
    found.globals["static"] = f"/static/{version()}"
    return found


def version() -> str:
    """A fingerprint of all static files, part of their address: browsers may keep them for good."""
    digest = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _shown(value: object) -> object:
    """What is printed for a value: characters that could hide or turn text are made visible; None is nothing. What is
    longer than a page is cut.
    """
    if value is None:
        return ""
    if isinstance(value, Whole):
        return _visible(value)
    return _visible(cut(value, LONGEST)) if isinstance(value, str) and not isinstance(value, Markup) else value


class Whole(str):
    """A text that is shown to its end, however long it is."""

    __slots__ = ()


def _visible(text: str) -> str:
    return "\n".join(map(safe, text.split("\n")))


@pass_context
def when(context: Context, at: Instant | str | None, *, seconds: bool = False) -> str:
    """An instant, or one as reports write it, in the portal's time zone: 21 Nov 2026, 08:30."""
    if at is None:
        return ""
    if isinstance(at, str):
        at = parse_iso(at)
    return _time(context, at, "%-d {} %Y, %H:%M:%S" if seconds else "%-d {} %Y, %H:%M")


@pass_context
def day(context: Context, at: Instant | None) -> str:
    """The day of an instant in the portal's time zone."""
    return "" if at is None else _time(context, at, "%-d {} %Y")


def _time(context: Context, at: Instant, form: str) -> Markup:
    local = datetime_of(at).astimezone(ZoneInfo(str(context["zone"])))
    words = _words(context)
    month = f"{local:%b}" if words.language == "en" else words.month(local.month)
    return Markup('<time datetime="{}">{}</time>').format(iso(at), local.strftime(form).format(month))


@pass_context
def number(context: Context, value: float | Decimal | None, digits: int = 0) -> str:
    """A number with thousands apart; nothing for None."""
    return "" if value is None else _words(context).figures(f"{value:,.{digits}f}")


@pass_context
def signed(context: Context, value: int) -> str:
    """A difference with its sign; zero has none."""
    text = f"+{value:,}" if value > 0 else f"\N{MINUS SIGN}{-value:,}" if value else "0"
    return _words(context).figures(text)


@pass_context
def share(context: Context, n: float, of: float, digits: int = 1) -> str:
    """A part as percentage; a dash where there is no whole."""
    return _words(context).figures(f"{100 * n / of:.{digits}f} %") if of else "\N{EN DASH}"


@pass_context
def span(context: Context, milliseconds: float | None) -> str:
    """A span of time: 12 days, 3.5 hours, 40 minutes, 12 s."""
    if milliseconds is None:
        return "\N{EN DASH}"
    words, seconds = _words(context), milliseconds / 1000
    if seconds < SPANS[-1][0]:
        seconds = round(seconds)  # 59.8 s is a minute
    for size, one, many in SPANS:
        if seconds >= size:
            value = f"{seconds / size:.1f}".removesuffix(".0") if seconds < 10 * size else f"{seconds / size:,.0f}"
            return words.texts(one, many, 1 if value == "1" else 2).format(n=words.figures(value))
    return words.text(SECONDS).format(n=f"{seconds:.0f}")


def _words(context: Context) -> Words:
    return words_of(context["language"])


@pass_context
def _say(context: Context, message: str, **values: object) -> str:
    """A message in the language of the page, its `code` marked up and its {placeholders} filled as text is."""
    text = _words(context).text(message)
    if values:
        return _filled(text, values)
    return ticks(text) if "`" in text else text


@pass_context
def _count(context: Context, one: str, many: str, n: int, **values: object) -> str:
    """The message for one or for many, with {n} as the number."""
    words = _words(context)
    return _filled(words.texts(one, many, n), {"n": words.number(n), **values})


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    return ticks(text).format(**{name: _shown(value) for name, value in values.items()})


@pass_context
def listed(context: Context, parts: Iterable[str]) -> str:
    """Parts as a, b and c."""
    return _words(context).all_of([*parts])


@pass_context
def label(context: Context, stage: str) -> str:
    """The name of a stage that people see."""
    return _words(context).text(label_of(Stage(stage)))


@pass_context
def said(context: Context, text: str) -> str:
    """One of our sentences in the language of the page; a text that is none of ours as it is."""
    return told(text, Teller(_words(context), context.get("kinds", {})))


@pass_context
def group(context: Context, value: str) -> str:
    """A value by which numbers are split: a name that we gave in the language of the page."""
    return _words(context).text(value) if value in GROUPS else value


@pass_context
def model(context: Context, name: str) -> str:
    """The name of a model of attribution, as people write it: U (HubSpot), time decay."""
    return model_in(_words(context), name)


def model_in(spoken: Words, name: str) -> str:
    """The same, in a language."""
    return spoken.text(MODELS[name]) if name in MODELS else words(name)


def words(name: str) -> str:
    """A name of ours as words: form_submission is form submission."""
    return name.replace("_", " ")


def named(system: str) -> str:
    """A system as people write it: HubSpot, Salesforce, syncd."""
    return NAMED.get(str(system), str(system))


def cut(text: str, longest: int = SHORT) -> str:
    """The beginning of a text that is too long for its place."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def whole(text: str) -> Whole:
    """A text that is shown to its end."""
    return Whole(text)


def ticks(text: str) -> Markup:
    """A message with what stands between `backticks` as code."""
    parts = _visible(cut(text, LONGEST)).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def lines(text: str) -> list[str]:
    """A text as its lines."""
    return text.splitlines()


def as_json(value: object) -> Markup:
    """Data for a script, which can neither end its element nor begin a comment in it."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=_plain)
    for mark, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027")):
        text = text.replace(mark, code)
    return Markup(text)  # noqa: S704 - all that means something to HTML was just taken out


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
