"""The transport: what is repeated, what is refused, what is never told."""

from __future__ import annotations

import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.answers import Answer
from connectors.errors import AuthFailed, LimitReached, Refused, Unreachable
from connectors.http import Limiter, Options, Rate, Transport, Verdict, name_of, require_safe, retry_after
from connectors.limits import Day
from connectors.records import System
from connectors.restraint import Circuit, Repeats
from connectors.sandbox.server import Fault, Response, Server

BASE = "https://crm.example"
SECRET = "pat-na1-0123456789"
NEVER_MADE = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]
RESET = requests.ConnectionError("Connection aborted")


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def read(self):
        return self.seconds


def by_status(answer: Answer) -> Verdict:
    where = f"{name_of(answer.request)}: {answer.status_code}"
    if answer.status_code == 401:
        return Verdict.renew(AuthFailed(System.HUBSPOT, where))
    if answer.status_code == 429:
        wait = retry_after(answer) or 10.0
        return Verdict.retry(Unreachable(System.HUBSPOT, where), after=wait, untouched=True)
    if answer.status_code >= 500:
        return Verdict.retry(Unreachable(System.HUBSPOT, where))
    return Verdict.fail(Refused(System.HUBSPOT, where)) if answer.status_code >= 400 else Verdict.accept()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def transport(clock):
    return made(clock)


def made(clock, options=None, **others):
    chosen = {"sleep": clock.sleep, "clock": clock.read, "jitter": lambda _low, high: high, **(options or {})}
    return Transport(System.HUBSPOT, classify=by_status, options=Options(**chosen), **others)


def limited(day):
    return Limiter(Rate(1000, 1.0), day=day)


def answers(wire, method, *bodies):
    for each in bodies:
        if isinstance(each, Exception):
            wire.add(method, f"{BASE}/things", body=each)
        else:
            status, body, kind = each
            wire.add(method, f"{BASE}/things", body=body, status=status, content_type=kind)


GOOD = (200, '{"ok": true}', "application/json")
DOWN = (503, "<html></html>", "text/html")
PAGE = (200, "<html>maintenance</html>", "text/html")
CUT_OFF = (200, '{"ok": tr', "application/json")


@pytest.mark.parametrize("fault", [DOWN, PAGE, CUT_OFF, RESET, NEVER_MADE, requests.ReadTimeout("slow")])
def test_a_get_is_repeated_after_a_passing_fault(wire, transport, clock, fault):
    answers(wire, "GET", fault, GOOD)
    assert transport.send("GET", f"{BASE}/things").json() == {"ok": True}
    assert transport.calls == 2
    assert clock.slept == [1.0]


@pytest.mark.parametrize("fault", [DOWN, PAGE, CUT_OFF, RESET, requests.ReadTimeout("slow")])
def test_a_create_that_may_have_happened_is_not_repeated(wire, transport, fault):
    answers(wire, "POST", fault, GOOD)
    with pytest.raises(Unreachable):
        transport.send("POST", f"{BASE}/things", json={})
    assert transport.calls == 1


@pytest.mark.parametrize("fault", [NEVER_MADE, requests.ConnectTimeout("late"), (429, "{}", "application/json")])
def test_a_create_that_never_happened_is_repeated(wire, transport, fault):
    answers(wire, "POST", fault, GOOD)
    assert transport.send("POST", f"{BASE}/things", json={}).ok
    assert transport.calls == 2


def test_a_post_is_repeated_when_its_caller_calls_it_idempotent(wire, transport):
    answers(wire, "POST", DOWN, GOOD, DOWN, GOOD)
    assert transport.send("POST", f"{BASE}/things", json={}, idempotent=True).ok
    assert transport.session.request("POST", f"{BASE}/things", json={}, idempotent=True).ok
    assert transport.calls == 4


