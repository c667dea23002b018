"""Two keys: definitions are written by only after marketing and sales have both approved that very version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.agreement.versions import reigns
from syncd.endings import Told
from syncd.store.approvals import Approval

if TYPE_CHECKING:
    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.files.service_file import Approvals
    from syncd.model.instant import Instant

__all__ = ["SIDES", "Approval", "NobodyWhoApproves", "lacking", "sides_of", "speaker", "waiting"]

SIDES = ("marketing", "sales")


class NobodyWhoApproves(Told):
    """Whoever wants to approve is not named in syncd.yaml, or did not say who they are."""

    code = "nobody_who_approves"


def sides_of(rule: Approvals, email: str) -> tuple[str, ...]:
    """The sides that somebody may approve for, by their address in syncd.yaml."""
    folded = email.strip().casefold()
    return tuple(side for side in SIDES if folded in {each.casefold() for each in getattr(rule, side)})


def speaker(rule: Approvals, email: str | None, login: str) -> str:
    """The address of who approves, as syncd.yaml writes it: the one given, else the only one of the login's name.

    Raises NobodyWhoApproves.
    """
    people = {each.casefold(): each for each in (*rule.marketing, *rule.sales)}
    if not people:
        raise NobodyWhoApproves(
            "nobody is named under approvals in syncd.yaml",
            "write there `approvals: {required: true, marketing: [EMAIL], sales: [EMAIL]}`",
        )
    if email is not None:
        if email.strip().casefold() not in people:
            raise NobodyWhoApproves(f"{email} is not named under approvals in syncd.yaml", "have it added there")
        return people[email.strip().casefold()]
    mine = [each for folded, each in people.items() if folded.partition("@")[0] == login.casefold()]
    if len(mine) != 1:
        raise NobodyWhoApproves("it is not clear who approves", "say `syncd approve --as EMAIL`")
    return mine[0]


def lacking(rule: Approvals, given: Sequence[Approval], definitions: str) -> tuple[str, ...]:
    """The sides whose approval of a version is still needed; none where approvals are switched off.

    An approval counts for the sides that its giver spoke for then. One person stands for one side only: where the
    same one and nobody else approved for both, sales is still needed.
    """
    if not rule.required:
        return ()
    marketing, sales = (
        {one.email.casefold() for one in given if one.definitions == definitions and side in one.sides}
        for side in SIDES
    )
    missing = tuple(side for side, people in zip(SIDES, (marketing, sales), strict=True) if not people)
    return ("sales",) if not missing and len(marketing | sales) == 1 else missing


def waiting(config: Config, given: Sequence[Approval], now: Instant) -> list[Definitions]:
    """The versions in force, or still to come, that somebody has yet to approve, oldest first."""
    rule = config.service.approvals
    return [
        each.definitions for each in reigns(config) if each.until > now and lacking(rule, given, each.definitions.hash)
    ]
