"""An attribution as `--json` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from syncd.journey.attributed import Attributed, Share
from syncd.journey.attribution import WHOLE, Deal, Model, credits_of
from syncd.journey.funnel_data import query_of
from syncd.model.instant import iso
from syncd.model.said import period_said, said


def basis_of(found: Attributed) -> str:
    """What is shared out, in words."""
    period = period_said(found.asked.since, found.asked.until)
    if found.which == "won":
        return said(
            "each deal won{period}, shared among the touches of everybody on it up to being won; the credit of each "
            "deal sums to exactly one",
            period=period,
        )
    return said(
        "each deal created{period}, shared among the touches of everybody on it up to the deal's creation; the credit "
        "of each deal sums to exactly one",
        period=period,
    )


def decimal_of(parts: int) -> Decimal:
    """Millionths as an exact number."""
    return (Decimal(parts) / WHOLE).quantize(Decimal(1) / WHOLE)


def as_data(found: Attributed) -> dict[str, Any]:
    """An attribution as `--json` prints it. Credit and money are exact texts; credit is in deals."""
    query = query_of("attribution", found.asked, found.scope, found.definitions, found.time_zone, found.cut_off)
    return {
        "query": query,
        "basis": basis_of(found),
        "deals": len(found.deals),
        "sourced": asdict(found.sourced),
        "influenced": asdict(found.influenced),
        "unlinked": found.unlinked,
        "models": [
            {
                "model": model.name,
                "weights": None if model.weights is None else dict(model.weights),
                "by": [
                    {"name": name, "value": value, **_share_data(share)}
                    for name, shares in found.shares[model.name].items()
                    for value, share in in_order(shares)
                ],
            }
            for model in found.models
        ],
    }


def in_order(shares: Mapping[str, Share]) -> list[tuple[str, Share]]:
    """Values and what they get, the most first."""
    return sorted(shares.items(), key=lambda item: (-item[1].parts, item[0]))


def deal_data(deal: Deal, model: Model) -> dict[str, Any]:
    """One deal with the credit of each touch."""
    return {
        "deal": deal.id,
        "people": list(deal.people),
        "model": model.name,
        "until": iso(deal.until),
        "amount": deal.amount,
        "currency": deal.currency,
        "credits": [
            {
                "touch": None if one.touch is None else one.touch.id,
                "at": None if one.touch is None else iso(one.touch.at),
                "kind": None if one.touch is None else one.touch.kind,
                "credit": decimal_of(one.parts),
                "money": one.money,
            }
            for one in credits_of(deal, model)
        ],
    }


def _share_data(share: Share) -> dict[str, Any]:
    money = [{"currency": currency or None, "amount": amount} for currency, amount in sorted(share.money.items())]
    return {"credit": decimal_of(share.parts), "deals": share.deals, "money": money}
