"""The people worth looking at: invented, with fixed addresses, each a rule of the start-up playbook at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.sandbox.demo.life import Act, Company, Deal, Did, Done, Life, Sales, days


@dataclass(frozen=True, slots=True)
class Story:
    """A person and why to look at them, in one line."""

    life: Life
    why: str


def _company(name: str, domain: str, employees: str, country: str = "Germany") -> Company:
    return Company(name, domain, employees, country, "COMPUTER_SOFTWARE")


def _view(ago: float, path: str) -> Did:
    return Did(days(ago), Act.VIEW, path)


def _form(ago: float, form: str) -> Did:
    return Did(days(ago), Act.FORM, form)


def _stories() -> Sequence[Story]:
    return (
        Story(_anna(), "became an MQL this week: three visits to the prices, an e-book, and a fitting company"),
        Story(_bruno(), "an SQL: trial, demo held and budget told; sales shall open the opportunity"),
        Story(_carla(), "was recycled for bad timing, came back by herself and qualified again"),
        Story(_david(), "a customer: from e-book to a deal that was won"),
        Story(_erik(), "works for a competitor: active, and kept out"),
        Story(_farah(), "cannot be judged: her company's size is missing, and that is not zero"),
        Story(_greta(), "two leads share her address: syncd asks, it does not guess"),
        Story(_hugo(), "disqualified by sales for want of a budget, and left alone since"),
        Story(_iris(), "converted, but the opportunity is untouched on the quarter's last day: no SQO"),
        Story(_jonas(), "his lead was deleted in Salesforce: nobody makes it anew"),
    )


def _anna() -> Life:
    return Life(
        "anna.lindqvist@nordwind.example", "Anna", "Lindqvist", "Head of IT",
        _company("Nordwind Logistik GmbH", "nordwind.example", "120"),
        joined=days(41), owner=0, words={"phone": "+49 40 5550 101", "website": "https://nordwind.example"},
        did=(
            _form(41, "newsletter"), Did(days(33), Act.OPEN), Did(days(33) - timedelta(minutes=4), Act.CLICK),
            _view(33, "/blog/funnel-math"), _form(6.2, "e-book"), _view(2.3, "/product"), _view(2.29, "/pricing"),
            _view(1.1, "/pricing/teams"), _view(0.2, "/customers"), _view(0.19, "/pricing/enterprise"),
        ),
    )  # fmt: skip


def _bruno() -> Life:
    return Life(
        "bruno.keller@alpenglas.example", "Bruno", "Keller", "CTO",
        _company("Alpenglas AG", "alpenglas.example", "85", "Switzerland"),
        joined=days(64), owner=1,
        did=(
            _form(64, "webinar"), _form(47, "whitepaper"), _view(30, "/pricing"), _form(29, "demo"),
            _form(24, "trial"), _view(23, "/product"), _view(9, "/plans"),
        ),
        sales=Sales(
            days(28), status="Working - Contacted", status_ago=days(26),
            answers={"Budget__c": 40_000, "Timeline__c": "This Quarter", "Authority__c": "Decision Maker"},
            tasks=(
                Done(days(26), "Call: first talk", "Call", "Connected"),
                Done(days(3), "Demo with Bruno Keller and his team"),
            ),
        ),
    )  # fmt: skip


def _carla() -> Life:
    return Life(
        "carla.mendes@portolab.example", "Carla", "Mendes", "Founder",
        _company("Portolab Lda", "portolab.example", "45", "Portugal"),
        joined=days(150), owner=2,
        did=(
            _form(150, "e-book"), _form(118, "webinar"), _view(110, "/pricing"), _view(60, "/blog/clean-data"),
            _view(2.5, "/pricing"), _form(2.4, "demo"),
        ),
        sales=Sales(
            days(109), status="Recycle", status_ago=days(82), reason="Bad Timing",
            tasks=(Done(days(100), "Call: qualify", "Call", "Connected"),),
        ),
    )  # fmt: skip


def _david() -> Life:
    return Life(
        "david.osei@goldcoast.example", "David", "Osei", "Director of Operations",
        _company("Gold Coast Freight BV", "goldcoast.example", "310", "Netherlands"),
        joined=days(190), owner=3,
        did=(
            _form(190, "e-book"), _view(171, "/pricing"), _form(170, "demo"), _form(160, "trial"),
            Did(days(120), Act.OPEN), _view(95, "/plans"),
        ),
        sales=Sales(
            days(168), answers={"Budget__c": 60_000, "Timeline__c": "This Quarter", "Need__c": "one forecast"},
            tasks=(
                Done(days(165), "Call: first talk", "Call", "Connected"), Done(days(152), "Demo held on site"),
            ),
            converted=days(140),
            deal=Deal(days(128), "Proposal/Price Quote", 54_000, closed=days(48)),
        ),
    )  # fmt: skip


def _erik() -> Life:
    return Life(
        "erik.thorsen@rival.example", "Erik", "Thorsen", "Head of Product",
        _company("Rival Analytics", "rival.example", "400", "Denmark"), joined=days(20), owner=4,
        did=(_form(20, "e-book"), _view(12, "/pricing"), _form(11, "demo"), _view(1, "/pricing/enterprise")),
    )  # fmt: skip


def _farah() -> Life:
    return Life(
        "farah.nasser@kleinfeld.example", "Farah", "Nasser", "CTO",
        _company("Kleinfeld Robotics", "kleinfeld.example", ""), joined=days(15), owner=5,
        did=(_form(15, "whitepaper"), _view(4, "/product"), _view(3.9, "/pricing")),
    )  # fmt: skip


def _greta() -> Life:
    return Life(
        "greta.holm@fjordwerk.example", "Greta", "Holm", "VP Sales",
        _company("Fjordwerk A/S", "fjordwerk.example", "230", "Denmark"), joined=days(70), owner=0,
        did=(_form(70, "webinar"), _view(5, "/pricing"), _view(1.5, "/plans")),
        sales=Sales(days(66), linked=False, copies=1),
    )  # fmt: skip


def _hugo() -> Life:
    return Life(
        "hugo.santos@valverde.example", "Hugo", "Santos", "Head of Marketing",
        _company("Valverde SA", "valverde.example", "60", "Portugal"), joined=days(90), owner=1,
        did=(_form(90, "e-book"), _form(80, "webinar"), _view(79, "/pricing"), _view(8, "/blog/funnel-math")),
        sales=Sales(
            days(78), status="Disqualified", status_ago=days(61), reason="No Budget",
            tasks=(Done(days(62), "Call: budget?", "Call", "Connected"),),
        ),
    )  # fmt: skip


def _iris() -> Life:
    return Life(
        "iris.blom@zuiderzee.example", "Iris", "Blom", "Head of Revenue Operations",
        _company("Zuiderzee BV", "zuiderzee.example", "150", "Netherlands"), joined=days(75), owner=2,
        did=(_form(75, "whitepaper"), _view(50, "/pricing"), _form(49, "demo")),
        sales=Sales(
            days(48), tasks=(Done(days(40), "Call: first talk", "Call", "Connected"),), converted=days(30),
            deal=Deal(days(30)),
        ),
    )  # fmt: skip


def _jonas() -> Life:
    return Life(
        "jonas.weiss@silberbach.example", "Jonas", "Weiß", "CEO & Founder",
        _company("Silberbach Software GmbH", "silberbach.example", "35"), joined=days(100), owner=3,
        did=(_form(100, "e-book"), _view(21, "/pricing"), _form(20, "pricing")),
        sales=Sales(days(95), deleted=days(30)),
    )  # fmt: skip


STORIES: Sequence[Story] = _stories()
"""The best first."""
