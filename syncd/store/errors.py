"""What can be wrong with the store, and what to do about it."""

from __future__ import annotations

from syncd.endings import ExitCode, Told


class StoreError(Told):
    """The store cannot be used. The texts say why and what to do; they hold no secrets and no personal data."""

    def __str__(self) -> str:
        """The cause and the next step, as a log shows them."""
        return f"{self.message}; {self.next_step}"


class StoreBusy(StoreError):
    """Somebody else writes. `holder` says who, as far as is known."""

    exit_code = ExitCode.BUSY
    code = "store_busy"
    next_step = "wait for it, or raise --wait"

    def __init__(self, holder: str) -> None:
        super().__init__(f"the store is being written by {holder}")
        self.holder = holder


class StoreMissing(StoreError):
    """There is nothing at this place to read."""

    code = "store_missing"
    next_step = "`syncd sync` creates a store, SYNCD_STORE_URL says where"
    said = "the store {} does not exist"

    def __init__(self, where: str) -> None:
        super().__init__(self.said.format(where))


class FolderMissing(StoreMissing):
    """There is no folder to create it in."""

    next_step = "make it, or name another place in SYNCD_STORE_URL"
    said = "the folder {} of the store does not exist"


class StoreUnreachable(StoreError):
    """The database server did not answer, or refused us."""

    exit_code = ExitCode.UNREACHABLE
    code = "store_unreachable"
    next_step = "check SYNCD_STORE_URL and that the server runs"

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} did not answer or refused us")


class StoreBroken(StoreError):
    """What is there cannot be used: damaged, not a syncd store, or of a newer version."""

    code = "store_broken"

    @classmethod
    def damaged(cls, where: str) -> StoreBroken:
        """The error of a file that the database cannot read."""
        return cls(
            f"the store at {where} is damaged or is not a database",
            "put back a copy of it, or move it away (with its -wal and -shm files) and run `syncd backfill`",
        )


class StoreFull(StoreBroken):
    """The disk takes no more, for now: the next run goes on, and a service is started again."""

    exit_code = ExitCode.UNREACHABLE
    code = "store_full"

    @classmethod
    def of(cls, where: str) -> StoreFull:
        """The error of a file that cannot grow."""
        return cls(f"{where} cannot grow: the disk is full", "free some space and run again")

    @classmethod
    def failing(cls, where: str, said: str) -> StoreFull:
        """The error of a file that the disk neither gives nor takes. `said` is what the database says of it."""
        return cls(f"{where} cannot be read or written ({said})", "see whether its disk is full, and run again")


class StoreForeign(StoreError):
    """The store is bound to another pair of CRMs. Both are (portal id, org id)."""

    code = "store_foreign"
    next_step = "name another store in SYNCD_STORE_URL"

    def __init__(self, known: tuple[str, str], given: tuple[str, str]) -> None:
        super().__init__(
            f"this store belongs to HubSpot portal {known[0]} and Salesforce org {known[1]},"
            f" not to {given[0]} and {given[1]}"
        )
        self.known = known
        self.given = given
