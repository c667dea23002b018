"""Bulk API 2.0: jobs, their states, and how they come to an end (facts: salesforce B2, B3).

A job moves when it is asked about: the first poll finds it InProgress, the one after `polls` more finds it at its
end. It ends as well once `patience` has passed on the org's clock. All its rows are worked on at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import loading, sheets, soql
from connectors.sandbox.salesforce.errors import Refusal, not_found
from connectors.sandbox.salesforce.ids import make_id
from connectors.sandbox.salesforce.recycling import BIN_LIFE
from connectors.sandbox.salesforce.values import stamp

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

KEPT = timedelta(days=7)
MOST_BYTES = 100_000_000
BATCH_ROWS, BATCHES_A_DAY, QUERY_JOBS_A_DAY = 10_000, 15_000, 10_000
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job was created with. `query` is set for query jobs, `key` for upserts."""

    operation: str
    sobject: str
    dialect: sheets.Dialect
    version: str
    key: str | None = None
    query: soql.Query | None = None
    assign: bool = False


@dataclass(frozen=True, slots=True)
class Stumble:
    """What goes wrong with one ingest job: it ends in `state` after so many rows, and the rest stays unprocessed."""

    after_rows: int
    state: str
    message: str | None


@dataclass(slots=True)
class Job:
    """One job with what came of it."""

    id: str
    asked: Asked
    created_at: datetime
    state: str
    content: bytes | None = None
    polls: int = 0
    message: str | None = None
    names: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    outcome: loading.Outcome = field(default_factory=loading.Outcome)

    @property
    def ingests(self) -> bool:
        """Whether it writes."""
        return self.asked.query is None

    @property
    def processed(self) -> int:
        """The rows worked on so far, failed ones too."""
        return self.outcome.processed if self.ingests else len(self.rows)


