"""Invented names and words. Addresses end in .example, or belong to nobody by their number."""

# ruff: noqa: SIM905  names read better as a text than as a list of quotes

from __future__ import annotations

from datetime import timedelta

FORMS = {
    "newsletter": "Newsletter sign-up",
    "e-book": "E-book: Forecasts that hold",
    "whitepaper": "Whitepaper: One funnel, two systems",
    "webinar": "Webinar: From lead to deal",
    "pricing": "Pricing question",
    "trial": "Free trial",
    "demo": "Demo request",
    "contact": "Contact us",
    "workshop": "Workshop: Your funnel on one page",
    "strategy": "Your own strategy session",
}
"""The forms of the portal, by the word that lives use."""

PAGES = (
    "/",
    "/product",
    "/product/forecasts",
    "/blog/funnel-math",
    "/blog/clean-data",
    "/customers",
    "/about",
    "/jobs",
)
PRICES = ("/pricing", "/pricing/teams", "/plans", "/pricing/enterprise")
SITE = "https://www.harbourlight.example"

SELLERS = (
    ("Mia", "Sørensen"),
    ("Tom", "Becker"),
    ("Aylin", "Kaya"),
    ("Paul", "Moreau"),
    ("Sofia", "Rossi"),
    ("Jan", "de Vries"),
)
FORMER = ("Rolf", "Altmann")
PROGRAM = ("Dialer", "Integration")
"""Not a person: a program that notes calls and meetings in both CRMs."""
QUEUE_NAME = "Inbound"

FIRST = (
    "Lena Jonas Marie Lukas Emma Felix Hanna Max Clara Paul Nora Elias Ida Finn Maja Oskar Elin Lars Astrid Nils "
    "Chiara Luca Giulia Marco Elena Pablo Lucía Diego Inés João Rita Camille Hugo Chloé Antoine Zofia Jakub Agnieszka "
    "Piotr Eszter Bence Ana Ivan Petra Milan Aisha Omar Leila Yusuf Deniz Emre Priya Arjun Mei Wei Yuki Haruto Grace "
    "Oliver Amelia Jack Isla Sean Aoife Søren Bjørn Jürgen Björk Çağla Noël"
).split()
LAST = (
    "Müller Schmidt Weber Vogt Brandt Krämer Lindgren Nyström Haugen Jensen Mikkelsen Virtanen Rossi Bianchi Romano "
    "García Fernández Silva Costa Dubois Laurent Girard Kowalski Nowak Zielińska Nagy Szabó Horvat Novák "
    "Petrov Y\u0131lmaz "
    "Demir Haddad Rahman Sharma Iyer Chen Tanaka Sato Murphy Walsh Clarke Hughes Okafor Mensah Adeyemi Jóhannsdóttir "
    "Großmann O'Brien van-den-Berg Sánchez-Ruiz Kjærsgaard"
).split()

FITTING = (
    "Head of IT", "Head of Marketing", "VP Sales", "CTO", "CEO", "Founder", "Director of Operations", "Lead Engineer",
    "Head of Revenue Operations", "Director Sales EMEA", "chief of staff", "CEO & Founder", "VP Marketing",
)  # fmt: skip
OTHERS = (
    "Clerk", "Sales Manager", "Marketing Manager", "Developer", "Consultant", "Office Assistant", "Controller",
    "Analyst", "Buyer", "", "Project Manager", "HR Business Partner",
)  # fmt: skip

PLACES = (
    "Nordwind Alpenglas Hafenstadt Silberbach Grünwald Fjordwerk Bergtal Ostsee Rheinblick Lindenhof Kronberg Adler "
    "Kirschbaum Sonnfeld Morgenrot Weitblick Steinbruch Birkenau Seehaus Waldkante Portolab Torrealta Valverde "
    "Montclair Beauchamp Delacour Kastanie Polarlys Havsvik Zuiderzee"
).split()
TRADES = (
    ("Logistik", "LOGISTICS_AND_SUPPLY_CHAIN"),
    ("Software", "COMPUTER_SOFTWARE"),
    ("Maschinenbau", "MACHINERY"),
    ("Health", "HOSPITAL_HEALTH_CARE"),
    ("Retail", "RETAIL"),
    ("Finance", "FINANCIAL_SERVICES"),
)
LAWS = {
    "Germany": "GmbH",
    "Austria": "GmbH",
    "Switzerland": "AG",
    "Netherlands": "B.V.",
    "Denmark": "A/S",
    "France": "SA",
}
SIZES = ("8", "15", "22", "35", "48", "60", "85", "120", "180", "240", "450", "900", "2400", "")

FREEMAIL = ("gmail.com", "gmx.de", "outlook.com", "web.de", "yahoo.com")
RIVALS = ("rival.example", "other-rival.example")
UNIVERSITY = "stud.uni-hafenstadt.example"

RECYCLED = ("Bad Timing", "No Budget Yet", "No Answer", "Not Ready")
REJECTED = ("No Budget", "No Authority", "No Need", "Bad Data")
TIMELINES = ("This Month", "This Quarter", "This Year", "Later")
AUTHORITIES = ("Decision Maker", "Influencer", "User")
NEEDS = ("one forecast for all regions", "fewer tools", "reports that both teams believe", "replace spreadsheets")
SUBJECTS = ("A question about your forecast", "Your visit to our site", "Ten minutes next week?", "As promised: prices")
DEMOS = ("Demo held", "Product demo", "DEMO with the team", "Demo and first consultation")
LOST = ("Price", "Competitor", "No Decision", "Bad Timing", "Missing Feature")
STAGES = ("Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Negotiation/Review")

WEBINAR = "From lead to deal"
WEBINARS = tuple(timedelta(days=ago) for ago in (14, 35, 62, 79, 116, 148, 178, 210))
"""How long ago the webinar was held, each time with the same words."""
MAILINGS = ("Forecasts that hold", "Clean data in ten minutes", "What sales wants to know", "One funnel, two systems")


def next_webinar(ago: timedelta) -> timedelta | None:
    """How long ago the first webinar after that time was; None where it is still to come."""
    return max((each for each in WEBINARS if each < ago), default=None)
