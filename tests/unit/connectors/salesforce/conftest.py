from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.http import Options
from connectors.salesforce.client import Salesforce
from connectors.salesforce.kinds import KINDS

LOGIN = "https://login.salesforce.example"
INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
TOKEN = f"{LOGIN}/services/oauth2/token"
ORG, USER = "00D000000000001EAA", "005000000000001AAA"
SECRET = "canary-secret/+é"


@dataclass(frozen=True)
class Seen:
    """One request as it went out."""

    headers: dict[str, str]
    body: Any
    url: str

    @property
    def soql(self) -> str:
        return parse_qs(urlsplit(self.url).query)["q"][0]


class Org:
    """A stubbed org: what to answer, and what was asked."""

    def __init__(self, stub: responses.RequestsMock) -> None:
        self.stub = stub
        self.slept: list[float] = []
        self.seen: list[Seen] = []

    def logs_in(self, *tokens: str, **told: Any) -> None:
        """Each login gets the next token; the last one stays."""
        for token in tokens or ("first-token",):
            answer = {
                "access_token": token,
                "instance_url": INSTANCE,
                "id": f"{LOGIN}/id/{ORG}/{USER}",
                "issued_at": "1",
                **told,
            }
            self.stub.post(TOKEN, json=answer)

    def answers(self, method: str, url: str, *replies: tuple[int, Any]) -> None:
        """One reply after the other, the last one for ever. `seen` keeps each request as it was, repeats included."""
        left = list(replies)

        def answer(request: Any) -> tuple[int, dict[str, str], str]:
            self.seen.append(Seen(dict(request.headers), json.loads(request.body or "null"), request.url))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            return status, {}, body if isinstance(body, str) else json.dumps(body)

        self.stub.add_callback(method, url, answer, content_type="application/json")

    def cut(self, method: str, url: str, how: int | Exception) -> None:
        """One answer is lost: a status without a word, or a fault of the wire."""
        if isinstance(how, int):
            self.stub.add(method, url, status=how)
        else:
            self.stub.add(method, url, body=how)

    def describes(self, kind: str, *fields: str) -> None:
        known = KINDS[kind]
        columns = [
            {"name": name, "label": name, "type": "string", "createable": True, "updateable": True}
            for name in (*known.system_fields, *fields)
        ]
        self.stub.get(f"{DATA}/sobjects/{known.api_name}/describe", json={"fields": columns})

    def connector(self) -> Salesforce:
        return Salesforce(LOGIN, "client", client_secret=SECRET, options=Options(sleep=self.slept.append))

    def sent(self, part: str) -> list[Any]:
        """The requests whose address contains the part, in order."""
        return [call.request for call in self.stub.calls if part in (call.request.url or "")]

    @property
    def logins(self) -> int:
        return len(self.sent("/oauth2/token"))


@pytest.fixture
def org() -> Iterator[Org]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as stub:
        yield Org(stub)
