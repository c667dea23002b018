"""Routes of what the portal is made of: property definitions and pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import ApiError, invalid, not_found
from connectors.sandbox.hubspot.schema import ESTABLISHED, ObjectType
from connectors.sandbox.hubspot.standard import PIPELINES
from connectors.sandbox.hubspot.wire import body_of, flag
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

_TYPES = frozenset({"string", "number", "date", "datetime", "enumeration", "bool"})
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")


class PropertyRoutes:
    """Handlers for properties and pipelines."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def properties(self, request: Request, *, kind: ObjectType) -> Response:
        """All property definitions, hidden ones included; there are no archived ones."""
        if flag(request, "archived"):
            return Response(200, {"results": []})
        return Response(200, {"results": [each.shown() for each in self._portal.properties[kind.name].values()]})

    def property(self, _request: Request, *, kind: ObjectType, name: str) -> Response:
        """One property definition."""
        definition = self._portal.properties[kind.name].get(name)
        if definition is None:
            raise not_found(f"Property {name} does not exist")
        return Response(200, definition.shown())

    def create(self, request: Request, *, kind: ObjectType) -> Response:
        """Define a custom property; 409 where the name is taken, 400 where something is missing."""
        body = body_of(request)
        missing = [name for name in _REQUIRED if not body.get(name)]
        if missing:
            raise invalid(f"Invalid input JSON: Some required fields were not set: [{', '.join(missing)}]")
        self._check(kind, body)
        self._portal.define_property(
            kind.name,
            body["name"],
            body["label"],
            type=body["type"],
            field_type=body["fieldType"],
            options=_options(body.get("options") or []),
            unique=bool(body.get("hasUniqueValue")),
        )
        return Response(201, self._portal.properties[kind.name][body["name"]].shown())

    def pipelines(self, _request: Request, *, kind: ObjectType) -> Response:
        """The pipelines of a kind of record: deals, leads, and the lifecycle of contacts."""
        return Response(200, {"results": [self._pipeline(kind)] if kind.name in PIPELINES else []})

    def pipeline(self, _request: Request, *, kind: ObjectType, pipeline_id: str) -> Response:
        """One pipeline."""
        if kind.name not in PIPELINES or PIPELINES[kind.name][0] != pipeline_id:
            raise not_found()
        return Response(200, self._pipeline(kind))

    def stages(self, request: Request, *, kind: ObjectType, pipeline_id: str) -> Response:
        """The stages of one pipeline, in order."""
        found = self.pipeline(request, kind=kind, pipeline_id=pipeline_id)
        return Response(200, {"results": found.body["stages"]})

    def _check(self, kind: ObjectType, body: dict[str, Any]) -> None:
        name = str(body["name"])
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
            raise invalid(f'Invalid property name "{name}": only lower case letters, digits and underscores')
        if body["type"] not in _TYPES:
            raise invalid(
                f"Invalid input JSON: Cannot deserialize value of type `PropertyType` from String {body['type']!r}"
            )
        if name in self._portal.properties[kind.name]:
            raise ApiError(409, "OBJECT_ALREADY_EXISTS", f"A property named '{name}' already exists.")

    def _pipeline(self, kind: ObjectType) -> dict[str, Any]:
        pipeline_id, label, stages = PIPELINES[kind.name]
        if kind.name == "contacts":
            options = self._portal.properties["contacts"]["lifecyclestage"].options
            stages = tuple((option.value, option.label, None) for option in options)
        return {
            "id": pipeline_id,
            "label": label,
            "displayOrder": 0,
            "stages": [_stage(order, *each) for order, each in enumerate(stages)],
            "createdAt": ESTABLISHED,
            "updatedAt": ESTABLISHED,
            "archived": False,
        }


def _options(given: Any) -> list[tuple[str, str]]:
    try:
        return [(str(each["value"]), str(each["label"])) for each in given]
    except (TypeError, KeyError) as error:
        raise invalid("Invalid input JSON: an option needs value and label") from error


def _stage(order: int, stage_id: str, label: str, probability: str | None) -> dict[str, Any]:
    closed = str(probability in ("0.0", "1.0")).lower()
    return {
        "id": stage_id,
        "label": label,
        "displayOrder": order,
        "metadata": {"isClosed": closed, "probability": probability} if probability else {},
        "createdAt": ESTABLISHED,
        "updatedAt": ESTABLISHED,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }
