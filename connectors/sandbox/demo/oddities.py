"""What real portals are full of: blanks, emoji, hostile texts, values of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.sandbox.demo.life import Act, Company, Did, Life, Sales, days

HUGE = "Head of everything, " * 3_000
"""60 kB in a field that somebody pasted a page into."""

_KEEN = (
    Did(days(30), Act.FORM, "e-book"), Did(days(4), Act.VIEW, "/product"),
    Did(days(4) - timedelta(minutes=3), Act.VIEW, "/pricing"),
)  # fmt: skip


def _company(name: str, domain: str, employees: str = "64") -> Company:
    return Company(name, domain, employees, "Germany", "")


def oddities() -> Sequence[Life]:
    """The messy people. Most of them engage, so that their values reach a plan."""
    return tuple(_keen_ones())


def _keen_ones() -> Iterator[Life]:
    formula = _company("=cmd|' /C calc'!A0", "formel.example")
    plain = _company("Kronberg & Söhne <b>KG</b>", "kronberg.example")
    yield _keen("formula@formel.example", "=HYPERLINK(1)", "+Meier", "@Head of Sales", formula)
    yield _keen("bidi@kronberg.example", "Rita", "\u202egnp.esrever\u202c", "Head of IT", plain)
    yield _keen("emoji@kronberg.example", "Zoë 🚀", "Ångström-Łuk\u0301asz", "CEO 👑", plain)
    yield _keen("ctrl@kronberg.example", "Bell\x07", "Esc\x1b[31mRed", "Head of IT", plain)
    yield _keen("huge@kronberg.example", "Hildegard", "Lang", HUGE, plain)
    yield _keen("nolastname@kronberg.example", "Prince", "", "Founder", plain)
    yield _keen("blanks@kronberg.example", "  ", "   Blank  ", "  head of  IT ", plain)
    yield _keen("SHOUTING@KRONBERG.EXAMPLE", "ULRIKE", "GROẞMANN", "HEAD OF IT", plain)
    yield _keen("quote'o@kronberg.example", "Robert'); --", 'O"Neil; \\', "CTO", plain)
    yield _keen("about50@zirka.example", "Zita", "Zirka", "CTO", _company("Zirka UG", "zirka.example", "about 50"))
    yield _keen("negative@minus.example", "Mina", "Minus", "CEO", _company("Minus AG", "minus.example", "-3"))
    long_phone = {"phone": "please call my assistant first, extension 44, never on Fridays"}
    yield _keen("phone@kronberg.example", "Fenja", "Fon", "Head of IT", plain, long_phone)
    yield _keen("nocompany@gmail.com.kronberg.example", "Nobody", "Alone", "Head of IT", None)
    yield Life("noowner@kronberg.example", "Nina", "Herrenlos", "Head of IT", plain, joined=days(32), did=_KEEN)
    yield Life("left@kronberg.example", "Lea", "Verwaist", "Head of IT", plain, joined=days(32), owner=-2, did=_KEEN,
               sales=Sales(days(28)))  # fmt: skip


def _keen(
    email: str, first: str, last: str, title: str, company: Company | None, words: dict[str, str] | None = None
) -> Life:
    return Life(email, first, last, title, company, joined=days(32), owner=4, did=_KEEN, words=words or {})