def test_a_post_is_repeated_when_its_address_only_reads(wire, clock):
    transport = made(clock, repeatable=lambda request: request.url.endswith("/things"))
    answers(wire, "POST", DOWN, GOOD)
    assert transport.session.post(f"{BASE}/things", json={}).ok


def test_what_is_sent_through_the_session_is_repeated_and_counted_too(wire, transport):
    answers(wire, "GET", DOWN, GOOD)
    assert transport.session.get(f"{BASE}/things").json() == {"ok": True}
    assert transport.calls == 2


def test_waits_grow_and_the_tries_end(wire, transport, clock):
    answers(wire, "GET", DOWN)
    with pytest.raises(Unreachable, match="GET /things: 503"):
        transport.send("GET", f"{BASE}/things")
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    assert transport.calls == 5


def test_waits_are_random_up_to_their_bound(wire, clock):
    bounds = []
    transport = made(clock, {"jitter": lambda low, high: bounds.append((low, high)) or 0.25})
    answers(wire, "GET", DOWN, GOOD)
    transport.send("GET", f"{BASE}/things")
    assert bounds == [(0.0, 1.0)]
    assert clock.slept == [0.25]


def test_a_wait_that_the_crm_asks_for_is_kept_in_full(wire, transport, clock):
    wire.add("GET", f"{BASE}/things", status=429, headers={"Retry-After": "7"})
    answers(wire, "GET", GOOD)
    transport.send("GET", f"{BASE}/things")
    assert clock.slept == [8.0]


def test_nothing_waits_longer_than_patience_in_all(wire, clock):
    transport = made(clock, {"patience": 25.0})
    wire.add("GET", f"{BASE}/things", status=429)
    with pytest.raises(Unreachable):
        transport.send("GET", f"{BASE}/things")
    assert clock.slept == [11.0, 12.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1.0),
        ("120", 120.0),
        ("0", None),
        ("121", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 09:00:30 GMT", None),
        (None, None),
    ],
)
def test_a_retry_after_counts_when_it_is_sane(value, seconds):
    answer = Answer()
    answer.headers["Date"] = "Sun, 22 Nov 2026 10:00:00 GMT"
    if value is not None:
        answer.headers["Retry-After"] = value
    assert retry_after(answer) == seconds


def test_every_call_has_a_timeout_whoever_makes_it(wire, transport):
    answers(wire, "GET", GOOD)
    transport.send("GET", f"{BASE}/things")
    transport.session.get(f"{BASE}/things")
    transport.session.get(f"{BASE}/things", timeout=3)
    given = [call.request.req_kwargs["timeout"] for call in wire.calls]
    assert given == [(5.0, 30.0), (5.0, 30.0), 3]


def test_a_server_that_says_nothing_is_given_up(clock):
    server = Server(lambda _: Response(200, {})).start()
    server.latency_seconds = 0.6
    try:
        with pytest.raises(Unreachable, match="no answer in time"):
            made(clock, {"timeout": (1.0, 0.1), "attempts": 2}).send("GET", server.url)
    finally:
        server.stop()


def test_a_cut_connection_is_mended_on_a_real_socket(clock):
    server = Server(lambda _: Response(200, {"ok": True})).start()
    faults = [Fault(reset=True)]
    server.fault = lambda _: faults.pop() if faults else None
    try:
        assert made(clock).send("GET", server.url).json() == {"ok": True}
    finally:
        server.stop()


def test_a_port_that_nobody_listens_on_is_unreachable(clock):
    server = Server(lambda _: Response()).start()
    url = server.url
    server.stop()
    transport = made(clock)
    with pytest.raises(Unreachable, match="no connection"):
        transport.send("POST", url)
    assert transport.calls == 5


def test_an_answer_shorter_than_announced_is_mended(clock):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 12\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for body in (b'{"ok"', b'{"ok": true}'):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(head + body)

        thread = threading.Thread(target=serve)
        thread.start()
        transport = made(clock)
        assert transport.send("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/").json() == {"ok": True}
        thread.join()
    assert transport.calls == 2


