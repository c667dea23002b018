"""`syncd attribution`: which touches came before deals, and how much of each deal they get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from syncd.cli.asking import asking, said
from syncd.cli.options import config_option, json_option, settings_for
from syncd.cli.output import Document, data_until, safe, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.journey.attributed import Attributed
    from syncd.journey.attribution import Model

DEFAULT = "channel"


@click.command("attribution")
@config_option
@asking
@click.option("--of", "which", type=click.Choice(["won", "created"]), default="won", show_default=True, help="Deals "
              "that were won, or that were created, in that time.")  # fmt: skip
@click.option("--model", multiple=True, metavar="NAME", help="Only this model; may be given more than once. All known: "
              "first, lead_creation, last, linear, u_hubspot, u_marketo_measure, w, full_path, time_decay, and those "
              "of syncd.yaml.")  # fmt: skip
@click.option("--people", is_flag=True, help="List each deal with its people and the credit of each touch.")
@json_option
def command(
    config: Path | None,
    which: Literal["won", "created"],
    model: tuple[str, ...],
    *,
    people: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Share out deals among the touches of everybody on them; the credit of each deal sums to exactly one.

    --by splits by channel (unless said otherwise), campaign, content or kind of the touches, or by a name that
    fields.yaml reads, of the deal's first person.
    """
    from syncd.files.load import load_config
    from syncd.journey.attributed import attribute, models_named
    from syncd.journey.attribution_data import as_data, deal_data
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    zone = files.service.time_zone
    ask = said(zone, **(given | {"by": given["by"] or (DEFAULT,)}))
    models = models_named(files, model)
    with read_store(settings) as store, store.reading() as tx:
        found = attribute(tx, files, ask.asked, ask.scope, which, models)
    if as_json:
        listed = {"people": [deal_data(deal, one) for one in models for deal in found.deals]} if people else {}
        Document("attribution", as_data(found) | listed, found.cut_off, zone, found.definitions).print()
        return
    _tell(found)
    if people:
        _tell_deals(found, models)
    say(data_until(found.cut_off, zone, found.definitions))


def _tell(found: Attributed) -> None:
    from syncd.journey.attribution_data import basis_of, decimal_of, in_order

    if not found.deals:
        say(f"No deal was {found.which} in that time.")
        return
    for name in found.asked.by:
        values = list(dict.fromkeys(
            value for model in found.models for value, _ in in_order(found.shares[model.name][name])
        ))  # fmt: skip
        rows = []
        for value in values:
            shares = [found.shares[model.name][name].get(value) for model in found.models]
            rows.append([value, *("" if one is None else f"{decimal_of(one.parts):.2f}" for one in shares)])
        say(table([name, *(model.name for model in found.models)], rows) + "\n")
        _tell_money(found, name)
    n = len(found.deals)
    say(
        f"{n:,} deals; sourced {found.sourced.n:,}, influenced {found.influenced.n:,}, nobody known {found.unlinked:,}."
    )
    basis = basis_of(found)
    say(f"\n{basis[:1].upper()}{basis[1:]}.")


def _tell_money(found: Attributed, name: str) -> None:
    from syncd.journey.attribution_data import in_order

    rows = [
        [model.name, value, f"{amount:,} {currency}".strip()]
        for model in found.models
        for value, share in in_order(found.shares[model.name][name])
        for currency, amount in sorted(share.money.items())
    ]
    if rows:
        say(table(["model", name, "money"], rows) + "\n")


def _tell_deals(found: Attributed, models: Sequence[Model]) -> None:
    from syncd.journey.attribution import credits_of
    from syncd.journey.attribution_data import decimal_of

    for deal in found.deals:
        say(f"\n{safe(deal.id)}: {safe(', '.join(deal.people)) or 'nobody known'}")
        for model in models:
            told = [
                f"{'nothing' if one.touch is None else one.touch.id} {decimal_of(one.parts)}"
                for one in credits_of(deal, model)
            ]
            say(f"  {model.name}: {safe(', '.join(told))}")
