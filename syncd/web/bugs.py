"""What is told of a bug: its kind and its place. Its text may hold personal data, so it is kept back."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import syncd

_LOG = logging.getLogger("syncd.web")
_HOME = Path(syncd.__file__).parent.parent


def told(error: BaseException) -> tuple[str, str]:
    """The cause and the next step, for people; the place goes to the journal as well."""
    ours = [
        f"{Path(frame.filename).relative_to(_HOME)}, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_HOME / "syncd")
    ]
    what = f"{type(error).__name__} in {ours[-1]}" if ours else type(error).__name__
    _LOG.error("a bug in the page: %s", what)
    return f"this is a bug in syncd {syncd.__version__}: {what}", "report it; nothing was changed by looking at a page"
