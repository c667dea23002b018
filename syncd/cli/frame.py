"""What holds the commands together: the list of them, loaded one at a time, and the one place that ends a run.

`syncd --help` imports no command and none of the libraries that commands need.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

import syncd

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "demo": "Run the whole job against two emulated CRMs, and look around.",
        "sandbox": "Only the two emulated CRMs, with the settings to use them.",
        "init": "Write starter files with comments.",
        "check": "Find every mistake in the files and run the definitions' examples.",
        "doctor": "Connect to both CRMs and say what is missing, and who can mend it.",
        "setup": "Create missing properties in HubSpot, shown first.",
    },
    "Every day": {
        "plan": "Show what would be written, with reasons and cost.",
        "apply": "Write what a plan shows; the first time, a person must.",
        "sync": "One cycle: pull, decide, plan, guard, apply.",
        "run": "The service: cycles on schedule, until it is told to stop.",
        "backfill": "Read the history of both CRMs and stamp true dates.",
        "status": "Last runs, lag, backlog, quarantine and the files in force.",
        "pause": "Hold all writing.",
        "resume": "Write again.",
    },
    "Answers": {
        "explain": "A person's stage with its proof, and what the next one lacks.",
        "journey": "Everything that happened to a person, in order.",
        "funnel": "How many reached each stage, and the rates between.",
        "bottlenecks": "Where people wait, behind whom, and what it costs.",
        "sla": "How fast sales picks up, and where it waits.",
        "attribution": "Which touches came before the stages.",
        "reconcile": "Compare both CRMs with the ledger, record by record.",
        "simulate": "Two versions of the definitions over the same history.",
        "export": "Tables for other tools.",
        "web": "Serve the page alone.",
    },
    "The agreement": {
        "definitions": "The definitions in plain words, and what changed.",
        "approve": "Agree to a version of the definitions, as marketing or sales.",
        "schema": "The JSON Schema of a file, for editors.",
    },
    "Care": {
        "quarantine": "What failed and why; retry it or drop it.",
        "undo": "Take back a run where the values are still ours.",
        "audit": "Verify, export or anchor the ledger.",
        "forget": "Erase a person, with a receipt.",
    },
}
"""Every command with its line of help, by section in the order of `syncd --help`."""


def commands() -> dict[str, str]:
    """Name and line of help of every command that has its module, in the order of `syncd --help`."""
    return {name: line for section in SECTIONS.values() for name, line in section.items() if _exists(name)}


COMPLETE = "_SYNCD_COMPLETE"
"""The variable by which a shell asks what may stand next, or for the script that asks so (docs/how-to/operate.md)."""


class Commands(click.Group):
    """The group of all commands. A command's module is imported when it is named, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the help."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name; None when there is none."""
        if cmd_name not in commands():
            return None
        command = importlib.import_module(f"syncd.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises click.UsageError with the nearest name for an unknown one."""
        if not args[0].startswith("-") and args[0] not in commands():
            near = difflib.get_close_matches(args[0], commands(), n=1)
            hint = f" Did you mean `syncd {near[0]}`?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands by section."""
        there = commands()
        for title, section in SECTIONS.items():
            if rows := [(name, line) for name, line in section.items() if name in there]:
                with formatter.section(title):
                    formatter.write_dl(rows, col_max=12)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(syncd.__version__, message="%(prog)s %(version)s")
def syncd_command() -> None:
    """Keep one shared definition of MQL, SQL and SQO true in HubSpot and Salesforce.

    Settings come from SYNCD_* variables, a .env file or systemd credentials. `syncd COMMAND --help` tells more.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code. Every error ends here, as a sentence and its next step."""
    _replace_what_cannot_be_encoded()
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except SystemExit:
        raise
    except BrokenPipeError:
        # whoever read our output has had enough of it; python would complain once more while it closes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:  # noqa: BLE001 - the last resort: what it is decides errors.failure_of
        from syncd.cli.errors import report

        return report(error, as_json="--json" in arguments)
    return code


def _invoke(arguments: list[str]) -> int:
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(syncd_command, {}, "syncd", COMPLETE, instruction)
    try:
        with syncd_command.make_context("syncd", arguments) as context:
            code = syncd_command.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    return code if isinstance(code, int) else 0


def _replace_what_cannot_be_encoded() -> None:
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def _exists(name: str) -> bool:
    return Path(__file__).with_name(f"{name}.py").is_file()
