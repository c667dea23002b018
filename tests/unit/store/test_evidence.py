"""Touches as they hang on a record: in columns, each known since it was learned."""

from __future__ import annotations

from syncd.model.instant import Instant
from syncd.model.person import Touch
from syncd.model.touches import Strand, Touches, strand_of
from syncd.store.evidence import NONE, learned_in, packed, reach_in, strands_in

ANNA = "hubspot:contact:1"


def click(at: int) -> Touch:
    return Touch(Instant(at), f"{ANNA}:hs_email_click@{at}", "email_click")


def view(at: int, url: str, **more: str) -> Touch:
    return Touch(Instant(at), f"{ANNA}:last_url@{at}", "page_view", {"url": url, **more})


def clicks(*ats: int) -> Strand:
    return Strand("email_click", None, ANNA, ":hs_email_click@", [Instant(at) for at in ats])


def read(text: str, as_of: int | None = None) -> list[Touch]:
    return Touches(strands_in(ANNA, text, None if as_of is None else Instant(as_of))).ordered()


def test_touches_come_back_as_they_were_and_in_order_of_time() -> None:
    form = Touch(Instant(4), "hubspot:form_submission:9", "form_submission", {"form": "Trial"}, "sales")
    own = Touch(Instant(6), ANNA, "form_submission")
    given = [view(5, "/b", from_="x"), click(7), view(2, "/a"), form, click(1), own]
    assert read(packed(ANNA, list(map(strand_of, given)), {}, Instant(9))) == sorted(given, key=lambda touch: touch.at)


def test_touches_that_differ_in_nothing_but_their_instant_share_all_else() -> None:
    text = packed(ANNA, [clicks(*range(50))], {}, Instant(9), packed(ANNA, [clicks(*range(50, 100))], {}, Instant(9)))
    assert text.count("email_click") == 2
    assert len(read(text)) == 100


def test_what_is_learned_later_is_not_known_before_and_what_was_known_stays_known_since_then() -> None:
    first = packed(ANNA, [clicks(1, 5)], {}, Instant(10))
    both = packed(ANNA, [clicks(3, 5)], {}, Instant(20), first)
    assert read(both) == [click(1), click(3), click(5)]
    assert read(both, 19) == [click(1), click(5)]
    assert read(both, 9) == []
    assert learned_in(ANNA, both) == {click(1).id: 10, click(3).id: 20, click(5).id: 10}


def test_a_touch_that_says_something_else_now_was_learned_now() -> None:
    changed = view(1, "/b")._replace(kind="visit")
    first = packed(ANNA, [strand_of(view(1, "/a"))], {}, Instant(10))
    text = packed(ANNA, [strand_of(changed)], {}, Instant(20), first)
    assert read(text) == [changed]
    assert read(text, 19) == []


def test_a_cut_off_history_reaches_back_to_the_first_change_that_was_seen() -> None:
    first = packed(ANNA, [clicks(1)], {}, Instant(10))
    text = packed(ANNA, [clicks(5)], {"hs_email_click": Instant(5), "last_url": Instant(6)}, Instant(20), first)
    assert reach_in(text) == {"hs_email_click": 1, "last_url": 6}
    assert packed(ANNA, [], {}, Instant(20)) == NONE
