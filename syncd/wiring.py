"""Put a desk together: settings, files, store and both CRMs, checked as far as everything depends on it."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.errors import Forbidden, Missing, Refused
from connectors.hubspot import HubSpot
from connectors.records import Account, Field, FieldType, ObjectSchema, Option, Source, System
from connectors.salesforce import Salesforce
from syncd import collect_seldom
from syncd.brakes.budget import keep_to, resume
from syncd.desk import Desk, Progress
from syncd.endings import Told
from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems
from syncd.journey.fitting import unfitting
from syncd.journey.reading import seen_in, typed
from syncd.journey.worded import takes_people, unknown_values
from syncd.model.instant import Instant, instant_of
from syncd.store import outputs, runs
from syncd.store.database import Store, open_store
from syncd.store.errors import StoreError
from syncd.streams import described_for, streams_for

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.settings import Settings

DESCRIBED = (
    (System.HUBSPOT, "contact"),
    (System.HUBSPOT, "company"),
    (System.SALESFORCE, "lead"),
    (System.SALESFORCE, "contact"),
    (System.SALESFORCE, "account"),
    (System.SALESFORCE, "opportunity"),
    (System.SALESFORCE, "opportunity_contact_role"),
    (System.SALESFORCE, "task"),
)
"""What is looked at before anything is read: which fields there are for us."""

M_ARENA_MAX = -8
"""As glibc's malloc.h calls the number of heaps."""
OPTIONAL = {
    (System.HUBSPOT, "company"),
    (System.SALESFORCE, "opportunity"),
    (System.SALESFORCE, "opportunity_contact_role"),
}
"""Kinds without which the rest can still be decided."""


class SetupProblems(Told):
    """Something in a CRM is missing without which nothing can work. All of it at once."""

    code = "setup"
    next_step = "have these made, then run `syncd doctor`"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def present() -> Instant:
    """The instant now, in whole milliseconds."""
    return instant_of(datetime.now(UTC))  # noqa: TID251  the service's and the commands' one clock


@contextmanager
def open_desk(
    settings: Settings, progress: Progress, wait_seconds: float, ready: Callable[[Desk], None] | None = None
) -> Iterator[Desk]:
    """A desk to run cycles at, as the store's one writer, until the end of the block. `ready` makes it so: `introduce`
    unless given.

    Raises SettingsProblems, ConfigProblems, StoreError, the connectors' errors, and SetupProblems when a required
    field is missing.
    """
    with set_desk(settings, progress) as desk, desk.store.writer(wait_seconds):
        go_on_counting(desk)
        (ready or introduce)(desk)
        yield desk


@contextmanager
def set_desk(settings: Settings, progress: Progress) -> Iterator[Desk]:
    """A desk whose store somebody else may write to, and where nobody has met the CRMs yet. Raises SettingsProblems,
    ConfigProblems and StoreError.
    """
    config = load_config(settings.config_dir)
    hubspot, salesforce = connect(settings)
    keep_to(config.service.budgets, hubspot, salesforce)
    gc.freeze()  # what is imported by now stays for good
    collect_seldom()
    _share_one_heap()
    store = open_store(settings.store_url.get_secret_value())
    try:
        desk = Desk(store, hubspot, salesforce, config, present, time.sleep, progress)
        desk.signing_key = settings.signing_key
        yield desk
    finally:
        store.close()


@contextmanager
def read_store(settings: Settings) -> Iterator[Store]:
    """The store, to look at only."""
    collect_seldom()
    store = open_store(settings.store_url.get_secret_value(), read_only=True)
    try:
        yield store
    finally:
        store.close()


def remember_outputs(settings: Settings, paths: Iterable[Path], wait_seconds: float) -> str | None:
    """Remember files that are about to be written and tell of people, so that `syncd forget` finds them; None, or why
    they could not be remembered, where this process may only read the store, or somebody else writes for long.
    """
    try:
        with (
            closing(open_store(settings.store_url.get_secret_value())) as store,
            store.writer(wait_seconds),
            store.transaction() as tx,
        ):
            for path in paths:
                outputs.note(tx, path, present())
    except StoreError as error:
        return str(error)
    return None


