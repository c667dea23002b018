"""Versions, limits, the list of objects, and describes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import describe
from connectors.sandbox.salesforce.bulk import BATCHES_A_DAY, QUERY_JOBS_A_DAY
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.server import Response, Router

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

_SEASONS = ("Summer", "Winter", "Spring")


def register(router: Router) -> None:
    """Add the routes."""
    router.add("GET", "/", resources)
    router.add("GET", "/limits", limits)
    router.add("GET", "/limits/recordCount", record_count)
    router.add("GET", "/sobjects", objects)
    router.add("GET", "/sobjects/{sobject}", basics)
    router.add("GET", "/sobjects/{sobject}/describe", described)


def versions(org: SalesforceOrg) -> list[dict[str, str]]:
    """The answer of /services/data, which needs no session."""
    return [
        {"label": _label(int(float(version))), "url": f"/services/data/v{version}", "version": version}
        for version in org.api_versions
    ]


def _label(number: int) -> str:
    """The release's name: v67.0 is Summer '26, and there are three a year."""
    return f"{_SEASONS[(number - 67) % 3]} '{26 - (67 - number) // 3:02d}"


def resources(call: Call) -> Response:
    """What there is below a version."""
    names = ("composite", "jobs", "limits", "query", "queryAll", "sobjects")
    return Response(body={name: call.url(name) for name in names})


def limits(call: Call) -> Response:
    """What is left of the org's allowances."""
    org = call.org
    left = max(org.daily_limit - org.calls_today, 0)
    batches, jobs = org.bulk.left()
    body = {
        "DailyApiRequests": {"Max": org.daily_limit, "Remaining": left},
        "DailyBulkApiBatches": {"Max": BATCHES_A_DAY, "Remaining": batches},
        "DailyBulkV2QueryJobs": {"Max": QUERY_JOBS_A_DAY, "Remaining": jobs},
        "DataStorageMB": {"Max": 10_240, "Remaining": 10_000},
        "FileStorageMB": {"Max": 10_240, "Remaining": 10_000},
    }
    return Response(body=body)


def record_count(call: Call) -> Response:
    """How many living rows objects have; unknown names are left out."""
    named = (call.request.arg("sObjects") or "").split(",")
    wanted = {name.strip().lower() for name in named if name.strip()}
    found = [sobject.name for sobject in call.org.schema if not wanted or sobject.name.lower() in wanted]
    return Response(body={"sObjects": [{"count": len(call.org.rows(name)), "name": name} for name in found]})


def objects(call: Call) -> Response:
    """All objects that our user may see."""
    listed = [describe.brief(sobject, call.version) for sobject in call.org.schema]
    return Response(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def basics(call: Call, sobject: str) -> Response:
    """One object without its fields."""
    return Response(body={"objectDescribe": describe.brief(call.sobject(sobject), call.version), "recentItems": []})


def described(call: Call, sobject: str) -> Response:
    """One object with its fields; 304 when nothing changed since If-Modified-Since (facts: salesforce B6)."""
    found = call.sobject(sobject)
    changed = call.org.schema_changed_at.astimezone(UTC).replace(microsecond=0)
    headers = {"Last-Modified": format_datetime(changed, usegmt=True)}
    since = _http_date(call.request.headers.get("if-modified-since"))
    if since and changed <= since:
        return Response(304, headers=headers)
    body: dict[str, Any] = describe.full(call.org.schema, found, call.version)
    return Response(body=body, headers=headers)


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
