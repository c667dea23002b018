"""The people worth looking at: invented, with fixed addresses, each a rule of the start-up playbook at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from connectors.sandbox.demo.life import Act, Company, Deal, Deed, Did, Kind, Life, Sales, days

LATELY = 3
"""Days within which times are told to the minute."""


@dataclass(frozen=True, slots=True)
class Story:
    """A person and why to look at them, in one line."""

    life: Life
    why: str


def _company(name: str, domain: str, employees: str, country: str = "Germany") -> Company:
    return Company(name, domain, employees, country, "COMPUTER_SOFTWARE")


def _around(ago: float, what: str) -> timedelta:
    """So many days ago, and some minutes later: nobody does everything at the same time of day."""
    return days(ago) - timedelta(minutes=crc32(what.encode()) % 50 if ago > LATELY else 0)


def _view(ago: float, path: str) -> Did:
    return Did(_around(ago, path), Act.VIEW, path)


def _form(ago: float, form: str) -> Did:
    return Did(_around(ago, form), Act.FORM, form)


def _webinar(came: float) -> Did:
    """They came to the webinar of that day (`world.WEBINARS`)."""
    return Did(days(came), Act.ATTEND)


def _mail(ago: float, subject: str) -> tuple[Deed, Deed]:
    """A mail, and its answer some hours later."""
    answer = f"Re: {subject}"
    return Deed(_around(ago, subject), Kind.MAIL, subject), Deed(_around(ago - 0.3, answer), Kind.REPLY, answer)


def _call(ago: float, subject: str, outcome: str = "Connected") -> Deed:
    return Deed(_around(ago, subject), Kind.CALL, subject, outcome)


def _meeting(ago: float, subject: str, outcome: str = "") -> Deed:
    return Deed(_around(ago, subject), Kind.MEETING, subject, outcome)


def _stories() -> Sequence[Story]:
    return (
        Story(_anna(), "became an MQL this week: three visits to the prices, an e-book, and a fitting company"),
        Story(_bruno(), "an SQL: trial, a demo in person and budget told; sales shall open the opportunity"),
        Story(_carla(), "was recycled for bad timing, came back by herself and qualified again"),
        Story(_david(), "a customer: from e-book to a deal that was won"),
        Story(_erik(), "works for a competitor: active, and kept out"),
        Story(_farah(), "cannot be judged: her company's size is missing, and that is not zero"),
        Story(_greta(), "two leads share her address: syncd asks, it does not guess"),
        Story(_hugo(), "disqualified by sales for want of a budget, and left alone since"),
        Story(_iris(), "converted, but the opportunity is untouched on the quarter's last day: no SQO"),
        Story(_jonas(), "his lead was deleted in Salesforce: nobody makes it anew"),
        Story(_nadia(), "an MQL still: trial and budget, but only programs noted a demo, and nobody spoke"),
        Story(_olga(), "an MQL: she asks for advice and has spoken with sales, but has not tried the product"),
        Story(_lucia(), "an SQO: her deal is in negotiation, after a webinar, two meetings and an offer"),
        Story(_kasper(), "was an SQO until the deal was lost to a competitor"),
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
            _form(64, "webinar"), _webinar(62), _form(47, "whitepaper"), _view(30, "/pricing"), _form(29, "demo"),
            _form(24, "trial"), _view(23, "/product"), _view(9, "/plans"),
        ),
        deeds=(
            *_mail(27.9, "Your demo: when does it suit you?"), _meeting(17, "Demo with Bruno Keller", "No show"),
            *_mail(16.8, "A new date for your demo"), _meeting(3, "Demo with Bruno Keller and his team"),
        ),
        sales=Sales(
            days(28), status="Working - Contacted", status_ago=days(26),
            answers={"Budget__c": 40_000, "Timeline__c": "This Quarter", "Authority__c": "Decision Maker"},
            deeds=(
                _call(27.5, "Call: first talk", "Left voicemail"), _call(26, "Call: first talk"),
                _call(2.9, "Call: budget and timeline after the demo"),
            ),
        ),
    )  # fmt: skip


def _carla() -> Life:
    return Life(
        "carla.mendes@portolab.example", "Carla", "Mendes", "Founder",
        _company("Portolab Lda", "portolab.example", "45", "Portugal"),
        joined=days(150), owner=2,
        did=(
            _form(150, "e-book"), _form(118, "webinar"), _webinar(116), _view(110, "/pricing"),
            Did(days(61), Act.OPEN), Did(days(61) - timedelta(minutes=2), Act.CLICK), _view(60, "/blog/clean-data"),
            _view(2.5, "/pricing"), _form(2.4, "demo"),
        ),
        deeds=(*_mail(105, "Nice to have had you at the webinar"), Deed(days(83), Kind.NOTE, "Ask again in autumn.")),
        sales=Sales(
            days(109), status="Recycle", status_ago=days(82), reason="Bad Timing",
            deeds=(_call(100, "Call: qualify"), _meeting(84, "Meeting: is it the right time?")),
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
        deeds=(*_mail(166, "Your demo request"), _meeting(152, "Demo on site")),
        sales=Sales(
            days(168), answers={"Budget__c": 60_000, "Timeline__c": "This Quarter", "Need__c": "one forecast"},
            deeds=(
                _call(165, "Call: first talk"), _call(151, "Call: what they thought of the demo"),
                _meeting(132, "Meeting: offer"), *_mail(60, "The contract"),
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
        did=(_form(70, "webinar"), _webinar(62), _view(5, "/pricing"), _view(1.5, "/plans")),
        sales=Sales(days(66), linked=False, copies=1),
    )  # fmt: skip


def _hugo() -> Life:
    return Life(
        "hugo.santos@valverde.example", "Hugo", "Santos", "Head of Marketing",
        _company("Valverde SA", "valverde.example", "60", "Portugal"), joined=days(90), owner=1,
        did=(_form(90, "e-book"), _form(80, "webinar"), Did(days(79), Act.MISS), _view(78.9, "/pricing"),
            _view(8, "/blog/funnel-math")),
        sales=Sales(
            days(78), status="Disqualified", status_ago=days(61), reason="No Budget",
            deeds=(_call(70, "Call: budget?", "No answer"), _call(62, "Call: budget?")),
        ),
    )  # fmt: skip


def _iris() -> Life:
    return Life(
        "iris.blom@zuiderzee.example", "Iris", "Blom", "Head of Revenue Operations",
        _company("Zuiderzee BV", "zuiderzee.example", "150", "Netherlands"), joined=days(75), owner=2,
        did=(_form(75, "whitepaper"), _view(50, "/pricing"), _form(49, "demo")),
        sales=Sales(
            days(48), deeds=(_call(40, "Call: first talk"),), converted=days(30),
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


def _nadia() -> Life:
    synced = Deed(days(5), Kind.MEETING, "Product demo", by_program=True)
    dialled = Deed(days(5), Kind.CALL, "Demo call", by_program=True)
    return Life(
        "nadia.petrova@birkenau.example", "Nadia", "Petrova", "VP Marketing",
        _company("Birkenau Retail GmbH", "birkenau.example", "180"), joined=days(45), owner=4,
        did=(_form(45, "whitepaper"), _view(22, "/pricing"), _form(21, "trial"), _form(20, "demo")),
        deeds=(synced, Deed(days(4), Kind.MAIL, "Sorry that we missed each other")),
        sales=Sales(days(19), answers={"Budget__c": 25_000}, deeds=(_call(18, "Call", "No answer"), dialled)),
    )  # fmt: skip


def _olga() -> Life:
    return Life(
        "olga.berg@steinbruch.example", "Olga", "Berg", "Head of Marketing",
        _company("Steinbruch Finance AG", "steinbruch.example", "75", "Switzerland"), joined=days(50), owner=1,
        did=(
            _form(50, "e-book"), _form(37, "webinar"), _webinar(35), _view(30, "/customers"), _form(12, "workshop"),
            _form(8, "strategy"), _form(7.5, "contact"),
        ),
        deeds=(*_mail(7, "When may we call you?"),),
        sales=Sales(
            days(7.4), status="Working - Contacted", status_ago=days(6),
            answers={"Budget__c": 20_000, "Authority__c": "Decision Maker", "Need__c": "one page for both teams"},
            deeds=(_call(7.2, "Call", "No answer"), _call(5, "Call: what she wants to be advised on")),
        ),
    )  # fmt: skip


def _kasper() -> Life:
    return Life(
        "kasper.lund@havsvik.example", "Kasper", "Lund", "Director of Operations",
        _company("Havsvik A/S", "havsvik.example", "95", "Denmark"), joined=days(130), owner=5,
        did=(_form(130, "e-book"), _form(119, "webinar"), _webinar(116), _view(110, "/pricing"), _form(104, "trial")),
        deeds=(_call(107, "Call: first talk"), _meeting(100, "Demo with Kasper Lund"), *_mail(60, "Our offer")),
        sales=Sales(
            days(108), answers={"Budget__c": 30_000, "Timeline__c": "This Year", "Authority__c": "Influencer"},
            deeds=(_call(99, "Call: after the demo"), _meeting(70, "Meeting: offer")), converted=days(92),
            deal=Deal(days(90), "Proposal/Price Quote", 32_000, closed=days(33), lost="Competitor"),
        ),
    )  # fmt: skip


def _lucia() -> Life:
    return Life(
        "lucia.romero@torrealta.example", "Lucía", "Romero", "CEO",
        _company("Torrealta SL", "torrealta.example", "140", "Spain"), joined=days(82), owner=0,
        did=(_form(82, "webinar"), _webinar(79), _view(77, "/pricing"), _form(76, "demo"), _form(72, "trial")),
        deeds=(*_mail(75, "Your demo request"), _meeting(70, "Demo for the board"), *_mail(40, "Our offer")),
        sales=Sales(
            days(75.5), answers={"Budget__c": 80_000, "Authority__c": "Decision Maker", "Timeline__c": "This Quarter"},
            deeds=(
                _call(74, "Call: first talk"), _call(69, "Call: after the demo"),
                _meeting(20, "Meeting: negotiation", "Completed"),
            ),
            converted=days(60),
            deal=Deal(days(55), "Negotiation/Review", 78_000),
        ),
    )  # fmt: skip


STORIES: Sequence[Story] = _stories()
"""The best first."""
