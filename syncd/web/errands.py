"""Work that takes longer than a page: done beside, one at a time, and shown when it is done."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from connectors.errors import ConnectorError
from syncd.endings import Told
from syncd.model.nouns import dataclass
from syncd.web import bugs

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from syncd.model.instant import Instant

State: TypeAlias = Literal["under way", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Errand:
    """One piece of work: what was asked, since when, how it stands, and what came of it; or why nothing did, with the
    next step.
    """

    question: Any
    since: Instant
    state: State = "under way"
    answer: Any = None
    failure: tuple[str, str] = ("", "")


class ErrandFailed(Told):
    """Why work that was done in another process came to nothing."""

    code = "errand"


class Errands:
    """The last errand of each kind. A new one of a kind takes the place of the one before.

    Threads that do them are daemons: nobody waits for an answer to a page when the process is to end.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._last: dict[str, Errand] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def run(self, kind: str, question: object, since: Instant, work: Callable[[], Any]) -> None:
        """Begin one, unless one of that kind is under way."""
        errand = Errand(question, since)
        with self._lock:
            last = self._last.get(kind)
            if last is not None and last.state == "under way":
                return
            self._last[kind] = errand
        threading.Thread(target=self._do, args=(kind, errand, work), name="syncd-web-errand", daemon=True).start()

    def last(self, kind: str) -> Errand | None:
        """The last one of a kind, as it stands; None where there was none."""
        with self._lock:
            return self._last.get(kind)

    def _do(self, kind: str, errand: Errand, work: Callable[[], Any]) -> None:
        with self._turn:
            try:
                ended = replace(errand, state="done", answer=work())
            except Exception as error:  # noqa: BLE001 - it is told on the page that asked
                ended = replace(errand, state="failed", failure=said(error))
        with self._lock:
            self._last[kind] = ended


def said(error: Exception) -> tuple[str, str]:
    """The cause of a failure and the next step, in words."""
    if isinstance(error, Told):
        return error.message, error.next_step
    if isinstance(error, ConnectorError):
        return f"{error.system}: {error.what}", "`syncd doctor` says what is wrong"
    return bugs.told(error)


def in_child(work: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401 - whatever the work gives
    """What work gives that is done in a process of its own, so that a cycle in this one is not slowed down.

    Raises ErrandFailed for whatever it raises there.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, work, given), daemon=True)
    child.start()
    sender.close()
    try:
        failure, answer = receiver.recv()
    except EOFError as error:
        raise ErrandFailed("the process that did it was ended", "ask again") from error
    finally:
        receiver.close()
        child.join()
    if failure is not None:
        raise ErrandFailed(*failure)
    return answer


def _send(sender: Pipe, work: Callable[..., Any], given: tuple[object, ...]) -> None:
    try:
        sender.send((None, work(*given)))
    except Exception as error:  # noqa: BLE001 - it is raised again in the other process
        sender.send((said(error), None))