def test_an_answer_that_cannot_be_unpacked_is_mended(clock):
    replies = [Response(200, b'{"ok": tr', {"Content-Encoding": "gzip"}), Response(200, {"ok": True})]
    server = Server(lambda _: replies.pop(0)).start()
    try:
        assert made(clock).send("GET", server.url).json() == {"ok": True}
    finally:
        server.stop()


def test_an_answer_that_is_too_large_is_not_read(wire, clock):
    transport = made(clock, {"largest_answer": 1000})
    answers(wire, "GET", (200, "x" * 1001, "text/plain"))
    with pytest.raises(Unreachable, match="larger than 1000 bytes"):
        transport.send("GET", f"{BASE}/things")
    assert transport.calls == 1


def test_an_answer_that_drips_for_ever_is_given_up(wire, clock):
    transport = made(clock, {"patience": 30.0, "clock": lambda: clock.sleep(31.0) or clock.seconds})
    answers(wire, "GET", GOOD)
    with pytest.raises(Unreachable, match="takes too long"):
        transport.send("GET", f"{BASE}/things")


def test_what_is_not_json_passes_where_nobody_asked_for_json(wire, transport):
    answers(wire, "GET", (200, "Id\n1\n", "text/csv"))
    assert transport.send("GET", f"{BASE}/things").text == "Id\n1\n"
    with pytest.raises(Unreachable, match="not JSON"):
        transport.send("GET", f"{BASE}/things", headers={"Accept": "application/json"})


def test_no_content_is_an_answer_and_an_empty_200_is_none(wire, transport):
    wire.add("DELETE", f"{BASE}/things", status=204)
    wire.add("GET", f"{BASE}/things", status=200)
    wanted = {"Accept": "application/json"}
    assert transport.send("DELETE", f"{BASE}/things", headers=wanted).status_code == 204
    with pytest.raises(Unreachable, match="no body"):
        transport.send("GET", f"{BASE}/things", headers=wanted)


@pytest.mark.parametrize("target", ["https://elsewhere.example/things", "/login"])
def test_a_redirect_is_refused(wire, clock, target):
    transport = made(clock, authorize=lambda request: request.headers.update(Authorization=SECRET))
    wire.add("GET", f"{BASE}/things", status=302, headers={"Location": target})
    for ask in (transport.send, transport.session.request):
        with pytest.raises(Unreachable, match="redirected"):
            ask("GET", f"{BASE}/things")
    assert {call.request.url for call in wire.calls} == {f"{BASE}/things"}


@pytest.mark.parametrize("url", ["http://crm.example/things", "http://10.0.0.1/", "ftp://127.0.0.1/", "crm.example"])
def test_plain_http_leaves_this_machine_never(clock, url):
    with pytest.raises(ValueError, match="only https"):
        require_safe(url)
    transport = made(clock)
    with pytest.raises(ValueError, match="only https"):
        transport.allow(url)


@pytest.mark.parametrize("url", ["https://crm.example", "http://127.0.0.1:80", "http://127.8.0.1", "http://[::1]:1"])
def test_https_and_loopback_are_safe(url):
    require_safe(url)


def test_plain_http_is_refused_before_it_is_sent(wire, transport):
    with pytest.raises(ValueError, match="only https"):
        transport.session.get("http://crm.example/things")
    assert transport.calls == 0


def test_a_host_that_was_not_named_is_not_called(wire, clock):
    transport = made(clock, hosts=("crm.example",))
    answers(wire, "GET", GOOD)
    wire.add("GET", "https://other.example/things", json={})
    assert transport.send("GET", f"{BASE}/things").ok
    with pytest.raises(Refused, match=r"other\.example"):
        transport.send("GET", "https://other.example/things")
    transport.allow("https://other.example")
    assert transport.send("GET", "https://other.example/things").ok


