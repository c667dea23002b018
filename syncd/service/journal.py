"""The journal of the service: a line for each event, as JSON where no terminal reads it, and never with a secret."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol, TextIO, cast

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""What journald reads in front of a line (sd-daemon)."""
QUIET = ("apscheduler", "apprise", "urllib3", "uvicorn")
"""Whose own words tell nothing that we do not tell better; apprise would name addresses."""
Event = MutableMapping[str, Any]


class Journal(Protocol):
    """Somewhere to tell what happens. `facts` stand beside the sentence, for programs."""

    def info(self, event: str, **facts: object) -> object:
        """Something happened as it should."""
        ...

    def warning(self, event: str, **facts: object) -> object:
        """Something somebody should know of."""
        ...

    def error(self, event: str, **facts: object) -> object:
        """Something failed."""
        ...


def open_journal(secrets: Sequence[str], stream: TextIO | None = None) -> Journal:
    """A journal on `stream`, standard error unless given; what libraries log goes there too, from warnings on.

    Each line has the time in UTC, the level, the event, and what was bound around it, such as the job.
    """
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Hidden(secrets),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, *_shown(stream)]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("syncd").setLevel(logging.INFO)
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=False,
    )
    return cast("Journal", structlog.get_logger("syncd"))


def _shown(stream: TextIO) -> list[Any]:
    if stream.isatty():
        return [_tame, structlog.dev.ConsoleRenderer(pad_event_to=0)]
    first = structlog.processors.EventRenamer("event")
    rendered = structlog.processors.JSONRenderer(ensure_ascii=False)
    return [first, _ordered, _Prioritised(rendered) if os.environ.get("JOURNAL_STREAM") else rendered]


def _tame(_logger: object, _method: str, event: Event) -> Event:
    """The event without what a terminal would obey: it may hold a CRM's words."""
    said = str(event.get("event", ""))
    event["event"] = "".join(each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in said)
    return event


def _ordered(_logger: object, _method: str, event: Event) -> Event:
    """The time, the level and the event first: people read journals too."""
    return {name: event[name] for name in ("timestamp", "level", "event") if name in event} | dict(event)


class _Prioritised:
    """Puts journald's priority in front of a line."""

    def __init__(self, rendered: structlog.processors.JSONRenderer) -> None:
        self._rendered = rendered

    def __call__(self, logger: object, method: str, event: Event) -> str:
        line = self._rendered(logger, method, event)
        text = line.decode() if isinstance(line, bytes) else line
        return f"<{PRIORITIES.get(str(event.get('level')), 6)}>{text}"


class _Hidden:
    """Puts stars in the place of every secret, wherever it stands (facts: reliability 2.5)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        for name, value in event.items():
            if isinstance(value, str):
                for secret in self._secrets:
                    value = value.replace(secret, "***")  # noqa: PLW2901
                event[name] = value
        return event