def _share_one_heap() -> None:
    """Have all threads take memory from one heap: those of their own, as glibc would have it, cost a pull 7 MB.

    Other C libraries have no such choice to make.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def connect(settings: Settings) -> tuple[HubSpot, Salesforce]:
    """The connectors of both CRMs. Nothing is sent yet. Raises SettingsProblems for what is not set."""
    near, far = settings.hubspot.require(), settings.salesforce.require()
    hubspot = HubSpot(near.access_token.get_secret_value(), base_url=near.base_url, api_version=near.api_version)
    salesforce = Salesforce(
        far.login_url,
        far.client_id,
        far.client_secret.get_secret_value() if far.client_secret else None,
        far.username,
        far.private_key.get_secret_value().encode() if far.private_key else None,
        api_version=far.api_version,
    )
    return hubspot, salesforce


def go_on_counting(desk: Desk) -> None:
    """Take over the calls of the day that the last run noted; one that was killed noted none."""
    with desk.store.reading() as tx:
        ended = runs.last_ended(tx)
    if ended is not None:
        resume(ended.summary, desk.hubspot, desk.salesforce)


def meet(desk: Desk) -> None:
    """Find out who we are in both CRMs and which fields we see."""
    with ThreadPoolExecutor(max_workers=2) as both:
        wanted = [*DESCRIBED, *described_for(desk.config)]
        found = list(both.map(_look, [desk.hubspot, desk.salesforce], [wanted, wanted]))
    desk.accounts = {account.system: account for account, _ in found}
    for source in (desk.hubspot, desk.salesforce):
        source.limiter.day.settle(desk.accounts[source.system].time_zone, source.now())
    desk.schemas = {key: schema for _, schemas in found for key, schema in schemas.items()} | _lists(desk)
    desk.is_noted = False
    desk.seen = seen_in(desk.schemas, desk.accounts[System.SALESFORCE].user_id)
    desk.config = typed(desk.config, desk.seen)
    desk.streams = streams_for(desk.config, desk.schemas)
    desk.left_out.clear()
    for source in (desk.hubspot, desk.salesforce):
        if told := source.warning():
            desk.progress.step(told)


def _lists(desk: Desk) -> dict[tuple[System, str], ObjectSchema]:
    """The lists of contacts that the files name and that take people by hand, as the options of a field; a call each,
    and nothing where the token may not look.
    """
    named = sorted(set(desk.config.fields.back.lists.values()))
    if not named:
        return {}
    try:
        lists = desk.hubspot.read("list", named, ())
    except (Forbidden, Refused):
        return {}
    static = [Option(one, str(given.properties.get("name"))) for one, given in lists.items() if takes_people(given)]
    nobodys = Option("", "", active=False)  # so that a portal without any is one without those
    field = Field("id", "List", FieldType.CHOICE, options=(*static, nobodys), restricted=True)
    return {(System.HUBSPOT, "list"): ObjectSchema("list", {"id": field})}


def introduce(desk: Desk) -> None:
    """Meet both CRMs, and see that the required fields are there and that the files name no value that is not."""
    meet(desk)
    problems = tuple(missing_fields(desk.config, desk.schemas))
    if problems:
        raise SetupProblems(problems)
    misnamed = [*unfitting(desk.config, desk.clock(), desk.seen), *unknown_values(desk.config, desk.seen)]
    if misnamed:
        raise ConfigProblems(misnamed)


def _look(
    source: Source, kinds: Iterable[tuple[System, str]]
) -> tuple[Account, dict[tuple[System, str], ObjectSchema]]:
    """Who we are in one CRM, and the kinds that we see there."""
    account = source.check()
    schemas = {}
    ours = [(system, kind) for system, kind in kinds if system is source.system]
    source.learn([kind for _, kind in ours])
    for system, kind in ours:
        try:
            schemas[system, kind] = source.describe(kind)
        except (Forbidden, Missing):
            if (system, kind) in DESCRIBED and (system, kind) not in OPTIONAL:
                raise
    return account, schemas


def missing_fields(config: Config, schemas: Mapping[tuple[System, str], ObjectSchema]) -> Iterator[str]:
    """A sentence for every required field of Salesforce that is missing or not as it must be (design 9)."""
    names = config.fields.names
    required = [
        ("lead", names.hubspot_id),
        ("contact", names.hubspot_id),
        ("account", names.hubspot_id),
        ("task", names.key),
    ]
    for kind, name in required:
        schema = schemas.get((System.SALESFORCE, kind))
        field = schema.fields.get(name) if schema else None
        where = "Activity" if kind == "task" else kind.capitalize()
        if field is None:
            yield f"Salesforce has no field {name} on {where} that our user sees (text 64, external id, unique)"
        elif not field.external_id:
            yield f"Salesforce's field {name} on {where} is no external id; tick External ID and Unique"
        elif not field.unique:
            yield f"Salesforce's field {name} on {where} is not unique, so records could double; tick Unique"
        elif not (field.createable and field.updateable):
            yield f"our user may not write Salesforce's field {name} on {where}; give the permission set edit access"
