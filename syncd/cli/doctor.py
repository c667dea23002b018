"""`syncd doctor`: both CRMs compared with what the files need, and who can mend what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say, tell
from syncd.endings import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.errors import ConnectorError
    from connectors.records import Destination, Source
    from syncd.files.load import Config
    from syncd.journey.examined import Check, Looked
    from syncd.model.instant import Instant
    from syncd.settings import Settings

NAMES = {"hubspot": "HubSpot portal", "salesforce": "Salesforce org", "syncd": "syncd"}
KEYS = ("system", "object", "field", "type", "length", "external_id", "unique", "required", "state", "fix", "who")


@click.command("doctor")
@config_option
@click.option(
    "--salesforce-package",
    "package",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write what a Salesforce admin deploys to this folder, and ask nobody.",
)
@json_option
def command(config: Path | None, package: Path | None, *, as_json: bool) -> int:
    """Connect to both CRMs and check credentials, clocks, fields, picklists and what may be read. Writes nothing there.

    Ends with 7 where something is missing without which syncd or the files do not work, and where a CRM refuses us or
    does not answer as every command does, with 5 or 2; the other one is examined all the same.
    """
    from syncd.cli.errors import told_of
    from syncd.files.load import load_config
    from syncd.journey.around import around
    from syncd.journey.examined import examine
    from syncd.wiring import connect

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    now = present()
    if package is not None:
        _write(package, files, settings, now, as_json=as_json)
        return 0
    tell("Asking both CRMs ...")
    hubspot, salesforce = connect(settings)
    found, refused = _looked_at((hubspot, salesforce), files, now)
    token = settings.hubspot.require().access_token.get_secret_value()
    checks = [*examine(found, files, now), *_alerts(files, settings)]
    for looked in found:
        checks += around(looked.source, token, files)
    if as_json:
        everything = [*map(_unconnected, refused), *checks]
        data = {"checks": [{key: getattr(check, key) for key in KEYS} for check in everything]}
        held = told_of(refused[0]).as_data() if refused else None
        Document("doctor", data, now, files.service.time_zone, files.definitions_at(now).hash, held).print()
    else:
        _tell(found, checks, settings)
        _tell_next(checks, refused)
    if refused:
        return int(told_of(refused[0]).exit_code)
    return int(ExitCode.FOUND if any(check.bad for check in checks) else ExitCode.DONE)


def _looked_at(
    sources: Sequence[Destination], files: Config, now: Instant
) -> tuple[list[Looked], list[ConnectorError]]:
    """What the CRMs say of themselves, and why the others do not: whoever renews credentials wants to hear of all of
    them at once, and of what else there is to do.
    """
    from concurrent.futures import ThreadPoolExecutor

    from connectors.errors import ConnectorError
    from syncd.journey.examined import look

    with ThreadPoolExecutor(max_workers=len(sources)) as together:
        asked = [together.submit(look, source, files, now) for source in sources]
    refused = [error for one in asked if isinstance(error := one.exception(), ConnectorError)]
    return [one.result() for one in asked if not isinstance(one.exception(), ConnectorError)], refused


def _unconnected(error: ConnectorError) -> Check:
    """Why a CRM cannot be asked."""
    from syncd.cli.errors import told_of
    from syncd.journey.examined import Check

    failure = told_of(error)
    what = f"{failure.message} {failure.next_step}"
    return Check(error.system, "connection", None, failure.code, required=True, sentence=what, who="operator")


def _alerts(files: Config, settings: Settings) -> list[Check]:
    """The addresses to which the service tells what is wrong, as far as they are no such thing."""
    from syncd.journey.examined import Check
    from syncd.service.crier import misunderstood

    addresses = files.service.alerts
    told = misunderstood(addresses, settings.alert_secrets()) if addresses else []
    return [Check("syncd", "alerts", None, "unknown", required=False, sentence=one, who="operator") for one in told]


def _write(folder: Path, files: Config, settings: Settings, now: Instant, *, as_json: bool) -> None:
    """Write the package for Salesforce. Files that are there already are replaced."""
    from syncd.package import package_of

    made = package_of(files, files.definitions_at(now), settings.salesforce.api_version)
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if as_json:
        data = {"checks": [], "written": sorted(made)}
        Document("doctor", data, now, files.service.time_zone, files.definitions_at(now).hash).print()
    else:
        say(f"{len(made)} files are in {folder}. Next: give them to your Salesforce admin; README.md there says how.")


def _tell(found: Sequence[Looked], all_checks: Sequence[Check], settings: Settings) -> None:
    versions = {"hubspot": settings.hubspot.api_version, "salesforce": settings.salesforce.api_version}
    for one in found:
        account = one.account
        zone = f", counts days in {safe(account.time_zone)}" if account.time_zone else ""
        mine = [check for check in all_checks if check.system == account.system]
        fine = sum(check.state == "ok" for check in mine)
        say(f"{NAMES[account.system]} {safe(account.id)}: connected, API {versions[account.system]}{zone}")
        say(f"  calls today: {_budget(one.source)}")
        say(f"  clock {one.skew / 1000:+.1f} s; {fine} of {len(mine)} checks are fine\n")
    checks = [check for check in all_checks if check.state != "ok"]
    for line in _listed("Has to be mended", [check for check in checks if check.required]):
        say(line)
    for line in _listed("Left out until it is there", [check for check in checks if not check.required]):
        say(line)


def _tell_next(checks: Sequence[Check], refused: Sequence[ConnectorError]) -> None:
    from syncd.cli.errors import report

    for error in refused:
        report(error, as_json=False)
    if refused:
        return
    if any(check.bad for check in checks):
        say("Next: have the first list mended, then run `syncd doctor` again.")
    else:
        say("Everything that is needed is there. Next: `syncd plan`.")


def _budget(source: Source) -> str:
    """What the last answers told of the CRM's daily limit."""
    from connectors.hubspot import HubSpot
    from connectors.salesforce import Salesforce

    if isinstance(source, HubSpot) and source.daily_remaining is not None:
        return f"{source.daily_remaining:,} left"
    if isinstance(source, Salesforce) and source.usage is not None:
        return f"{source.usage.used:,} of {source.usage.total:,} used"
    return "the CRM does not tell"


def _listed(title: str, checks: Sequence[Check]) -> Iterator[str]:
    if not checks:
        return
    yield title
    for who in sorted({check.who or "operator" for check in checks}):
        yield f"  for the {who}:" if who != "RevOps" else "  for RevOps:"
        for fix in _together([check for check in checks if (check.who or "operator") == who]):
            yield f"    {safe(fix)}"
    yield ""


def _together(checks: Sequence[Check]) -> list[str]:
    """What to mend, with its CRM. What is the same for several fields of an object is said once, with their names."""
    alike: dict[tuple[str, str, str], list[Check]] = {}
    for one in checks:
        alike.setdefault((one.system, one.object, one.sentence), []).append(one)
    return [f"{NAMES[some[0].system].split()[0]}: {some[0].fix_of(some)}" for some in alike.values()]
