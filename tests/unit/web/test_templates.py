"""Templates: every word that people read in them comes out of the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from syncd.web.views import HERE, environment

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
NAMES = {"syncd"}
"""What is written alike in every language."""
KEYS = {"under way", "Name"}
"""What code is asked with: the state of an errand, a field of Salesforce."""
COMMENT, ASKED = re.compile(r"\{#.*?#\}", re.DOTALL), re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAG, QUIET = re.compile(r"<[^<>]*>"), re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
ATTRIBUTE = re.compile(r"""\b(?:aria-(?:label|description|valuetext)|title|placeholder|alt)=(?:"([^"]*)"|'([^']*)')""")
WORD, SENTENCE = re.compile(r"[^\W\d_]"), re.compile(r"[^\W\d_] [^\W\d_]|^[A-Z][a-z]")


def raw(source: str) -> list[str]:
    """The words of a template that no catalogue is asked for: in its texts, in its attributes that are read aloud or
    shown, and in what its code prints or gives to a macro.
    """
    source = COMMENT.sub("", source)
    asked: list[str] = []

    def kept(found: re.Match[str]) -> str:
        asked.append(found[0])
        return f"\N{WHITE SQUARE}{len(asked) - 1};"

    html = QUIET.sub("", ASKED.sub(kept, source))
    spoken = [part for one in ATTRIBUTE.findall(html) for part in one] + TAG.split(html)
    texts = [text for part in spoken for text in re.split(r"\N{WHITE SQUARE}\d+;", part)]
    codes = [asked[int(n)] for part in spoken for n in re.findall(r"\N{WHITE SQUARE}(\d+);", part)]
    printed = [text for code in codes if code.startswith("{{") for text in prints(parsed(code))]
    told = [text for text in sentences(parsed(source)) if text not in KEYS]
    words = [text for text in (*texts, *printed) if WORD.search(text)] + told
    return [text for text in dict.fromkeys(re.sub(r"[\s·]+", " ", word).strip() for word in words) if text not in NAMES]


def parsed(source: str) -> nodes.Node:
    return environment().parse(source)


def said(node: nodes.Node) -> bool:
    """Whether it is a message of the catalogues."""
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in {"_", "_n"}


def prints(node: nodes.Node | None) -> Iterator[str]:
    """The texts that an expression may print as they stand in it."""
    match node:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.CondExpr():
            yield from (text for each in (node.expr1, node.expr2) for text in prints(each))
        case nodes.Filter():
            shown = node.args if node.name in {"join", "default"} else []
            yield from (text for each in (node.node, *shown) for text in prints(each))
        case nodes.Getitem(node=nodes.Dict() as table):
            yield from (text for each in table.items for text in prints(each.value))
        case nodes.Template() | nodes.Output() | nodes.Concat() | nodes.Or() | nodes.And() | nodes.Add():
            yield from (text for each in node.iter_child_nodes() for text in prints(each))


def sentences(node: nodes.Node) -> Iterator[str]:
    """Texts of a template's code that are more than a key, or begin as a sentence does, wherever they stand."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and SENTENCE.search(node.value):
        yield node.value
    for each in node.iter_child_nodes():
        if not (said(node) and isinstance(each, nodes.Const)):
            yield from sentences(each)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_word_of_a_template_comes_out_of_the_catalogues(template: Path) -> None:
    assert raw(template.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Made {{ at|when }} by run <code>x</code></p>", ["Made", "by run", "x"]),
        ('<p aria-label="Mark case {{ id }}" class="mark"></p>', ["Mark case"]),
        ('<input placeholder="{{ \'more\' if n else _("fewer") }}">', ["more"]),
        ('<td class="{{ "good" if n else "bad" }}">{{ "yes" if n else "no" }}</td>', ["yes", "no"]),
        ('{{ sides|join(" and ") }}{{ n ~ " rows" }}{{ {"a": "one"}[n] }}', ["and", "rows", "one"]),
        ('{{ chart("bars", "People by bucket", data) }}', ["People by bucket"]),
        ('{% set text = "of all" %}{% for name in ["Journey"] %}{{ name }}{% endfor %}', ["of all", "Journey"]),
        ('{{ _("By {name}", name="who it is") }}', ["who it is"]),
        ('<a href="/{{ id }}" title="{{ _("Open") }}">syncd · {{ _n("{n} row", "{n} rows", n) }} ✓</a>', []),
        ('{% if state == "under way" %}<script>let raw = "words"</script>{% endif %}', []),
    ],
)
def test_words_that_stand_in_a_template_are_found_wherever_they_are(source: str, found: list[str]) -> None:
    assert raw(source) == found
