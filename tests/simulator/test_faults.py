"""Whatever goes wrong on the wire, the run ends with 0, 1 or 5 and the next ones reach the undisturbed end state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import AuthFailed, LimitReached, Unreachable
from connectors.sandbox.server import Fault, Response
from syncd.store import runs
from tests.world import is_write

MINUTE = timedelta(minutes=1)
HTML = Response(200, "<html>maintenance</html>", content_type="text/html")
TOO_MANY = Response(
    429,
    {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "SECONDLY",
    },
)
DAILY = Response(429, {"status": "error", "message": "Daily", "errorType": "RATE_LIMIT", "policyName": "DAILY"})
LIMIT = Response(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
EXPIRED = Response(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])

READ = {
    "429": Fault(TOO_MANY),
    "500": Fault(Response(500, {"status": "error"})),
    "html": Fault(HTML),
    "reset": Fault(reset=True),
    "reset after effect": Fault(reset=True, after_effect=True),
}
WRITE = {
    "503": Fault(Response(503, "")),
    "503 after effect": Fault(Response(503, ""), after_effect=True),
    "reset": Fault(reset=True),
    "reset after effect": Fault(reset=True, after_effect=True),
    "html after effect": Fault(HTML, after_effect=True),
    "expired": Fault(EXPIRED),
    "limit": Fault(LIMIT),
}


@pytest.fixture
def world(town, tmp_path):
    """The town, in virtual time: no wait takes long."""
    return town.twice(tmp_path)


def tried(world, command="apply", **options):
    """The exit code of a cycle as a command would end."""
    try:
        return world.cycle(command, **options).exit_code
    except (Unreachable, LimitReached, AuthFailed):
        return 5


def anything(request):
    return "oauth" not in request.path


CASES = [(what, lasting) for what in READ for lasting in (False, True)]


@pytest.mark.parametrize(("what", "lasting"), CASES)
def test_a_pull_that_goes_wrong_is_made_up_for(world, calm, what, lasting):
    nths = range(8, 60) if lasting else [8]  # the first calls are who we are and what there is to see
    with world.hook("hubspot", anything, dict.fromkeys(nths, lambda: READ[what])):
        assert tried(world) == (5 if lasting else 0)
    with world.store() as store, store.reading() as tx:
        assert runs.recent(tx, 1)[0].exit_code == (5 if lasting else 0)
    assert tried(world) == 0
    assert world.state() == calm
    assert world.ledger_is_sound()


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("what", WRITE)
def test_a_write_that_goes_wrong_once_ends_the_same(world, calm, what, nth):
    with world.fault("salesforce", is_write, nth, WRITE[what]):
        assert tried(world) in (0, 1, 5)
    assert tried(world, "sync") == 0
    assert tried(world, "sync") == 0
    assert world.state() == calm
    assert world.ledger_is_sound()


@pytest.mark.parametrize("what", WRITE)
def test_writes_that_go_wrong_for_long_end_the_same(world, calm, what):
    with world.hook("salesforce", is_write, dict.fromkeys(range(2, 99), lambda: WRITE[what])):
        assert tried(world) == 5
        # What is made without an answer is found by its key, and so done by and by.
        assert tried(world, "sync") == (0 if WRITE[what].after_effect else 5)
    assert tried(world, "sync") == 0
    assert world.state() == calm
    assert not world.cycle().plan.changes
    assert world.ledger_is_sound()


@pytest.mark.parametrize("times", [1, 10])
def test_locked_rows_are_sent_again_and_stop_nobody(world, calm, times):
    for row in (*world.org.rows("Lead"), *world.org.rows("Contact")):
        world.org.lock(row["Id"], times)
    code = tried(world)
    assert code == (0 if times == 1 else 1)
    world.org.writer.locks.clear()
    assert tried(world, "sync", later=2 * MINUTE) == 0
    assert tried(world, "sync", later=3 * MINUTE) == 0
    assert world.state() == calm
    assert world.set_aside() == []


def test_a_token_that_expires_between_calls_is_renewed(world, calm):
    with world.hook("salesforce", is_write, dict.fromkeys((1, 3), world.org.expire_tokens)):
        assert tried(world) == 0
    assert world.state() == calm


def test_a_used_up_day_ends_with_five_and_nothing_is_lost(world, calm):
    with world.hook("hubspot", anything, dict.fromkeys(range(4, 9), lambda: Fault(DAILY))):
        assert tried(world) == 5
    assert tried(world) == 0
    assert world.state() == calm
