"""What the page lets in, over real sockets."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from syncd.settings import SettingsProblems
from syncd.web.serve import PageUnavailable
from tests.unit.web.conftest import TOKEN

Serve = Callable[..., str]


def form_token(text: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', text)
    assert found is not None
    return found[1]


def test_every_answer_forbids_what_a_page_never_needs(serve: Serve) -> None:
    url = serve()
    style = re.search(r'href="(/static/[^"]+\.css)"', requests.get(url, timeout=5).text)
    assert style is not None
    for path in ("/", "/status", "/no-such-page", style[1]):
        headers = requests.get(url + path, timeout=5).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == (
            "no-store" if "static" not in path else "public, max-age=31536000, immutable"
        )


def test_a_name_that_is_not_ours_is_answered_with_421(serve: Serve) -> None:
    url = serve()
    for host in (
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "192.0.2.7",
        "",
        "[",
        "127.0.0.1.evil.example",
    ):
        assert requests.get(url, headers={"Host": host}, timeout=5).status_code == 421, host
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:9"):
        assert requests.get(url, headers={"Host": host}, timeout=5).status_code == 200, host


def test_names_that_the_settings_give_are_answered_after_a_login(serve: Serve) -> None:
    url = serve(token=TOKEN, hosts="syncd.us.example, Other.example")
    for host in ("syncd.us.example", "other.example:443"):
        answer = requests.get(url, headers={"Host": host}, timeout=5, allow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=/")


def test_whoever_can_reach_the_page_from_elsewhere_has_to_log_in(serve: Serve) -> None:
    with pytest.raises(SettingsProblems, match="SYNCD_WEB__TOKEN is not set"):
        serve(listen="0.0.0.0:0")
    with pytest.raises(SettingsProblems, match="SYNCD_WEB__TOKEN is not set"):
        serve(hosts="syncd.us.example")
    assert serve(listen="0.0.0.0:0", token=TOKEN).startswith("http://127.0.0.1:")


def test_a_taken_port_is_told(serve: Serve) -> None:
    taken = urlsplit(serve()).netloc
    with pytest.raises(PageUnavailable, match=f"cannot be served at {taken}"):
        serve(listen=taken)


@pytest.mark.parametrize(("language", "said"), [("nl", "Dat is niet het token."), ("nb", "Det er ikke riktig token.")])
def test_a_wrong_token_is_told_in_the_language_of_the_files(
    serve: Serve, tmp_path: Path, language: str, said: str
) -> None:
    file = tmp_path / "config/syncd.yaml"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("language:")]
    file.write_text("\n".join([*lines, f"language: {language}", ""]), "utf-8")
    url, browser = serve(token=TOKEN), requests.Session()
    form = form_token(browser.get(f"{url}/login", timeout=5).text)
    wrong = {"token": form, "to": "/", "secret": "a wrong one of that length"}
    assert said in browser.post(f"{url}/login", wrong, headers={"Origin": url}, timeout=5).text


def test_logging_in_and_out(serve: Serve) -> None:
    url, browser = serve(token=TOKEN), requests.Session()
    form = browser.get(f"{url}/status", timeout=5)
    assert form.url == f"{url}/login?to=/status"
    assert "syncd-" in form.headers.get("set-cookie", "") or browser.cookies
    sent = {"token": form_token(form.text), "to": "/status", "secret": "a wrong one of that length"}
    wrong = browser.post(f"{url}/login", sent, headers={"Origin": url}, timeout=5)
    assert (wrong.status_code, "That is not the token." in wrong.text) == (403, True)
    inside = browser.post(
        f"{url}/login", sent | {"secret": TOKEN}, headers={"Origin": url}, timeout=5, allow_redirects=False
    )
    assert (inside.status_code, inside.headers["location"]) == (303, "/status")
    cookie = inside.headers["set-cookie"]
    assert all(each in cookie for each in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age"))
    page = browser.get(f"{url}/status", timeout=5)
    assert "<h1>Status</h1>" in page.text
    kept = dict(browser.cookies)
    browser.post(f"{url}/logout", {"token": form_token(page.text)}, headers={"Origin": url}, timeout=5)
    assert requests.get(f"{url}/status", cookies=kept, timeout=5).url == f"{url}/login?to=/status"


def test_behind_a_proxy_that_speaks_tls_the_cookie_is_never_sent_in_the_clear(serve: Serve) -> None:
    url, browser = serve(token=TOKEN, hosts="syncd.us.example"), requests.Session()
    by_proxy = {"Host": "syncd.us.example", "X-Forwarded-Proto": "https"}
    page = browser.get(f"{url}/login", headers=by_proxy, timeout=5)
    cookie = page.headers["set-cookie"]
    assert "Secure" in cookie
    sent = {"token": form_token(page.text), "to": "/", "secret": TOKEN}
    mine = by_proxy | {"Origin": "https://syncd.us.example", "Cookie": cookie.partition(";")[0]}
    assert requests.post(f"{url}/login", sent, headers=mine, timeout=5, allow_redirects=False).status_code == 303


def test_a_login_never_leads_to_another_site(serve: Serve) -> None:
    for to in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\r\nb"):
        url, browser = serve(token=TOKEN), requests.Session()
        token = form_token(browser.get(f"{url}/login", timeout=5).text)
        sent = {"token": token, "to": to, "secret": TOKEN}
        answer = browser.post(f"{url}/login", sent, headers={"Origin": url}, timeout=5, allow_redirects=False)
        assert answer.headers["location"] == "/"


def test_a_form_from_elsewhere_is_refused(serve: Serve) -> None:
    url, browser = serve(token=TOKEN), requests.Session()
    token = form_token(browser.get(f"{url}/login", timeout=5).text)
    sent = {"token": token, "secret": TOKEN, "to": "/"}
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": url.replace("http:", "https:")},
    ):
        assert browser.post(f"{url}/login", sent, headers=headers, timeout=5).status_code == 403
    mine = {"Origin": url}
    assert browser.post(f"{url}/login", sent | {"token": "0" * 64}, headers=mine, timeout=5).status_code == 403
    assert requests.post(f"{url}/login", sent, headers=mine, timeout=5).status_code == 403
    assert browser.post(f"{url}/login", json=sent, headers=mine, timeout=5).status_code == 415
    assert browser.post(f"{url}/login", b"a" * 70_000, headers=mine, timeout=5).status_code == 413
    assert browser.put(url, timeout=5).status_code == 405


def test_another_site_gets_nothing_and_its_links_come_again_from_here(serve: Serve) -> None:
    url = serve()
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert requests.get(url, headers=foreign | {"Sec-Fetch-Mode": "no-cors"}, timeout=5).status_code == 403
    linked = foreign | {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = requests.get(f'{url}/people/p1?at="><script>&as_of=2', headers=linked, timeout=5)
    assert 'content="0;url=/people/p1?at=%22%3E%3Cscript%3E&as_of=2"' in answer.text
    assert "set-cookie" not in answer.headers
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as plain:
        lines = [f"{name}: {value}" for name, value in (linked | {"Host": "localhost", "Connection": "close"}).items()]
        plain.sendall(("GET //evil.example/ HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
        text = plain.makefile().read()
    assert "url=/evil.example/" in text


def test_the_journal_has_the_route_and_nothing_that_somebody_typed(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve()
    with caplog.at_level(logging.INFO, "syncd.web"):
        requests.get(f"{url}/status?q=anna@acme.example", timeout=5)
        requests.get(f"{url}/anna@acme.example", timeout=5)
    assert "GET /status 200" in caplog.text
    assert "anna" not in "".join(record.getMessage() for record in caplog.records if record.name == "syncd.web")
