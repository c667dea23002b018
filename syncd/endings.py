"""The exit codes, and with which of them an error ends a command or a run."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What syncd's exit codes mean (docs/reference/exit-codes.md)."""

    DONE = 0
    """Done; also a plan with changes, and SIGTERM of `run`."""
    SET_ASIDE = 1
    """Done, but this run quarantined a row or left a moved record alone."""
    USAGE = 2
    """Usage, configuration, or a missing setting, field or scope."""
    BUG = 3
    """A bug in syncd."""
    HELD = 4
    """A guard, first contact, or a plan that was refused."""
    UNREACHABLE = 5
    """A CRM is unreachable, rejected the credentials, or has no calls left today."""
    BUSY = 6
    """Another process is writing to the store."""
    FOUND = 7
    """A check found something."""
    INTERRUPTED = 130
    """Ctrl-C."""


_KNOWN: dict[tuple[str, str], ExitCode] = {
    ("syncd.files", "ConfigProblems"): ExitCode.USAGE,
    ("syncd.files", "StarterExists"): ExitCode.USAGE,
    ("syncd.files", "UnknownPlaybook"): ExitCode.USAGE,
    ("syncd.store", "StoreBusy"): ExitCode.BUSY,
    ("syncd.store", "StoreForeign"): ExitCode.USAGE,
    ("syncd.store", "StoreMissing"): ExitCode.USAGE,
    ("syncd.store", "StoreBroken"): ExitCode.USAGE,
    ("syncd.store", "StoreUnreachable"): ExitCode.UNREACHABLE,
    ("connectors.errors", "UnsafeAddress"): ExitCode.USAGE,
    ("connectors.errors", "AuthFailed"): ExitCode.UNREACHABLE,
    ("connectors.errors", "Unreachable"): ExitCode.UNREACHABLE,
    ("connectors.errors", "LimitReached"): ExitCode.UNREACHABLE,
    ("connectors.errors", "Forbidden"): ExitCode.USAGE,
    ("connectors.errors", "Missing"): ExitCode.USAGE,
    ("connectors.errors", "Refused"): ExitCode.USAGE,
}
"""Exceptions by package and name, so that none of their modules is imported to report another one."""


def known_as(error: BaseException) -> tuple[str, str] | None:
    """The package and name by which an error is known, its own or that of what it is a sort of; None for a stranger."""
    for kind in type(error).__mro__:
        for package, name in _KNOWN:
            if kind.__name__ == name and f"{kind.__module__}.".startswith(f"{package}."):
                return package, name
    return None


def exit_code_of(error: BaseException) -> ExitCode:
    """The code that an error says itself, or is known to mean. Whatever is not known is a bug."""
    if isinstance(own := getattr(error, "exit_code", None), int):
        return ExitCode(own)
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if (known := known_as(error)) is not None:
        return _KNOWN[known]
    return ExitCode.USAGE if isinstance(error, OSError) and error.filename is not None else ExitCode.BUG
