"""What a person changed since the plan was made is left alone, and only that."""

from __future__ import annotations

from types import SimpleNamespace

from connectors.records import Field, FieldType, ObjectSchema, Record, System
from syncd.model.change import UPDATE, Change, FieldChange
from syncd.model.instant import Instant, datetime_of
from syncd.model.person import PersonId
from syncd.writing.moved import as_it_stands

FIELDS = {"Stage": Field("Stage", "", FieldType.TEXT), "At": Field("At", "", FieldType.DATETIME)}
NOW = datetime_of(Instant(0))


class Org:
    """A destination that reads back what it is given."""

    def __init__(self, *rows, deleted=()):
        self._rows = dict(rows)
        self._deleted = deleted

    def read(self, kind, ids, properties):
        return {
            one: Record(
                kind,
                one,
                NOW,
                NOW,
                {name: self._rows[one].get(name) for name in properties},
                deleted=one in self._deleted,
            )
            for one in ids
            if one in self._rows
        }


class Notes:
    """What is told of moved records."""

    def __init__(self):
        self.moved, self.gone = [], []

    def note_moved(self, change, fields):
        self.moved.append((change.id, list(fields)))

    def note_gone(self, change):
        self.gone.append(change.id)


def change(record_id="1", **fields):
    parts = tuple(FieldChange(name, before, after) for name, (before, after) in fields.items())
    return Change("salesforce", "lead", UPDATE, PersonId(record_id), record_id, None, parts, "why")


def stand(org, *changes):
    notes = Notes()
    desk = SimpleNamespace(crm=lambda _: org, schemas={(System.SALESFORCE, "lead"): ObjectSchema("lead", FIELDS)})
    return [(one.id, one.values) for one in as_it_stands(desk, notes, System.SALESFORCE, "lead", list(changes))], notes


def test_a_record_that_stands_as_planned_is_written():
    ready, notes = stand(Org(("1", {"Stage": "Lead"})), change(Stage=("Lead", "MQL")))
    assert ready == [("1", {"Stage": "MQL"})]
    assert notes.moved == notes.gone == []


def test_a_moved_field_loses_only_its_own_change():
    org = Org(("1", {"Stage": "SQL", "At": None}))
    ready, notes = stand(org, change(Stage=("Lead", "MQL"), At=(None, "2026-06-10T09:00:00.000+0000")))
    assert ready == [("1", {"At": "2026-06-10T09:00:00.000+0000"})]
    assert notes.moved == [("1", ["Stage"])]


def test_a_field_that_holds_the_wanted_value_already_is_neither_written_nor_moved():
    org = Org(("1", {"Stage": "MQL", "At": "2026-06-10T11:00:00.000+0200"}))
    ready, notes = stand(org, change(Stage=("Lead", "MQL"), At=(None, "2026-06-10T09:00:00.000+0000")))
    assert ready == notes.moved == []


def test_a_record_that_is_gone_loses_all_and_its_neighbour_nothing():
    org = Org(("2", {"Stage": None}), ("3", {"Stage": None}), deleted=("3",))
    ready, notes = stand(org, *(change(one, Stage=(None, "MQL")) for one in ("1", "2", "3")))
    assert ready == [("2", {"Stage": "MQL"})]
    assert notes.gone == ["1", "3"]
