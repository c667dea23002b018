"""Who is looking: cookies that carry no state and end with the process, and what forms must bring back.

A cookie holds a random id, whether its holder has logged in, and until when, under a MAC with a secret of this start.
The token of forms is a MAC of the id: it needs no store, and nobody can make one for somebody else.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import field
from hashlib import sha256
from typing import Literal, TypeAlias

from syncd.model.nouns import dataclass

Kind: TypeAlias = Literal["guest", "in"]

LASTS_SECONDS = 12 * 3600
"""A working day; then people log in anew."""
TRIES, PER_SECONDS = 5, 60.0
"""So many wrong tokens in such a time, from wherever, and logging in waits."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's visit: a random id, and whether they logged in."""

    id: str
    kind: Kind
    ends: int


@dataclass(slots=True)
class Sessions:
    """Makes cookies and knows its own again. `token` is what people log in with; None: nobody has to."""

    token: str | None
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _ended: dict[str, int] = field(default_factory=dict)
    _failed: list[float] = field(default_factory=list)

    def begin(self, kind: Kind, now: float) -> Session:
        """A new session."""
        return Session(secrets.token_urlsafe(18), kind, int(now) + LASTS_SECONDS)

    def cookie_of(self, session: Session) -> str:
        """What the browser keeps of a session."""
        said = f"{session.kind}.{session.id}.{session.ends}"
        return f"{said}.{self._mac('cookie', said)}"

    def of_cookie(self, text: str, now: float) -> Session | None:
        """The session of a cookie, None where we did not make it or it has ended."""
        said, _, mac = text.rpartition(".")
        if not said or not hmac.compare_digest(mac.encode(), self._mac("cookie", said).encode()):
            return None
        kind, session_id, ends = said.split(".")
        if int(ends) <= now or session_id in self._ended:
            return None
        return Session(session_id, "in" if kind == "in" else "guest", int(ends))

    def may_look(self, session: Session) -> bool:
        """Whether the pages are open to a session."""
        return self.token is None or session.kind == "in"

    def form_token(self, session: Session) -> str:
        """What every form of this session carries."""
        return self._mac("form", session.id)

    def fits(self, session: Session, given: str) -> bool:
        """Whether a form came from a page of ours, shown to this very session."""
        return hmac.compare_digest(given.encode(), self.form_token(session).encode())

    def log_in(self, given: str, now: float) -> Session | None:
        """The session of somebody who knows the token, None for a wrong one, and for a while after too many."""
        if self.must_wait(now) or self.token is None:
            return None
        # Both are hashed, so that not even the length can be told from how long this takes.
        if not hmac.compare_digest(sha256(given.encode()).digest(), sha256(self.token.encode()).digest()):
            self._failed.append(now)
            return None
        self._failed.clear()
        return self.begin("in", now)

    def must_wait(self, now: float) -> bool:
        """Whether too many wrong tokens were tried lately."""
        self._failed = [at for at in self._failed if at > now - PER_SECONDS]
        return len(self._failed) >= TRIES

    def end(self, session: Session, now: float) -> None:
        """Forget a session: its cookie is worth nothing any more, wherever it was copied to."""
        self._ended = {one: ends for one, ends in self._ended.items() if ends > now}
        self._ended[session.id] = session.ends

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{text}".encode(), sha256).hexdigest()
