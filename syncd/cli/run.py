"""`syncd run`: the service."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.options import config_option, settings_for


@click.command("run")
@config_option
def command(config: Path | None) -> int:
    """Run the jobs of syncd.yaml on their times until SIGTERM, which finishes the batch in hand. SIGHUP looks at the
    files at once.

    Until `syncd apply` was run once for these CRMs, every cycle stops after its plan and says so.
    """
    from syncd.cli.errors import failure_of
    from syncd.service.journal import open_journal
    from syncd.service.serve import Service

    def sentence(error: Exception) -> str:
        failure = failure_of(error)
        return f"{failure.message} Next: {failure.next_step}"

    settings = settings_for(config)
    Service(settings, open_journal(settings.secrets()), sentence).run()
    return 0
