"""How pages say things: spans, names, messages, and texts that no page shows whole."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from syncd.model.instant import DAY, HOUR, MINUTE, parse_iso
from syncd.web.views import LONGEST, cut, environment, named, ticks


def shown(template: str, language: str = "en", **given: object) -> str:
    return environment().from_string(template).render(zone="Europe/Amsterdam", language=language, **given)


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0 s"),
        (59_400, "59 s"),
        (59_800, "1 minute"),
        (90 * MINUTE, "1.5 hours"),
        (36 * HOUR, "1.5 days"),
        (DAY, "1 day"),
        (17.4 * DAY, "17 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(milliseconds: float, said: str) -> None:
    assert shown("{{ span|span }}", span=milliseconds) == said


def test_a_time_is_shown_alike_whether_a_store_or_a_report_told_it() -> None:
    for at in (parse_iso("2026-11-22T14:52:20.001Z"), "2026-11-22T14:52:20.001Z"):
        assert ">22 Nov 2026, 15:52:20<" in shown("{{ at|when(seconds=true) }}", at=at)


def test_systems_have_the_names_that_people_write() -> None:
    assert [named(one) for one in ("hubspot", "salesforce", "syncd")] == ["HubSpot", "Salesforce", "syncd"]


def test_a_text_out_of_a_crm_never_fills_a_page_unless_it_is_meant_to() -> None:
    text = "x" * 60_000
    assert cut("short") == "short"
    assert cut(text, 10) == "xxxxxxxxx\N{HORIZONTAL ELLIPSIS}"
    assert len(shown("{{ text }}", text=text)) == LONGEST
    assert len(shown("{{ text|whole }}", text=text)) == 60_000
    assert shown("{{ text|whole }}", text="<b>\x07\n") == "&lt;b&gt;\\x07\n"


def test_commands_in_a_message_stand_out_and_nothing_else_in_it_does() -> None:
    assert ticks("run `syncd plan`, then `a<b>`") == "run <code>syncd plan</code>, then <code>a&lt;b&gt;</code>"
    assert ticks("one ` alone <b>") == "one ` alone &lt;b&gt;"
    assert ticks("\u202e`x`") == Markup("\\u202e<code>x</code>")


@pytest.mark.parametrize(
    ("language", "figures", "share", "span", "day", "people"),
    [
        ("en", "12,345.5", "33.3 %", "1.5 hours", "22 Nov 2026", "1,234 people"),
        ("nl", "12.345,5", "33,3 %", "1,5 uur", "22 nov 2026", "1.234 mensen"),
        ("nb", "12\xa0345,5", "33,3 %", "1,5 timer", "22 nov. 2026", "1\xa0234 personer"),
    ],
)
def test_numbers_times_and_words_are_those_of_the_language(
    language: str, figures: str, share: str, span: str, day: str, people: str
) -> None:
    assert shown("{{ n|number(1) }}", language, n=12_345.5) == figures
    assert shown("{{ 1|share(3) }}", language) == share
    assert shown("{{ n|span }}", language, n=90 * MINUTE) == span
    assert f">{day}<" in shown("{{ at|day }}", language, at=parse_iso("2026-11-22T14:52:20.001Z"))
    assert shown('{{ _n("{n} person", "{n} people", 1234) }}', language) == people


@pytest.mark.parametrize("language", ["en", "nl", "nb"])
def test_what_fills_a_sentence_is_text_in_every_language(language: str) -> None:
    text = shown(
        '{{ _("By {name}", name=name) }} {{ _("Next: {step}", step=step|ticks) }}',
        language,
        name="<b>\x07{x}",
        step="`a`",
    )
    assert "&lt;b&gt;\\x07{x}" in text
    assert "<code>a</code>" in text


@pytest.mark.parametrize("language", ["en", "nl", "nb"])
def test_commands_in_what_a_page_says_stand_out_and_backticks_of_others_do_not(language: str) -> None:
    text = shown(
        "{{ _('First the rule {reason} of `never` has to fall away.', reason=reason) }}"
        "{{ _('Something changed there since it was read last. Next: `syncd sync`, then count again.') }}"
        "{{ _('asked in `{place}`', place=place) }}",
        language,
        reason="`<b>`",
        place="mql.yaml:<3>",
    )
    assert text.count("<code>") == 3
    assert "`&lt;b&gt;`" in text
    assert "<code>never</code>" in text
    assert "<code>syncd sync</code>" in text
    assert "<code>mql.yaml:&lt;3&gt;</code>" in text


@pytest.mark.parametrize(("language", "said"), [("en", "a, b and c"), ("nl", "a, b en c"), ("nb", "a, b og c")])
def test_a_list_is_joined_as_the_language_does(language: str, said: str) -> None:
    assert shown("{{ parts|listed }}", language, parts=["a", "b", "c"]) == said
