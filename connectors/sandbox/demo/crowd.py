"""Everybody else: drawn by chance from a seed, in the proportions of a young company's portal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from connectors.sandbox.demo import world
from connectors.sandbox.demo.life import LEFT, Act, Company, Deal, Deed, Did, Kind, Life, Sales, days

KINDS = {"quiet": 40, "reader": 22, "buyer": 14, "worked": 12, "dealer": 8, "rival": 1, "student": 3}
"""How many of a hundred people are of which kind."""

READING = ("newsletter", "e-book", "whitepaper", "webinar")


def companies(rng: Random, count: int) -> list[Company]:
    """So many different companies."""
    pairs = [(place, trade) for place in world.PLACES for trade in world.TRADES]
    found = []
    for place, (trade, industry) in rng.sample(pairs, count):
        country = rng.choice([*world.LAWS])
        domain = f"{_plain(place)}-{_plain(trade)}.example"
        name = f"{place} {trade} {world.LAWS[country]}"
        shown = rng.choice((name, name, name, name.upper(), name.lower(), f" {place} {trade} "))
        found.append(Company(shown, domain, rng.choice(world.SIZES), country, industry))
    return found


def crowd(rng: Random, firms: Sequence[Company], count: int, taken: set[str]) -> list[Life]:
    """So many people of these companies, none with an address that is `taken`."""
    return [_Person(rng, firms, taken).life() for _ in range(count)]


def strangers(rng: Random, firms: Sequence[Company], count: int, taken: set[str]) -> list[Life]:
    """People whom sales has from a bought list, and HubSpot does not know."""
    found = []
    for _ in range(count):
        person = _Person(rng, firms, taken)
        found.append(Life(person.email, person.first, person.last, person.title, person.company, sales=person.listed()))
    return found


class _Person:
    """One person in the making. What is drawn is drawn in one order, so that a seed gives the same people."""

    def __init__(self, rng: Random, firms: Sequence[Company], taken: set[str]) -> None:
        self.rng = rng
        self.kind = rng.choices([*KINDS], [*KINDS.values()])[0]
        self.first, self.last = rng.choice(world.FIRST), rng.choice(world.LAST)
        self.company: Company | None = rng.choice(firms)
        self.title = rng.choice(world.FITTING if self._fits() else world.OTHERS)
        self.joined = days(rng.uniform(10, 230))
        self.email = self._address(taken)
        self.heat = self._heat()
        self.deeds: list[Deed] = []
        """What sellers note in HubSpot."""

    def life(self) -> Life:
        """The person with all that they did, and what sales made of it."""
        owner = None if self.kind in ("quiet", "student") else self._owner()
        did = sorted(self._went(list(self._did())), key=lambda each: -each.ago)
        sales = self._sales()
        first, last = self._as_typed(self.first), self._as_typed(self.last)
        return Life(
            self.email, first, last, self._as_typed(self.title), self.company, self.joined, owner, did,
            tuple(self._stages(sales)), sales, self._words(), tuple(self.deeds),
        )  # fmt: skip

    def listed(self) -> Sales:
        """A lead that came from a list and was never touched, or hardly."""
        made = days(self.rng.uniform(20, 250))
        deeds = (Deed(made * 0.5, Kind.CALL, "Cold call", "No answer"),) if self.rng.random() < 0.2 else ()
        return Sales(made, linked=False, deeds=deeds)

    def _fits(self) -> bool:
        return self.rng.random() < {"buyer": 0.8, "worked": 0.9, "dealer": 0.9}.get(self.kind, 0.15)

    def _address(self, taken: set[str]) -> str:
        rng, number = self.rng, 1
        domain = self.company.domain if self.company else world.FREEMAIL[0]
        if self.kind == "rival":
            domain, self.company = rng.choice(world.RIVALS), None
        elif self.kind == "student":
            domain, self.company, self.title = world.UNIVERSITY, None, "Student"
        elif rng.random() < 0.1:
            domain, self.company = rng.choice(world.FREEMAIL), None
        local = f"{_plain(self.first)}.{_plain(self.last)}"
        if domain in world.FREEMAIL:
            local = f"{local}.{rng.randrange(10**8, 10**9)}"
        address = f"{local}@{domain}"
        while address in taken:
            number += 1
            address = f"{local}{number}@{domain}"
        taken.add(address)
        return address.upper() if rng.random() < 0.01 else address

    def _heat(self) -> timedelta:
        """When interest was greatest: for a few this week, for most long ago."""
        latest = self.joined / timedelta(days=1)
        fresh = self.rng.random() < 0.12
        return days(self.rng.uniform(0.1, 6)) if fresh else days(self.rng.uniform(8, max(9.0, latest - 1)))

    def _owner(self) -> int | None:
        drawn = self.rng.random()
        return None if drawn < 0.06 else LEFT if drawn < 0.09 else self.rng.randrange(len(world.SELLERS))

    def _as_typed(self, text: str) -> str:
        return self.rng.choices((text, text.upper(), text.lower(), f" {text} "), (92, 3, 3, 2))[0]

    def _words(self) -> dict[str, str]:
        number = f"+49 {self.rng.randrange(30, 900)} 5550 {self.rng.randrange(100, 999)}"
        typed = {"phone": self.rng.choice((number, "", "", number.replace(" ", "/"), "n/a"))}
        if self.company and self.rng.random() < 0.5:
            typed["website"] = f"https://{self.company.domain}"
        return typed

    def _did(self) -> Iterator[Did]:
        yield Did(self.joined, Act.FORM, self.rng.choice(READING))
        for _ in range(self.rng.randrange(5)):
            yield Did(self._since_joined(), Act.OPEN)
        for _ in range(self.rng.randrange(4)):
            yield Did(self._since_joined(), Act.VIEW, self.rng.choice(world.PAGES))
        if self.kind != "quiet":
            for _ in range(self.rng.randrange(1, 4)):
                yield Did(self._since_joined(), Act.CLICK)
            if self.rng.random() < 0.5:
                yield Did(self._since_joined(), Act.FORM, self.rng.choice(READING))
        if self.kind in ("buyer", "worked", "dealer", "rival"):
            yield from self._heated()

    def _went(self, did: Sequence[Did]) -> Iterator[Did]:
        """What they did, and to which of the webinars that they had signed up for they came."""
        yield from did
        webinars = {world.next_webinar(each.ago) for each in did if each.detail == "webinar"} - {None}
        for ago in sorted(each for each in webinars if each is not None):
            yield Did(ago, Act.ATTEND if self.rng.random() < 0.65 else Act.MISS)

    def _heated(self) -> Iterator[Did]:
        at = min(self.heat, self.joined)
        yield Did(at, Act.VIEW, "/product")
        for number in range(self.rng.randrange(1, 4)):
            yield Did(at - timedelta(minutes=5 * number + 2), Act.VIEW, world.PRICES[number])
        drawn = self.rng.random()
        if drawn < 0.3:
            yield Did(at - timedelta(minutes=30), Act.FORM, "demo")
        elif drawn < 0.45:
            yield Did(at - timedelta(minutes=40), Act.FORM, self.rng.choice(("pricing", "contact")))
        if self.kind == "dealer" or (self.kind == "worked" and self.rng.random() < 0.75):
            yield Did(at * 0.9, Act.FORM, "trial")
        if self.kind in ("worked", "dealer"):
            yield from self._asked(at)

    def _asked(self, at: timedelta) -> Iterator[Did]:
        """What people ask for who want to be advised, more than to try something."""
        if self.rng.random() < 0.4:
            yield Did(at * 0.86, Act.FORM, "workshop")
        if self.rng.random() < 0.3:
            yield Did(at * 0.84, Act.FORM, "webinar")
        if self.rng.random() < 0.5:
            yield Did(at * 0.82, Act.FORM, self.rng.choice(("contact", "strategy", "pricing")))

    def _since_joined(self) -> timedelta:
        return self.joined * self.rng.uniform(0.01, 0.99)

    def _sales(self) -> Sales | None:
        chance = {"quiet": 0.1, "reader": 0.2, "buyer": 0.3, "worked": 1.0, "dealer": 1.0}.get(self.kind, 0.0)
        if self.rng.random() >= chance:
            return None
        if self.kind in ("quiet", "reader"):
            return self.listed()
        made = min(self.heat, self.joined) * 0.97
        if self.kind == "buyer":
            return Sales(made, linked=self.rng.random() < 0.6, deeds=self._tried(made))
        self._wrote(made)
        return self._worked(made) if self.kind == "worked" else self._dealt(made)

    def _tried(self, made: timedelta) -> Sequence[Deed]:
        """Calls that reached nobody yet."""
        tries = self.rng.randrange(3)
        return [Deed(made * (0.9 - 0.2 * each), Kind.CALL, "Call", self._unreached()) for each in range(tries)]

    def _unreached(self) -> str:
        return self.rng.choice(("No answer", "Left voicemail", "Busy"))

    def _wrote(self, made: timedelta) -> None:
        """A seller writes from HubSpot, and may be answered."""
        if self.rng.random() < 0.6:
            subject = self.rng.choice(world.SUBJECTS)
            self.deeds.append(Deed(made * 0.97, Kind.MAIL, subject))
            if self.rng.random() < 0.5:
                self.deeds.append(Deed(made * 0.93, Kind.REPLY, f"Re: {subject}"))

    def _talked(self, made: timedelta) -> list[Deed]:
        """A first call, in Salesforce or in HubSpot. Returns what stands in Salesforce."""
        outcome = self.rng.choice(("No answer", "Connected", "Connected", "Left voicemail"))
        call = Deed(made * 0.9, Kind.CALL, "Call: first talk", outcome)
        if self.rng.random() < 0.7:
            return [call]
        self.deeds.append(call)
        return []

    def _demo(self, ago: timedelta) -> list[Deed]:
        """A demo, noted wherever this seller notes such things. Returns what stands in Salesforce."""
        subject, drawn = self.rng.choice(world.DEMOS), self.rng.random()
        if drawn < 0.5:
            outcome = self.rng.choices(("Completed", "No show", "Rescheduled"), (75, 15, 10))[0]
            self.deeds.append(Deed(ago, Kind.MEETING, subject, outcome))
            return [Deed(ago * 0.98, Kind.CALL, "Call: after the demo", "Connected")] if drawn < 0.3 else []
        if drawn < 0.7:
            return [Deed(ago, Kind.CALL, f"{subject} by phone", "Connected")]
        if drawn < 0.9:
            return [Deed(ago, Kind.MEETING, subject), Deed(ago * 0.99, Kind.TASK, subject)]
        self.deeds.append(Deed(ago, Kind.MEETING, subject, by_program=True))
        return [Deed(ago, Kind.CALL, f"{subject} by phone", by_program=True)]

    def _worked(self, made: timedelta) -> Sales:
        rng = self.rng
        status = rng.choices(("Working - Contacted", "Recycle", "Disqualified", ""), (45, 22, 13, 20))[0]
        reasons = {"Recycle": world.RECYCLED, "Disqualified": world.REJECTED}.get(status, ("",))
        deeds = self._talked(made)
        if status == "Working - Contacted" and rng.random() < 0.75:
            deeds += self._demo(made * 0.6)
        answers = self._answers() if rng.random() < 0.75 else {}
        return Sales(
            made, linked=rng.random() < 0.7, status=status, status_ago=made * 0.5, reason=rng.choice(reasons),
            answers=answers, deeds=deeds,
        )  # fmt: skip

    def _dealt(self, made: timedelta) -> Sales:
        rng = self.rng
        deeds = [Deed(made * 0.9, Kind.CALL, "Call: first talk", "Connected"), *self._demo(made * 0.8)]
        if rng.random() < 0.5:
            deeds.append(Deed(made * 0.5, Kind.MEETING, "Consultation: offer and next steps"))
        amount = rng.randrange(5, 90) * 1_000
        end = rng.choices(("open", "won", "lost"), (45, 40, 15))[0]
        closed = None if end == "open" else made * 0.3
        lost = rng.choice(world.LOST) if end == "lost" else ""
        deal = Deal(made * 0.6, rng.choice(world.STAGES), amount, closed, lost)
        return Sales(
            made, linked=rng.random() < 0.8, answers=self._answers(), deeds=deeds, converted=made * 0.7,
            deal=deal if rng.random() < 0.92 else None,
        )  # fmt: skip

    def _answers(self) -> dict[str, str | int]:
        known: dict[str, str | int] = {
            "Budget__c": self.rng.randrange(5, 100) * 1_000,
            "Authority__c": self.rng.choice(world.AUTHORITIES),
            "Need__c": self.rng.choice(world.NEEDS),
            "Timeline__c": self.rng.choice(world.TIMELINES),
        }
        return {name: value for name, value in known.items() if self.rng.random() < 0.75}

    def _stages(self, sales: Sales | None) -> Iterator[tuple[timedelta, str]]:
        yield self.joined, "subscriber" if self.kind == "quiet" else "lead"
        deal = sales.deal if sales else None
        if self.kind in ("buyer", "worked", "dealer") and self.rng.random() < 0.15:
            yield min(self.heat, self.joined) * 0.99, "marketingqualifiedlead"
        if deal and deal.closed and not deal.lost and self.rng.random() < 0.6:
            yield deal.closed, "customer"


def _plain(text: str) -> str:
    """A name as it stands in an address: small letters of the alphabet only."""
    spelled = text.lower().translate(_SPELLED)
    folded = unicodedata.normalize("NFKD", spelled)
    return "".join(sign for sign in folded if sign.isascii() and (sign.isalnum() or sign == "-"))


_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "\u0131": "i", "ł": "l", "ð": "d"}
)
