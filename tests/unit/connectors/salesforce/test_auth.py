from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.errors import AuthFailed, ConnectorError, Unreachable, UnsafeAddress
from connectors.salesforce.client import Salesforce
from connectors.salesforce.ids import long_id

LOGIN = "https://login.salesforce.example"
INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
TOKEN = f"{LOGIN}/services/oauth2/token"
SECRET = "canary-secret/+é"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
ORGANIZATION = {
    "totalSize": 1,
    "done": True,
    "records": [{"Id": "00D000000000001EAA", "TimeZoneSidKey": "Europe/Berlin"}],
}


def pem(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_client_credentials_go_into_a_basic_header_and_not_into_the_form(org: Any) -> None:
    org.logs_in()
    org.stub.get(f"{DATA}/query/", json=ORGANIZATION)
    org.connector().check()
    request = org.sent(TOKEN)[0]
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode() == f"client:{SECRET}"
    assert parse_qs(request.body) == {"grant_type": ["client_credentials"]}


def test_a_jwt_is_signed_for_the_login_address_and_lives_three_minutes(org: Any) -> None:
    key = rsa.generate_private_key(65537, 2048)
    org.logs_in()
    org.stub.get(f"{DATA}/query/", json=ORGANIZATION)
    Salesforce(LOGIN + "/", "client", username="sync@acme.example", private_key=pem(key)).check()
    form = parse_qs(org.sent(TOKEN)[0].body)
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(form["assertion"][0], key.public_key(), algorithms=["RS256"], audience=LOGIN)
    assert (claims["iss"], claims["sub"]) == ("client", "sync@acme.example")
    assert isinstance(claims["exp"], int)
    assert 170 < claims["exp"] - time.time() <= 180


@pytest.mark.parametrize("key", [b"not a key", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_that_cannot_sign_is_said_without_showing_it(org: Any, key: bytes) -> None:
    connector = Salesforce(LOGIN, "client", username="u@acme.example", private_key=key)
    with pytest.raises(AuthFailed, match="not an RSA key in PEM form"):
        connector.check()
    assert org.logins == 0


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"username": "u@acme.example"},
        {"private_key": b"k"},
        {"client_secret": "s", "username": "u", "private_key": b"k"},
    ],
)
def test_half_or_double_credentials_are_refused(credentials: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either a client secret, or a user name and a private key"):
        Salesforce(LOGIN, "client", **credentials)


def test_a_login_address_over_plain_http_is_refused() -> None:
    with pytest.raises(ValueError, match="only https is accepted"):
        Salesforce("http://login.salesforce.example", "client", client_secret=SECRET)


@pytest.mark.parametrize(
    "instance",
    [
        "http://acme.my.salesforce.example",
        "ftp://acme.my.salesforce.example",
        "acme.my.salesforce.example",
        "https://",
        "https://[::1",
        "https://user@acme.my.salesforce.example",
        "https://acme.my.salesforce.example/path",
        "https://acme..example.com",
        "https://acme.example.com:port",
    ],
)
def test_an_instance_that_a_token_must_not_go_to_is_refused(org: Any, instance: str) -> None:
    org.logs_in(instance_url=instance)
    with pytest.raises(UnsafeAddress, match="must be an https address"):
        org.connector().check()
    assert len(org.stub.calls) == 1


def test_an_instance_on_this_machine_may_be_plain_http(org: Any) -> None:
    org.logs_in(instance_url="http://127.0.0.1:8899")
    org.stub.get("http://127.0.0.1:8899/services/data/v66.0/query/", json=ORGANIZATION)
    assert org.connector().check().id == "00D000000000001EAA"


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}, "client identifier"),
        (401, {"error": "invalid_client", "error_description": "invalid client credentials"}, "invalid_client: "),
        (400, {"error": "invalid_grant"}, "invalid_grant: no description"),
        (403, "nothing that is JSON", "status 403"),
    ],
)
def test_a_refused_login_tells_error_and_description(org: Any, status: int, body: Any, told: str) -> None:
    org.stub.post(TOKEN, status=status, **({"json": body} if isinstance(body, dict) else {"body": body}))
    with pytest.raises(AuthFailed, match=told):
        org.connector().check()
    assert org.logins == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, "<html>maintenance</html>"), (400, '{"error": "unknown_error", "error_description": "retry your request"}')],
)
def test_a_login_failure_that_passes_is_tried_again(org: Any, status: int, body: str) -> None:
    org.stub.post(TOKEN, status=status, body=body)
    org.logs_in()
    org.stub.get(f"{DATA}/query/", json=ORGANIZATION)
    assert org.connector().check().user_id == "005000000000001AAA"


