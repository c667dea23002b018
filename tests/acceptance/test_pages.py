"""Every page in a real browser: what it shows, without JavaScript too, and that nothing on it keeps anybody out.

Screenshots are kept under screenshots/, in light, dark, on a phone and as printed.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from connectors.sandbox.twin import Twin
from syncd.cycle import run_cycle
from syncd.demo import ORDERS, WAIT_SECONDS, Scene, set_scene
from syncd.desk import Order
from syncd.locales.words import words_of
from syncd.store import held, people, runs, search
from syncd.web.serve import Serving
from syncd.wiring import open_desk, present, read_store

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
AXE = Path(os.environ.get("AXE_HOME", "")) / "node_modules/axe-core/axe.min.js"
KEPT = Path(__file__).parents[2] / "screenshots"
ENDLESS = 16_000
"""So high, in pixels, that some text of a CRM must have been shown whole."""
SERIOUS = ("serious", "critical")
FITS = """
    [...document.querySelectorAll(".drawing svg")].map((one) => one.getBoundingClientRect())
        .every((box) => box.height > 100 && box.right <= innerWidth)
"""
STOPS = """
    (() => {
        const stops = [...document.querySelectorAll(":is(main, footer) :is(a[href], button, input, select, summary)")];
        stops.forEach((one, place) => one.dataset.place = place);
        const open = (one) => one.checkVisibility() && !one.disabled && one.type !== "hidden";
        return stops.filter(open).map((one) => one.dataset.place);
    })()
"""
FOCUS = """
    (() => {
        const here = document.activeElement;
        if (here === document.body) return null;
        const outlined = getComputedStyle(here).outlineStyle !== "none";
        return {outlined, place: here.dataset.place, html: here.outerHTML.slice(0, 120)};
    })()
