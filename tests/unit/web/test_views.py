"""How pages say things: spans, names, messages, and texts that no page shows whole."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from syncd.model.instant import DAY, HOUR, MINUTE, parse_iso
from syncd.web.views import LONGEST, cut, environment, named, span, ticks


def shown(template: str, **given: object) -> str:
    return environment().from_string(template).render(zone="Europe/Amsterdam", language="en", **given)


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
    assert span(milliseconds) == said


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
