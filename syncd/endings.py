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


class Told(Exception):
    """An error that says itself what it means: the exit code, a word for programs, the cause, and what to do next.

    Neither text holds a secret or personal data.
    """

    exit_code: int = ExitCode.USAGE
    code: str
    next_step: str

    def __init__(self, message: str, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if next_step is not None:
            self.next_step = next_step


class NotThere(Told):
    """What was named is not there."""


_KNOWN: dict[str, ExitCode] = {
    "UnsafeAddress": ExitCode.USAGE,
    "AuthFailed": ExitCode.UNREACHABLE,
    "Unreachable": ExitCode.UNREACHABLE,
    "LimitReached": ExitCode.UNREACHABLE,
    "Forbidden": ExitCode.USAGE,
    "Missing": ExitCode.USAGE,
    "Unserved": ExitCode.USAGE,
    "Refused": ExitCode.USAGE,
}
"""Errors of `connectors.errors`, which know nothing of commands, by name: none of them is imported to tell another."""


def known_as(error: BaseException) -> str | None:
    """The name by which an error of a CRM is known, its own or that of what it is a sort of; None for a stranger."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "connectors.errors"]
    return next((name for name in kinds if name in _KNOWN), None)


def exit_code_of(error: BaseException) -> ExitCode:
    """The code that an error says itself, or is known to mean. Whatever is not known is a bug."""
    if isinstance(error, Told):
        return ExitCode(error.exit_code)
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if (known := known_as(error)) is not None:
        return _KNOWN[known]
    return ExitCode.USAGE if isinstance(error, OSError) and error.filename is not None else ExitCode.BUG


def code_of(error: BaseException) -> str:
    """The word by which runs and jobs note an error."""
    return error.code if isinstance(error, Told) else type(error).__name__