"""
"""In the browser: where keys have to lead to, and where they have led."""
HEADS = r'<(?:h[123]|th scope="col"|dt|caption|button|label)[^>]*>([^<{]+)<'
GIVEN = {"country", "channel", "domain", "industry", "website"}
"""Names of splits and properties, which are the same in every language."""
SENTENCES = {
    "overview": ("Look",),
    "funnel": ("had the stage, in any order",),
    "sla": ("not yet",),
    "attribution": ("time decay", "lead creation"),
    "journey": ("page view",),
}
"""Sentences that come from the code, by the page that says them."""
REFLECTING = ("funnel?by", "funnel?from", "funnel?within", "sla?by", "attribution?by", "funnel/people?stage",
              "people?stage", "quarantine?who", "plans?purpose", "reconcile?bucket", "definitions?version",
              "audit?kind", "audit?run", "audit?before", "login?to", "people?page")  # fmt: skip
"""What pages are asked, and may show again."""
HOSTILE = '<img src=x onerror="document.title=1">\u202eevil'

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own pipes
]


@dataclass
class Page:
    """The page of a demo that was played, with somebody of each kind to look at."""

    url: str
    scene: Scene
    someone: str
    waiting: str
    company: str
    run: str

    def addresses(self) -> dict[str, str]:
        """Every page by the name of its screenshot."""
        return {
            "overview": "/",
            "funnel": "/funnel?by=country&within=30+days",
            "behind": "/funnel/people?stage=mql:open",
            "sla": "/sla",
            "attribution": "/attribution",
            "what-if": "/what-if",
            "people": "/people",
            "journey": f"/people/{self.someone}",
            "explain": f"/people/{self.waiting}/explain",
            "company": f"/companies/company/{self.company}",
            "hostile": f"/companies/company/{self.scene.company_of('mallory@evil.example')}",
            "plans": "/plans",
            "run": f"/runs/{self.run}",
            "quarantine": "/quarantine",
            "reconcile": "/reconcile",
            "definitions": "/definitions",
            "audit": "/audit",
            "entry": "/audit/1",
            "status": "/status",
        }


class Quiet:
    def step(self, text: str) -> None:
        pass

    def count(self, what: str, done: int, of: int | None = None) -> None:
        pass


def cycle(scene: Scene, order: Order) -> None:
    with open_desk(scene.settings, Quiet(), WAIT_SECONDS) as desk:
        run_cycle(desk, order)


def make_hostile(twin: Twin) -> None:
    """Somebody whose every text wants to be more than text."""
    company = twin.hubspot.create(
        "companies",
        {"name": HOSTILE, "domain": "evil.example", "numberofemployees": "90", "industry": "HOSPITAL_HEALTH_CARE"},
    )
    contact = twin.hubspot.create(
        "contacts",
        {"email": "mallory@evil.example", "firstname": HOSTILE, "lastname": "Mallory", "jobtitle": "</script><b>CEO",
         "country": HOSTILE, "company": HOSTILE},
    )  # fmt: skip
    twin.hubspot.associate("contacts", contact, "companies", company)
    twin.hubspot.update("contacts", contact, {"hs_analytics_last_url": "https://us.example/pricing?</script><i>"})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("page")
    with set_scene(folder, None) as scene:
        make_hostile(scene.twin)
        for _, order in ORDERS[1:]:
            cycle(scene, order)
        with read_store(scene.settings) as store, store.reading() as tx:
            someone = search.in_stage(tx, "customer", 1)[0].person
            waiting = search.in_stage(tx, "mql", 1)[0].person
            run = next(one.id for one in runs.recent(tx, 10) if one.command == "apply")
        web = scene.settings.web.model_copy(update={"listen": "127.0.0.1:0"})
        settings = scene.settings.model_copy(update={"web": web})
        serving = Serving(settings, settings.store_url.get_secret_value(), settings.config_dir)
        serving.start()
        try:
            yield Page(
                serving.url.rstrip("/"),
                scene,
                someone,
                waiting,
                scene.company_of("farah.nasser@kleinfeld.example"),
                run,
            )
        finally:
            serving.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield launched
        launched.close()


@contextmanager
def looking(browser: Any, *, quiet: bool = True, **given: Any) -> Iterator[Any]:
    """A tab in which every error of a script and every breach of the policy is a failure; unless `quiet`, a page that
    answers 404 may say so in the console.
    """
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | given))
    tab, wrong = context.new_page(), []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield tab
    context.close()
    assert [one for one in wrong if quiet or "Failed to load resource" not in one] == []


def go(tab: Any, page: Page, address: str) -> None:
    tab.goto(page.url + address)
    wait_while_counted(tab)
    if tab.locator("[data-chart]").count() and tab.evaluate("typeof echarts") != "undefined":
        tab.wait_for_function("document.documentElement.dataset.drawn !== undefined")


def follow(tab: Any, link: Any) -> None:
    link.click()
    wait_while_counted(tab)


def wait_while_counted(tab: Any) -> None:
    """A page whose numbers are still being counted comes by itself."""
    tab.get_by_role("heading", name="Being counted").wait_for(state="detached")


@pytest.mark.parametrize(
    ("name", "given", "rules"),
    [
        ("light", {}, {}),
        ("dark", {"color_scheme": "dark"}, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}),
        (
            "phone",
            {"viewport": {"width": 390, "height": 800}},
            {"runOnly": {"type": "rule", "values": ["scrollable-region-focusable"]}},
        ),
    ],
    ids=["light", "dark", "phone"],
)
def test_every_page_is_drawn_fits_its_window_and_keeps_nobody_out(
    page: Page, browser: Any, name: str, given: dict[str, Any], rules: dict[str, Any]
) -> None:
    KEPT.mkdir(exist_ok=True)
    barred = []
    with looking(browser, **given) as tab:
        for what, address in page.addresses().items():
            go(tab, page, address)
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} is too wide: {name}"
            assert tab.evaluate("document.documentElement.scrollHeight") < ENDLESS, f"{what} is too long: {name}"
            tab.screenshot(path=KEPT / f"{what}-{name}.png", full_page=True)
            barred += [f"{what}, {name}: {one}" for one in _barriers(tab, rules)]
    assert barred == []
    if not AXE.is_file():
        pytest.skip("the pages are drawn, but axe-core is not under AXE_HOME: .ci/run installs it")


def _barriers(tab: Any, rules: dict[str, Any]) -> list[str]:
    """What axe-core finds serious, where it is there. It is evaluated from outside, which no policy of a page bars."""
    if not AXE.is_file():
        return []
    if tab.evaluate("typeof window.axe") == "undefined":
        tab.evaluate(AXE.read_text())
    asked = "(rules) => axe.run(document, {resultTypes: ['violations'], ...rules}).then((all) => all.violations)"
    found = tab.evaluate(asked, rules)
    return [
        f"{one['id']} ({one['impact']}) at {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in SERIOUS
    ]


def test_every_page_can_be_read_without_javascript_and_on_paper(page: Page, browser: Any) -> None:
    KEPT.mkdir(exist_ok=True)
    with looking(browser, java_script_enabled=False) as tab:
        for what, address in page.addresses().items():
            go(tab, page, address)
            assert tab.locator("[data-chart]:visible").count() == 0, what
            charts = tab.locator("[data-chart]").count()
            assert charts == 0 or tab.locator("table").count() >= 1, f"{what} has a chart without a table"
        go(tab, page, "/")
        assert "MQL" in tab.locator("table").first.inner_text()
    with looking(browser) as tab:
        for what in ("overview", "funnel", "explain", "definitions"):
            go(tab, page, page.addresses()[what])
            tab.emulate_media(media="print")
            assert not tab.locator("nav[aria-label=Pages]").is_visible()
            tab.set_viewport_size({"width": 700, "height": 800})
            assert tab.evaluate(FITS), f"a drawing of {what} is cut off by the edge of the paper"
            tab.pdf(path=KEPT / f"{what}-print.pdf")


def test_what_people_typed_into_a_crm_is_shown_as_text(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        go(tab, page, "/people")
        tab.fill("#find", "mallory@evil.example")
        tab.press("#find", "Enter")
        tab.wait_for_url(re.compile(r"/people/p[0-9a-f]+$"))
        assert "evil.example" not in tab.url
        assert tab.locator("h1").inner_text() == '<img src=x onerror="document.title=1">\\u202eevil Mallory'
        assert tab.locator("main img, main b, main i").count() == 0
        assert "</script><b>CEO" in tab.locator("main").inner_text()
        assert tab.title().startswith("<img")


def test_no_page_takes_a_hostile_text_for_more_than_text(page: Page, browser: Any) -> None:
    with read_store(page.scene.settings) as store, store.reading() as tx:
        [mallory] = search.by_address(tx, "mallory@evil.example", 2)
    company = page.scene.company_of("mallory@evil.example")
    asked, seen = quote(HOSTILE), []
    given = [
        f"/people/{mallory}",
        f"/people/{mallory}/explain",
        f"/companies/company/{company}",
        "/funnel?by=country",
        "/sla?by=country",
        f"/funnel?name=country&value={asked}",
        f"/audit?person={mallory}",
        *(f"/{address}={asked}" for address in REFLECTING),
        f"/people/{asked}",
        f"/runs/{asked}",
        f"/audit/{asked}",
        f"/companies/company/{asked}",
        f"/{asked}",
    ]
    with looking(browser, quiet=False) as tab:
        for address in [*page.addresses().values(), *given]:
            go(tab, page, address)
            assert tab.title() != "1", address
            assert tab.locator("main img, main b, main i").count() == 0, address
            seen += [address] if "onerror" in tab.locator("body").inner_text() else []
    # None of this holds by being empty: the text stands there, and means nothing.
    assert {f"/people/{mallory}", f"/companies/company/{company}", "/funnel?by=country"} <= {*seen}


def test_every_page_can_be_walked_by_keys_alone(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        for what, address in page.addresses().items():
            go(tab, page, address)
            tab.keyboard.press("Tab")
            assert tab.evaluate("document.activeElement.className") == "skip", what
            tab.keyboard.press("Enter")
            assert tab.evaluate("document.activeElement.id") == "main", what
            reached, wanted = set(), tab.evaluate(STOPS)
            for _ in range(8 * len(wanted) + 8):
                tab.keyboard.press("Tab")
                here = tab.evaluate(FOCUS)
                if here is None:
                    break
                assert here["outlined"], f"{what}: nobody sees where they are: {here['html']}"
                reached.add(here["place"])
            assert {*wanted} <= reached, what


@pytest.mark.parametrize("language", ["nl", "nb"])
def test_every_page_is_there_in_every_language(page: Page, language: str) -> None:
    words, file = words_of(language), page.scene.settings.config_dir / "syncd.yaml"
    before = file.read_text("utf-8")
    kept = [line for line in before.splitlines() if not line.startswith("language:")]
    file.write_text("\n".join([*kept, f"language: {language}", ""]), "utf-8")
    try:
        for what, address in page.addresses().items():
            for _ in range(40):
                answer = requests.get(page.url + address, timeout=30)
                if "refresh" not in answer.headers:
                    break
                time.sleep(0.25)
            assert answer.status_code == 200, what
            heads = {unescape(one) for one in re.findall(HEADS, answer.text)}
            assert len(heads) > 2, what
            english = {one for one in heads if words.text(one) != one}
            assert english - GIVEN == set(), f"{what} is not all in {language}"
            for sentence in SENTENCES.get(what, ()):
                assert words.say(sentence) in unescape(answer.text), f"{what} does not say {sentence} in {language}"
    finally:
        file.write_text(before, "utf-8")


def test_numbers_open_down_to_people_and_people_to_their_proof(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        go(tab, page, "/")
        row = tab.get_by_role("row", name=re.compile("^MQL")).first
        n = row.get_by_role("link").inner_text()
        follow(tab, row.get_by_role("link"))
        assert tab.locator(".head").inner_text().split()[:2] == ["MQL", n]
        follow(tab, tab.locator("main table a").first)
        follow(tab, tab.get_by_role("link", name="Why this stage"))
        assert tab.locator("main h2").first.inner_text().startswith("Why ")
        assert tab.locator(".proof .truth").count() > 1


def test_a_name_part_of_an_address_or_a_record_finds_people(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        for typed, found in (("farah.nas", "Farah"), ("farah", "Farah"), ("no such person", "Nobody is known")):
            go(tab, page, "/people")
            tab.fill("#find", typed)
            tab.press("#find", "Enter")
            tab.wait_for_load_state()
            assert found in tab.locator("main").inner_text(), typed


def test_a_case_is_tried_again_from_the_page_alone(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        go(tab, page, "/quarantine")
        tab.locator("input[type=checkbox]").first.check()
        tab.get_by_role("button", name="Try marked cases again").click()
        assert tab.get_by_role("status").inner_text() == "1 is tried again in the next cycle."
    with read_store(page.scene.settings) as store, store.reading() as tx:
        assert people.due(tx, present()) != []


def test_the_ledger_is_proved_on_the_page(page: Page, browser: Any) -> None:
    with looking(browser) as tab:
        go(tab, page, "/audit")
        assert tab.locator("main h2").first.inner_text() == "The chain holds"
        tab.locator("main table a").first.click()
        assert "Hash" in tab.locator("main").inner_text()


def test_another_version_is_tried_and_both_crms_are_counted_beside(page: Page, browser: Any) -> None:
    drafts = page.scene.settings.config_dir / "drafts"
    drafts.mkdir(exist_ok=True)
    text = (page.scene.settings.config_dir / "definitions.yaml").read_text()
    (drafts / "stricter.yaml").write_text(text.replace("score.fit: {at_least: 40}", "score.fit: {at_least: 50}", 1))
    with looking(browser) as tab:
        go(tab, page, "/reconcile")
        tab.get_by_role("button", name="Count now").click()
        go(tab, page, "/what-if")
        tab.select_option("select[name=version]", "drafts/stricter.yaml")
        tab.get_by_role("button", name="Compare").click()
        for address, heading in (("/reconcile", "by bucket"), ("/what-if", "Who enters which stage")):
            for _ in range(60):
                go(tab, page, address)
                if tab.get_by_role("heading", name=heading).count():
                    break
                tab.wait_for_timeout(500)
            assert tab.get_by_role("heading", name=heading).count() == 1, tab.locator("main").inner_text()
            tab.screenshot(path=KEPT / f"{address.strip('/')}-answered.png", full_page=True)
            assert _barriers(tab, {}) == []


def test_a_plan_that_waits_is_shown_with_every_field(tmp_path: Path, browser: Any) -> None:
    with set_scene(tmp_path, None) as scene:
        cycle(scene, Order("sync"))
        web = scene.settings.web.model_copy(update={"listen": "127.0.0.1:0"})
        settings = scene.settings.model_copy(update={"web": web})
        serving = Serving(settings, settings.store_url.get_secret_value(), settings.config_dir)
        serving.start()
        try:
            waiting = Page(serving.url.rstrip("/"), scene, "", "", "", "")
            with looking(browser) as tab:
                go(tab, waiting, "/")
                assert "First contact is still to come" in tab.locator("main").inner_text()
                go(tab, waiting, "/plans")
                assert tab.locator("main h2").first.inner_text() == "A plan waits"
                assert "Held by first contact" in tab.locator(".alert").inner_text()
                assert tab.locator("ins").count() > 50
                facts = tab.locator("dl.facts").first.inner_text()
                assert re.search(r"\d to HubSpot, \d+ to Salesforce", facts), facts
                assert re.search(r"\d no last name, \d no owner", facts), facts
                tab.screenshot(path=KEPT / "plans-held.png", full_page=True)
                tab.get_by_role("link", name=re.compile("new leads")).click()
                assert "new lead" in tab.locator("main table").first.inner_text()
        finally:
            serving.stop()
        cycle(scene, Order("apply", by_hand=True, who="test"))
        with read_store(scene.settings) as store, store.reading() as tx:
            assert held.waiting(tx) is None
