"""What can be wrong with the store, and what to do about it."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used. The text says why and what to do; it holds no secrets and no personal data."""


class StoreBusy(StoreError):
    """Somebody else writes. `holder` says who, as far as is known."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the store is being written by {holder}; wait for it, or raise --wait")
        self.holder = holder


class StoreMissing(StoreError):
    """There is nothing at this place to read, or no folder to create it in."""

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} does not exist; `syncd sync` creates a store, SYNCD_STORE_URL says where")
        self.where = where


class StoreUnreachable(StoreError):
    """The database server did not answer, or refused us."""

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} did not answer or refused us; check SYNCD_STORE_URL and that the server runs")
        self.where = where


class StoreBroken(StoreError):
    """What is there cannot be used: damaged, not a syncd store, or of a newer version."""

    def __init__(self, where: str, what: str, instead: str) -> None:
        super().__init__(f"{where} {what}; {instead}")
        self.where = where
        self.what = what
        self.instead = instead

    @classmethod
    def damaged(cls, where: str) -> StoreBroken:
        """The error of a file that the database cannot read."""
        return cls(
            where,
            "is damaged or is not a database",
            "put back a copy of it, or move it away (with its -wal and -shm files) and run `syncd backfill`",
        )


class StoreForeign(StoreError):
    """The store is bound to another pair of CRMs. Both are (portal id, org id)."""

    def __init__(self, known: tuple[str, str], given: tuple[str, str]) -> None:
        super().__init__(
            f"this store belongs to HubSpot portal {known[0]} and Salesforce org {known[1]},"
            f" not to {given[0]} and {given[1]}; name another store in SYNCD_STORE_URL"
        )
        self.known = known
        self.given = given