def test_credentials_are_put_on_anew_for_each_attempt_and_renewed_once(wire, clock):
    tokens = ["old", "new"]
    transport = made(
        clock,
        authorize=lambda request: request.headers.update(Authorization=tokens[0]),
        renew=lambda: bool(tokens.pop(0)),
    )
    seen = []

    def answer(request):
        seen.append(request.headers["Authorization"])
        return (200 if seen[-1] == "new" else 401), {}, "{}"

    wire.add_callback("POST", f"{BASE}/things", answer)
    assert transport.send("POST", f"{BASE}/things", json={}).ok
    assert seen == ["old", "new"]


def test_credentials_refused_twice_are_refused(wire, clock):
    renewals = []
    transport = made(clock, renew=lambda: renewals.append(1) or True)
    answers(wire, "GET", (401, "{}", "application/json"))
    with pytest.raises(AuthFailed):
        transport.send("GET", f"{BASE}/things")
    assert len(renewals) == 1
    assert transport.calls == 2


def test_the_call_that_fetches_credentials_carries_and_renews_none(wire, clock):
    transport = made(clock, authorize=lambda request: request.headers.update(Authorization=SECRET), renew=pytest.fail)
    answers(wire, "POST", (401, "{}", "application/json"))
    with pytest.raises(AuthFailed):
        transport.send("POST", f"{BASE}/things", authorized=False)
    assert "Authorization" not in wire.calls[0].request.headers


def test_an_error_tells_neither_token_nor_query_nor_body(wire, clock):
    transport = made(clock, authorize=lambda request: request.headers.update(Authorization=SECRET))
    wire.add("GET", f"{BASE}/things", status=400, body='{"message": "ada@example.com is taken"}')
    wire.add("PUT", f"{BASE}/things", body=requests.ReadTimeout(f"{BASE}/things?email=ada {SECRET}"))
    query = {"email": "ada@example.com"}
    for method in ("GET", "PUT"):
        with pytest.raises((Refused, Unreachable)) as told:
            transport.send(method, f"{BASE}/things", params=query)
        shown = repr(told.value) + "".join(traceback.format_exception(told.value))
        assert "ada" not in shown
        assert SECRET not in shown
    assert SECRET not in repr(transport) + repr(transport.session)


