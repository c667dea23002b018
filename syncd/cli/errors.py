"""What an error means to the one at the keyboard: the exit code, the cause as a sentence, and the next step."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

import syncd
from syncd.cli.output import print_json, safe, tell
from syncd.endings import ExitCode, Told, exit_code_of, known_as
from syncd.model.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command ends: the exit code, a word for programs, the cause and what to do next."""

    exit_code: int
    code: str
    message: str
    next_step: str

    def as_data(self) -> dict[str, str]:
        """What `--json` says of it."""
        return {"code": self.code, "message": self.message, "next_step": self.next_step}


_PLACE = re.compile(r"\S+:\d+:\d+: ")
"""How a mistake in a file begins: its place, as editors read it."""
_TOLD: dict[str, tuple[str, str]] = {
    "UnsafeAddress": (
        "unsafe_address",
        "Name the org's own https address in SYNCD_SALESFORCE__LOGIN_URL.",
    ),
    "AuthFailed": (
        "auth_failed",
        "Renew the credentials in the settings, then run `syncd doctor`.",
    ),
    "Unreachable": (
        "unreachable",
        "Check the address and the network with `syncd doctor`; nothing is lost, the next run goes on.",
    ),
    "LimitReached": (
        "limit_reached",
        "The service waits until then by itself; run a command again then. `syncd status` shows the calls of the day.",
    ),
    "Forbidden": (
        "forbidden",
        "Give syncd's user this permission; `syncd doctor` lists all it needs.",
    ),
    "Missing": (
        "missing",
        "Create it, or change the name in the files; `syncd doctor` lists all that is missing.",
    ),
    "Unserved": (
        "unserved",
        "Name one that it serves in SYNCD_HUBSPOT__API_VERSION or SYNCD_SALESFORCE__API_VERSION, or mend the address.",
    ),
    "Refused": (
        "refused",
        "Run `syncd doctor`: the files may name something that the CRM does not know.",
    ),
}
"""The word and the next step of each error of a CRM, which `syncd.endings` knows the code of."""


def failure_of(error: BaseException) -> Failure:
    """What an exception means. Whatever is not known here is a bug, whose text is kept back: it may be personal."""
    if isinstance(error, Told):
        return Failure(error.exit_code, error.code, _sentence(error.message), _sentence(error.next_step))
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, KeyboardInterrupt):
        return Failure(ExitCode.INTERRUPTED, "interrupted", "Stopped by Ctrl-C.", "Run it again: it goes on safely.")
    if isinstance(error, (click.Abort, EOFError)):
        return Failure(ExitCode.USAGE, "no_answer", "Nobody answered the question.", "Answer it, or pass --yes.")
    return _known(error) or _bug(error)


def report(error: BaseException, *, as_json: bool) -> int:
    """Tell people (stderr) or programs (stdout) what an exception means, and return the exit code."""
    debugging, secrets = _machine()
    shown = _shown(error, secrets)
    if shown.exit_code == ExitCode.BUG and debugging:
        sys.stderr.write(_without(secrets, "".join(traceback.format_exception(error))))
    if as_json:
        print_json({"error": shown.as_data()})
    else:
        tell(f"{shown.message}\nNext: {shown.next_step}")
    return int(shown.exit_code)


def told_of(error: BaseException) -> Failure:
    """What an exception means, as it may be shown."""
    return _shown(error, _machine()[1])


def _shown(error: BaseException, secrets: tuple[str, ...]) -> Failure:
    failure = failure_of(error)
    return replace(failure, message=_without(secrets, failure.message), next_step=_without(secrets, failure.next_step))


def _machine() -> tuple[bool, tuple[str, ...]]:
    """Whether tracebacks are shown, and the secrets that nothing may show."""
    try:
        from syncd.settings import load_settings

        settings = load_settings()
    except Exception:  # noqa: BLE001 - the bug that is being told may sit in the settings themselves
        return bool(os.environ.get("SYNCD_DEBUG")), ()
    return settings.debug, settings.secrets()


def _without(secrets: Sequence[str], text: str) -> str:
    """A text with stars in place of every secret in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _usage(error: click.ClickException) -> Failure:
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "syncd"
    return Failure(ExitCode.USAGE, "usage", error.format_message(), f"`{path} --help` shows how it is used.")


def _known(error: BaseException) -> Failure | None:
    if (known := known_as(error)) is not None:
        code, next_step = _TOLD[known]
        return Failure(exit_code_of(error), code, _system(error) + _sentence(str(error)), _detail(error) + next_step)
    if isinstance(error, OSError) and error.filename is not None:
        what = f"{os.fsdecode(error.filename)}: {error.strerror}."
        return Failure(ExitCode.USAGE, "file", what, "Check the path and who may read and write there.")
    return None


def _system(error: BaseException) -> str:
    return {"hubspot": "HubSpot: ", "salesforce": "Salesforce: "}.get(str(getattr(error, "system", None)), "")


def _sentence(text: str) -> str:
    """A text of one line with a full stop, and a capital unless it begins with a file; a list of lines as it is."""
    if "\n" in text:
        return text
    first = text[:1] if _PLACE.match(text) else text[:1].upper()
    return first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _detail(error: BaseException) -> str:
    if resets_at := getattr(error, "resets_at", None):
        return f"It goes on at {resets_at:%Y-%m-%dT%H:%M:%SZ}. "
    if scope := getattr(error, "scope", None):
        return f"Missing: {safe(str(scope))}. "
    return ""


def _bug(error: BaseException) -> Failure:
    home = Path(syncd.__file__).parent.parent
    ours = [
        f" in {Path(frame.filename).relative_to(home)}, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(home)
        and "site-packages" not in str(Path(frame.filename).relative_to(home))
    ]
    place = ours[-1] if ours else ""
    asked = " ".join(["SYNCD_DEBUG=1 syncd", *sys.argv[1:2]])
    return Failure(
        ExitCode.BUG,
        "bug",
        f"This is a bug in syncd {syncd.__version__}: {type(error).__name__}{place}.",
        f"Run it again as `{asked} ...` and report what it prints; what was committed is safe.",
    )