def test_a_login_without_a_token_is_no_login(org: Any) -> None:
    org.stub.post(TOKEN, json={"instance_url": INSTANCE})
    with pytest.raises(Unreachable, match="without access_token"):
        org.connector().check()


def test_an_expired_session_is_renewed_once_and_the_call_repeated(org: Any) -> None:
    org.logs_in("first-token", "second-token")
    org.answers("GET", f"{DATA}/query/", (401, EXPIRED), (200, ORGANIZATION))
    assert org.connector().check().id == "00D000000000001EAA"
    assert [each.headers["Authorization"] for each in org.seen] == ["Bearer first-token", "Bearer second-token"]


@pytest.mark.parametrize(
    ("status", "body"), [(401, "Bad_OAuth_Token"), (403, "Bad_OAuth_Token"), (401, "<html></html>"), (401, "")]
)
def test_an_expired_session_is_known_without_json_too(org: Any, status: int, body: str) -> None:
    org.logs_in("first-token", "second-token")
    org.stub.get(f"{DATA}/query/", body=body, status=status)
    org.stub.get(f"{DATA}/query/", json=ORGANIZATION)
    assert org.connector().check().id == "00D000000000001EAA"


def test_a_second_refused_session_ends_it_after_one_more_login(org: Any) -> None:
    org.logs_in("first-token", "second-token")
    org.stub.get(f"{DATA}/query/", json=EXPIRED, status=401)
    with pytest.raises(AuthFailed, match="after a new login too"):
        org.connector().check()
    assert org.logins == 2


def test_four_threads_that_see_one_expiry_make_one_login(org: Any) -> None:
    org.logs_in("first-token", "second-token", "third-token")
    together = threading.Barrier(4)

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if request.headers["Authorization"] == "Bearer first-token":
            together.wait(timeout=20)
            return 401, {}, json.dumps(EXPIRED)
        return 200, {}, json.dumps(ORGANIZATION)

    org.stub.add_callback("GET", f"{DATA}/query/", answer, content_type="application/json")
    connector = org.connector()
    with ThreadPoolExecutor(4) as threads:
        accounts = list(threads.map(lambda _: connector.check(), range(4)))
    assert {each.id for each in accounts} == {"00D000000000001EAA"}
    assert org.logins == 2
    assert len(org.sent("/query/")) == 8


def test_an_org_that_moved_gets_the_repeated_call_at_its_new_address(org: Any) -> None:
    org.logs_in("first-token")
    org.stub.get(f"{DATA}/query/", json=EXPIRED, status=401)
    moved = "https://moved.my.salesforce.example"
    org.logs_in("second-token", instance_url=moved)
    org.stub.get(f"{moved}/services/data/v66.0/query/", json=ORGANIZATION)
    assert org.connector().check().id == "00D000000000001EAA"


def test_no_error_shows_a_secret_that_the_other_side_echoes(org: Any) -> None:
    pair = base64.b64encode(f"client:{SECRET}".encode()).decode()
    org.stub.post(TOKEN, status=400, json={"error": "invalid", "error_description": f"{'x' * 170} {SECRET} in {pair}"})
    with pytest.raises(ConnectorError) as caught:
        org.connector().check()
    assert "canary" not in str(caught.value)
    assert pair[:8] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_neither_the_connector_nor_its_parts_show_a_secret(org: Any) -> None:
    org.logs_in("canary-token")
    connector = org.connector()
    session = connector._api.login.session()
    shown = f"{connector!r} {connector._api.login._grant!r} {session!r}"
    assert "canary" not in shown


def test_the_long_form_of_an_id_says_which_letters_are_capitals() -> None:
    assert long_id("0012300000bVTq1") == "0012300000bVTq1AAG"
    assert long_id("0015500001QdQWa") == "0015500001QdQWaAAN"
    assert long_id("0015500001QdQWaAAN") == "0015500001QdQWaAAN"


def test_a_login_that_names_nobody_leaves_it_to_the_identity_service(org: Any) -> None:
    org.logs_in(id=None)
    org.stub.get(f"{DATA}/query/", json=[{"message": "x", "errorCode": "INVALID_TYPE"}], status=400)
    told = {"organization_id": "00D000000000001", "user_id": "005000000000001AAA"}
    org.stub.get(f"{INSTANCE}/services/oauth2/userinfo", json=told)
    account = org.connector().check()
    assert (account.id, account.user_id, account.time_zone) == ("00D000000000001EAA", "005000000000001AAA", None)