def test_netrc_and_cookies_are_not_used(wire, transport, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine crm.example login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.add("GET", f"{BASE}/things", json={}, headers={"Set-Cookie": "session=1"})
    transport.send("GET", f"{BASE}/things")
    transport.session.get(f"{BASE}/things")
    assert all("Authorization" not in call.request.headers for call in wire.calls)
    assert all("Cookie" not in call.request.headers for call in wire.calls)


def test_no_proxy_stands_between_us_and_this_machine(clock, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = Server(lambda _: Response(200, {"ok": True})).start()
    try:
        assert made(clock).session.get(server.url).json() == {"ok": True}
    finally:
        server.stop()


def test_the_clock_is_the_crms_from_its_first_answer_on(wire, clock):
    transport = made(clock, {"wall": lambda: datetime(2020, 1, 1, tzinfo=UTC)})
    assert transport.now() == datetime(2020, 1, 1, tzinfo=UTC)
    wire.add("GET", f"{BASE}/things", json={}, headers={"Date": "Sun, 22 Nov 2026 10:00:00 GMT"})
    transport.send("GET", f"{BASE}/things")
    clock.seconds += 90
    assert transport.now() == datetime(2026, 11, 22, 10, 1, 30, tzinfo=UTC)


def test_listeners_hear_every_answer(wire, transport):
    heard = []
    transport.on_response.append(lambda answer: heard.append(answer.status_code))
    answers(wire, "GET", DOWN, GOOD)
    transport.send("GET", f"{BASE}/things")
    assert heard == [503, 200]


def test_calls_wait_for_their_place(wire, clock):
    transport = made(clock, limiter=Limiter(Rate(100, 10.0), {"/things": Rate(2, 1.0)}))
    answers(wire, "GET", GOOD)
    for _ in range(5):
        transport.send("GET", f"{BASE}/things")
    assert clock.slept == [1.0, 1.0]


def test_a_wait_that_grows_is_as_many_times_as_long_as_there_were_tries(wire, clock):
    error = Unreachable(System.HUBSPOT, "too many searches")
    told = Verdict.retry(error, after=1.0, untouched=True, growing=True)
    transport = made(clock, {"jitter": lambda _low, _high: 0.0})
    transport._classify = lambda answer: Verdict.accept() if answer.ok else told
    for _ in range(3):
        wire.add("GET", f"{BASE}/things", status=429)
    answers(wire, "GET", GOOD)
    transport.send("GET", f"{BASE}/things")
    assert clock.slept == [1.0, 2.0, 3.0]


def test_a_burst_that_was_hit_holds_the_calls_of_all_threads(wire, clock):
    told = Verdict.retry(Unreachable(System.HUBSPOT, "burst"), after=10.0, untouched=True, for_all=True)
    transport = made(clock, {"attempts": 1})
    transport._classify = lambda answer: Verdict.accept() if answer.ok else told
    wire.add("GET", f"{BASE}/things", status=429)
    answers(wire, "GET", GOOD)
    with pytest.raises(Unreachable):
        transport.send("GET", f"{BASE}/things")
    assert clock.slept == []
    transport.send("GET", f"{BASE}/things")
    assert clock.slept == [10.0]


def test_a_day_without_calls_left_is_told_with_its_end_and_nothing_is_sent(wire, clock):
    day = Day(at_most=2)
    transport = made(clock, {"wall": lambda: datetime(2026, 11, 22, 12, tzinfo=UTC)}, limiter=limited(day))
    answers(wire, "GET", GOOD)
    for _ in range(2):
        transport.send("GET", f"{BASE}/things")
    with pytest.raises(LimitReached, match="GET /things: our part of the day's calls is used up") as told:
        transport.send("GET", f"{BASE}/things?email=ada")
    assert told.value.resets_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert "ada" not in str(told.value)
    assert transport.calls == 2


def test_a_day_that_the_crm_closed_is_closed_for_all_threads_until_it_opens(wire, clock):
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    now = [start]
    transport = made(clock, {"wall": lambda: now[0]}, limiter=limited(Day(rolls=True)))
    transport._classify = lambda answer: (
        Verdict.accept() if answer.ok else Verdict.fail(LimitReached(System.SALESFORCE, "the day"))
    )
    wire.add("GET", f"{BASE}/things", status=403)
    answers(wire, "GET", GOOD)
    for _ in range(3):
        with pytest.raises(LimitReached) as told:
            transport.send("GET", f"{BASE}/things")
        assert told.value.resets_at == start + timedelta(hours=1)
    assert transport.calls == 1
    now[0] += timedelta(hours=1)
    assert transport.send("GET", f"{BASE}/things").ok


def test_no_more_calls_are_under_way_than_may_be(clock):
    under_way, most, lock = [0], [0], threading.Lock()
    full = threading.Barrier(2)

    def serve(connection):
        with connection:
            connection.recv(65536)
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            full.wait(timeout=10)
            with lock:
                under_way[0] -= 1
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def accept(listener):
        for _ in range(8):
            threading.Thread(target=serve, args=listener.accept()[:1]).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, args=(listener,))
        accepting.start()
        transport = made(clock, limiter=Limiter(Rate(1000, 1.0), at_once=2))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(lambda _: transport.send("GET", url).status_code == 204, range(8)))
        accepting.join()
    assert most[0] == 2


def test_an_outage_is_not_multiplied_by_repeats(wire, clock):
    transport = made(clock)
    transport.repeats, transport.circuit = Repeats(reserve=6, per_call=0.2), Circuit(failures=1000)
    answers(wire, "GET", DOWN)
    for _ in range(20):
        with pytest.raises(Unreachable, match="503"):
            transport.send("GET", f"{BASE}/things")
    assert transport.calls <= 20 + 6 + 20 * 0.2


