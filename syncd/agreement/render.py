"""A sheet as text, as Markdown and as a page to print. All of them say the same sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Literal, TypeAlias
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from syncd.agreement.compare import Difference, told
from syncd.agreement.page import Section
from syncd.agreement.sheet import Sheet
from syncd.definitions.language import Definitions
from syncd.locales.words import Words
from syncd.telling.clauses import Line

Format: TypeAlias = Literal["text", "markdown", "html"]

WIDTH = 100
"""Columns of plain text."""

_STYLE = """
body { font: 11pt/1.5 Georgia, 'DejaVu Serif', serif; color: #1a1a1a; max-width: 46em; margin: 2.5em auto }
body { padding: 0 1.5em }
h1, h2, h3 { font-family: 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; line-height: 1.25; break-after: avoid }
h1 { font-size: 1.9em; margin: 0 0 .6em }
h2 { font-size: 1.25em; margin: 2em 0 .5em; padding-bottom: .2em; border-bottom: 1px solid #999 }
h3 { font-size: 1.05em; margin: 1.4em 0 .3em }
p { margin: .4em 0 }
p.note { color: #555; font-style: italic }
ul { margin: .3em 0; padding-left: 1.4em }
li { margin: .15em 0; break-inside: avoid }
.opening p:first-child { font-size: 1.15em }
.signatures { display: flex; gap: 3em; margin-top: 3em; break-inside: avoid }
.signatures div { flex: 1 }
.line { border-bottom: 1px solid #1a1a1a; height: 3em; margin-top: .5em }
.place { color: #555; font-size: .85em }
@page { size: A4; margin: 2cm }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10.5pt } }
"""


def render(sheet: Sheet, form: Format) -> str:
    """The sheet in a form, without a line end after the last line."""
    return _FORMS[form](sheet)


def render_changes(old: Definitions | None, new: Definitions, found: Sequence[Difference], words: Words) -> str:
    """What changed from one version to another, as plain text. `old` is None where nothing came before."""
    if old is None:
        return words.say("{version} is the first version; nothing came before it.", version=new.title)
    title = words.say("What changed from {old} to {new}", old=old.title, new=new.title)
    nothing = Line(words.say("Nothing: both mean the same."))
    return "\n".join([title, *_bullets(told(found, words) or (nothing,))])


def _text(sheet: Sheet) -> str:
    lines = [sheet.title.upper(), "=" * len(sheet.title)]
    for paragraph in sheet.opening:
        lines += ["", *wrap(paragraph, WIDTH)]
    for section in sheet.sections:
        lines += ["", "", section.title, "-" * len(section.title), *_text_of(section)]
    for side, given in sheet.signatures:
        lines += ["", "", f"{side}:", *(f"  {each}" for each in given)]
        lines += [] if given else ["", f"  {'_' * 50}", f"  {sheet.place}"]
    return "\n".join(lines)


def _text_of(section: Section) -> Iterator[str]:
    for note in section.notes:
        yield from wrap(note, WIDTH)
    yield from _bullets(section.lines)
    for each in section.sections:
        yield from ("", each.title, *_text_of(each))


def _bullets(lines: tuple[Line, ...], depth: int = 1) -> Iterator[str]:
    margin = "  " * depth
    for line in lines:
        yield from wrap(line.says, WIDTH, initial_indent=f"{margin}- ", subsequent_indent=f"{margin}  ",
                        break_long_words=False, break_on_hyphens=False)  # fmt: skip
        yield from _bullets(line.parts, depth + 1)


def _markdown(sheet: Sheet) -> str:
    lines = [f"# {_plain(sheet.title)}"]
    for paragraph in sheet.opening:
        lines += ["", _plain(paragraph)]
    for section in sheet.sections:
        lines += ["", *_markdown_of(section, "##")]
    for side, given in sheet.signatures:
        lines += ["", f"**{_plain(side)}**", ""]
        lines += [f"- {_plain(each)}" for each in given] or [f"{_plain(sheet.place)}: " + "\\_" * 30]
    return "\n".join(lines)


def _markdown_of(section: Section, marks: str) -> Iterator[str]:
    yield f"{marks} {_plain(section.title)}"
    for note in section.notes:
        yield from ("", f"*{_plain(note)}*")
    if section.lines:
        yield ""
        yield from _items(section.lines)
    for each in section.sections:
        yield from ("", *_markdown_of(each, f"{marks}#"))


def _items(lines: tuple[Line, ...], depth: int = 0) -> Iterator[str]:
    for line in lines:
        yield f"{'  ' * depth}- {_plain(line.says)}"
        yield from _items(line.parts, depth + 1)


def _plain(text: str) -> str:
    """Text that means nothing to Markdown; a + or a number at the beginning would open a list."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
    return re.sub(r"^([+-]|\d+(?=\.))", r"\\\1" if escaped[:1] in "+-" else r"\1\\", escaped)


def _html(sheet: Sheet) -> str:
    """One page that needs nothing else: every text is put in as text, so that no value can become markup."""
    page = Element("html", lang=sheet.language)
    head = SubElement(page, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", sheet.title)
    _add(head, "style", _STYLE)
    body = SubElement(page, "body")
    _add(body, "h1", sheet.title)
    opening = SubElement(body, "div", {"class": "opening"})
    for paragraph in sheet.opening:
        _add(opening, "p", paragraph)
    for section in sheet.sections:
        _section(body, section, 2)
    signatures = SubElement(body, "div", {"class": "signatures"})
    for side, given in sheet.signatures:
        place = SubElement(signatures, "div")
        _add(place, "h3", side)
        for each in given:
            _add(place, "p", each)
        if not given:
            SubElement(place, "div", {"class": "line"})
            _add(place, "p", sheet.place, "place")
    indent(page, "")
    return "<!doctype html>\n" + tostring(page, encoding="unicode", method="html")


def _section(parent: Element, section: Section, level: int) -> None:
    _add(parent, f"h{level}", section.title)
    for note in section.notes:
        _add(parent, "p", note, "note")
    _list(parent, section.lines)
    for each in section.sections:
        _section(parent, each, level + 1)


def _list(parent: Element, lines: tuple[Line, ...]) -> None:
    if not lines:
        return
    items = SubElement(parent, "ul")
    for line in lines:
        item = _add(items, "li", line.says)
        _list(item, line.parts)


def _add(parent: Element, tag: str, text: str, kind: str | None = None) -> Element:
    element = SubElement(parent, tag, {} if kind is None else {"class": kind})
    element.text = text
    return element


_FORMS: Mapping[Format, Callable[[Sheet], str]] = {"text": _text, "markdown": _markdown, "html": _html}