class Bulk:
    """The jobs of one org, and the knobs of its bulk service."""

    def __init__(self, org: SalesforceOrg) -> None:
        self._org = org
        self._jobs: dict[str, Job] = {}
        self._stumbles: list[Stumble] = []
        self._batches: list[datetime] = []
        self.polls = 1
        """How many polls find a job InProgress before one finds it ended; 0 ends it at the first poll."""
        self.patience = timedelta(minutes=1)
        self.most_bytes = MOST_BYTES
        self.page_rows = 50_000
        """Rows of a page of query results for which no maxRecords was asked."""
        self.may_hard_delete = False
        """Whether our user has the permission Bulk API Hard Delete."""

    def stumble(self, after_rows: int = 0, state: str = "Failed", message: str | None = None) -> None:
        """Let the next ingest job end early, with `after_rows` of its rows done and the others unprocessed."""
        text = message or ("InternalServerError : Retried more than fifteen times" if state == "Failed" else None)
        self._stumbles.append(Stumble(after_rows, state, text))

    def jobs(self, *, ingests: bool) -> list[Job]:
        """The jobs of one kind that are still kept, oldest first."""
        now = self._org.clock()
        return [job for job in self._jobs.values() if job.ingests == ingests and now - job.created_at < KEPT]

    def left(self) -> tuple[int, int]:
        """How many batches and query jobs the last 24 hours leave."""
        day = self._org.clock() - timedelta(days=1)
        queries = [job for job in self._jobs.values() if not job.ingests and job.created_at > day]
        return BATCHES_A_DAY - len([at for at in self._batches if at > day]), QUERY_JOBS_A_DAY - len(queries)

    def create(self, asked: Asked) -> Job:
        """A new job: Open for rows to come, UploadComplete for a query. Raises Refusal."""
        batches, queries = self.left()
        if asked.query is not None and queries <= 0:
            message = f"Max bulk v2 query jobs ({QUERY_JOBS_A_DAY}) per 24 hrs has been reached"
            raise Refusal("LIMIT_EXCEEDED", message)
        if asked.query is None and batches <= 0:
            raise Refusal("EXCEEDEDQUOTA", "ExceededQuota : the batches of the last 24 hours are used up")
        if asked.operation == "hardDelete" and not self.may_hard_delete:
            message = "hardDelete operation requires special user profile permission"
            raise Refusal("FEATURENOTENABLED", f"FeatureNotEnabled : {message}")
        job_id = make_id("750", len(self._jobs) + 1)
        job = Job(job_id, asked, self._org.clock(), "UploadComplete" if asked.query else "Open")
        self._jobs[job_id] = job
        return job

    def find(self, job_id: str, *, ingests: bool) -> Job:
        """The job of that id, in either form. Raises 404, also for a job of the other kind or an old one."""
        found = [job for job in self.jobs(ingests=ingests) if job_id in {job.id, job.id[:15]}]
        if not found:
            raise not_found()
        return found[0]

    def upload(self, job: Job, content: bytes) -> None:
        """Take the rows of a job, once. Raises Refusal."""
        if job.state != "Open":
            raise wrong_state(job)
        if job.content is not None:
            message = f"Found multiple contents for job: <{job.id}>, please only PUT once on a given Job"
            raise Refusal("CLIENTINPUTERROR", f"ClientInputError : {message}")
        if len(content) > self.most_bytes:
            message = f"the data of a job may have {self.most_bytes} bytes"
            raise Refusal("CLIENTINPUTERROR", f"ClientInputError : {message}", status=413)
        job.content = content

    def close(self, job: Job) -> None:
        """All rows of a job are there: it may begin. Raises Refusal."""
        if job.state != "Open":
            raise wrong_state(job)
        job.state = "UploadComplete"

    def abort(self, job: Job) -> None:
        """End a job before its time; its rows stay unprocessed. Raises Refusal for one that has ended."""
        if job.state in ENDED:
            raise wrong_state(job)
        job.state = "Aborted"
        if job.content is not None:
            try:
                sheet = sheets.read(job.content, job.asked.dialect)
            except sheets.Unreadable:
                return
            job.names, job.outcome.unprocessed = sheet.names, list(sheet.rows)

    def delete(self, job: Job) -> None:
        """Forget a job. Raises Refusal for one that may still run."""
        if job.state not in ENDED and not (job.ingests and job.state == "UploadComplete"):
            raise wrong_state(job)
        del self._jobs[job.id]

    def poll(self, job: Job) -> Job:
        """The job, a step further."""
        if job.state not in {"UploadComplete", "InProgress"}:
            return job
        job.state, job.polls = "InProgress", job.polls + 1
        if job.polls > self.polls or self._org.clock() - job.created_at >= self.patience:
            self._finish(job)
        return job

    def _finish(self, job: Job) -> None:
        if job.asked.query is not None:
            self._query(job, job.asked.query)
            return
        try:
            sheet = sheets.read(job.content or b"", job.asked.dialect)
            stumble = self._stumbles.pop(0) if self._stumbles else Stumble(len(sheet.rows), "JobComplete", None)
            job.names = sheet.names
            done = replace(sheet, rows=sheet.rows[: stumble.after_rows])
            job.outcome = loading.load(self._org, job.asked, done)
        except sheets.Unreadable as unreadable:
            job.state, job.message = "Failed", str(unreadable)
            return
        self._batches += [self._org.clock()] * -(-len(done.rows) // BATCH_ROWS)
        job.outcome.unprocessed = list(sheet.rows[stumble.after_rows :])
        job.state, job.message = stumble.state, stumble.message

    def _query(self, job: Job, query: soql.Query) -> None:
        deleted = job.asked.operation == "queryAll"
        try:
            bin_since = stamp(self._org.clock() - BIN_LIFE)
            version = job.asked.version
            rows, _ = self._org.evaluator.run(query, deleted=deleted, version=version, bin_since=bin_since)
            job.names, values = self._org.evaluator.columns(query)
        except Refusal as refusal:  # the setup changed since the job was made
            job.state, job.message = "Failed", str(refusal)
            return
        job.rows = [values(row) for row in rows]
        job.state = "JobComplete"


def wrong_state(job: Job) -> Refusal:
    """The refusal of what the state of a job does not allow."""
    return Refusal("INVALIDJOBSTATE", f"InvalidJobState : not possible for a job in state {job.state}")


def shown(job: Job, user_id: str) -> dict[str, Any]:
    """A job as the API tells of it."""
    asked, since = job.asked, stamp(job.created_at)
    body: dict[str, Any] = {
        "id": job.id,
        "operation": asked.operation,
        "object": asked.sobject,
        "createdById": user_id,
        "createdDate": since,
        "systemModstamp": since,
        "state": job.state,
        "concurrencyMode": "Parallel",  # there is no serial mode (facts: salesforce B3)
        "contentType": "CSV",
        "apiVersion": float(asked.version),
        "lineEnding": asked.dialect.ending,
        "columnDelimiter": asked.dialect.delimiter,
    }
    if asked.key:
        body["externalIdFieldName"] = asked.key
    if job.ingests and job.state == "Open":
        body["contentUrl"] = f"services/data/v{asked.version}/jobs/ingest/{job.id}/batches"
    return body


def told(job: Job, user_id: str) -> dict[str, Any]:
    """A job as a poll tells of it: with what it has done."""
    body = shown(job, user_id) | {
        "jobType": "V2Ingest" if job.ingests else "V2Query",
        "retries": 0,
        "totalProcessingTime": 0,
        "numberRecordsProcessed": job.processed,
    }
    if job.ingests:
        body |= {"numberRecordsFailed": len(job.outcome.failed), "apiActiveProcessingTime": 0, "apexProcessingTime": 0}
    return body | ({"errorMessage": job.message} if job.message else {})
