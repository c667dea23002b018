"""Whatever HubSpot leaves out of its answers: every row has the result that it really had, and no create is doubled."""

from __future__ import annotations

import orjson
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.records import Recovery, Write

BATCH = "https://api.hubapi.com/crm/objects/2026-09/contacts/batch"
TRACED, BY_ID, SILENT, WHOLE = "traced", "by id", "silent", "whole"
"""How a refused row is told: by trace, by the id it names, by nothing; or the whole batch is refused for it."""


class Book:
    """A batch route that keeps how often each row was written. `bad` values of `n` are refused."""

    def __init__(self, wire, verb, bad, how, *, traced, alike):
        self.written, self._bad, self._how, self._traced, self._alike = [], bad, how, traced, alike
        wire.add_callback("POST", f"{BATCH}/{verb}", self.answer)

    def answer(self, request):
        inputs = orjson.loads(request.body)["inputs"]
        wrong = [row for row in inputs if row["properties"]["n"] in self._bad]
        if wrong and self._how is WHOLE:
            return 400, {}, orjson.dumps(self._error(wrong[0]))
        good = [row for row in inputs if row not in wrong]
        self.written += [row["properties"]["n"] for row in good]
        body = {"results": [self._shown(row) for row in good], "errors": [self._error(row) for row in wrong]}
        return 200, {}, orjson.dumps(body)

    def _shown(self, row):
        found = {"id": row.get("id", "9" + row["properties"]["n"]), "properties": row["properties"]}
        return {**found, "objectWriteTraceId": row["objectWriteTraceId"]} if self._traced else found

    def _error(self, row):
        number = row["properties"]["n"]
        context = {}
        if self._how is TRACED:
            context = {"objectWriteTraceId": [row["objectWriteTraceId"]]}
        elif self._how is BY_ID and "id" in row:
            context = {"ids": [row["id"]]}
        message = "no" if self._alike else f"no {number}"
        return {"category": "VALIDATION_ERROR", "message": message, "context": {**context, "propertyName": ["n"]}}


def row(verb, number):
    fields = {"n": str(number)}
    if verb == "update":
        return Write("contact", fields, id=str(number))
    return Write("contact", fields, key=("n", str(number)) if verb == "upsert" else None)


@settings(max_examples=150, deadline=None)
@given(
    verb=st.sampled_from(["create", "update", "upsert"]),
    count=st.integers(1, 30),
    bad=st.sets(st.integers(0, 29).map(str)),
    how=st.sampled_from([TRACED, BY_ID, SILENT, WHOLE]),
    traced=st.booleans(),
    alike=st.booleans(),
)
def test_every_row_has_the_result_that_it_really_had(verb, count, bad, how, traced, alike):
    hubspot = HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))
    with responses.RequestsMock() as wire:
        book = Book(wire, verb, bad, how, traced=traced, alike=alike)
        found = hubspot.write("contact", [row(verb, number) for number in range(count)])
    assert len(found) == count
    for number, one in enumerate(found):
        written = book.written.count(str(number))
        if one.error is None:
            assert written >= 1
            assert one.id == (f"9{number}" if verb == "create" else str(number))
        elif one.error.recovery is not Recovery.RETRY:
            assert (written, str(number) in bad) == (0, True)
        if verb == "create":
            assert written <= 1
        else:
            assert one.error is None or str(number) in bad