def test_a_wait_that_the_crm_asked_for_costs_no_repeat(wire, clock):
    transport = made(clock)
    transport.repeats = Repeats(reserve=0, per_call=0)
    wire.add("GET", f"{BASE}/things", status=429, headers={"Retry-After": "7"})
    answers(wire, "GET", GOOD)
    assert transport.send("GET", f"{BASE}/things").ok


def test_a_crm_that_is_down_is_left_alone_for_a_while_and_then_asked_again(wire, clock):
    transport = made(clock, {"jitter": lambda _low, _high: 0.0})
    for _ in range(10):
        answers(wire, "GET", DOWN)
    answers(wire, "GET", GOOD)
    for _ in range(2):
        with pytest.raises(Unreachable, match="503"):
            transport.send("GET", f"{BASE}/things")
    for _ in range(5):
        with pytest.raises(Unreachable, match="not sent, after many failures in a row; calls go out again in 30 s"):
            transport.send("GET", f"{BASE}/things")
    assert transport.calls == 10
    clock.seconds += 30
    assert transport.send("GET", f"{BASE}/things").ok


def test_refusals_are_no_sign_that_a_crm_is_down(wire, transport):
    answers(wire, "GET", (404, "{}", "application/json"))
    for _ in range(30):
        with pytest.raises(Refused):
            transport.send("GET", f"{BASE}/things")
    assert transport.calls == 30


@pytest.mark.parametrize("option", ["auth", "cookies", "files", "verify", "proxies", "hooks"])
def test_nothing_passes_by_the_transport_in_an_option_of_a_single_request(transport, option):
    with pytest.raises(TypeError, match=option):
        transport.session.get(f"{BASE}/things", **{option: object()})
    assert transport.calls == 0


def test_requests_go_out_as_the_library_would_send_them(wire, transport):
    wire.add("GET", f"{BASE}/a%20b", json={})
    wire.add("POST", f"{BASE}/things", json={})
    wire.add("DELETE", f"{BASE}/things", status=204)
    transport.send("GET", f"{BASE}/a b", params=[("p", "1"), ("p", "ö&")], headers={"X-None": None})
    transport.send("POST", f"{BASE}/things", data={"grant": "a b"})
    transport.send("POST", f"{BASE}/things", json=[])
    transport.send("DELETE", f"{BASE}/things")
    got, form, body, gone = (call.request for call in wire.calls)
    assert got.url == f"{BASE}/a%20b?p=1&p=%C3%B6%26"
    assert "X-None" not in got.headers
    assert got.headers["User-Agent"] == "syncd"
    assert (form.body, form.headers["Content-Type"]) == ("grant=a+b", "application/x-www-form-urlencoded")
    assert (body.body, body.headers["Content-Length"], body.headers["Content-Type"]) == (b"[]", "2", "application/json")
    assert gone.headers["Content-Length"] == "0"


def test_a_proxy_of_the_environment_is_used_for_all_but_this_machine(wire, clock, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/own.pem")
    answers(wire, "GET", GOOD)
    made(clock).send("GET", f"{BASE}/things")
    given = wire.calls[0].request.req_kwargs
    assert (given["proxies"]["https"], given["verify"]) == ("http://proxy.example:8080", "/etc/own.pem")


def test_a_streamed_body_is_left_to_the_caller_but_its_errors_are_not(wire, transport):
    answers(wire, "GET", (200, "Id\n1\n", "text/csv"), (400, "{}", "application/json"))
    assert list(transport.send("GET", f"{BASE}/things", stream=True).iter_lines()) == [b"Id", b"1"]
    with pytest.raises(Refused):
        transport.send("GET", f"{BASE}/things", stream=True)
