"""The settings of the machine: where a value comes from, and what is said about every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import Settings, SettingsProblems, load_settings

CANARY = "canary-pat-7c1f"
PEM = "-----BEGIN PRIVATE KEY-----\ninvented\n-----END PRIVATE KEY-----"


def load(cwd: Path, **environ: str) -> Settings:
    return load_settings({f"SYNCD_{name}": text for name, text in environ.items()}, cwd)


def problems_of(cwd: Path, **environ: str) -> str:
    with pytest.raises(SettingsProblems) as caught:
        load(cwd, **environ)
    return "\n".join(caught.value.problems)


def secret_file(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text + "\n")
    path.chmod(mode)
    return str(path)


def token_of(settings: Settings) -> str:
    return settings.hubspot.require().access_token.get_secret_value()


def test_nothing_need_be_set(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.config_dir == tmp_path / "config"
    assert settings.store_url.get_secret_value() == f"sqlite:///{tmp_path}/syncd.db"
    assert (settings.hubspot.base_url, settings.hubspot.api_version) == ("https://api.hubapi.com", "2026-09")
    assert (settings.salesforce.login_url, settings.salesforce.api_version) == ("https://login.salesforce.com", "66.0")
    assert (settings.web.host, settings.web.port, settings.debug) == ("127.0.0.1", 8350, False)


def test_the_store_goes_to_the_folder_that_systemd_gives(tmp_path: Path) -> None:
    settings = load_settings({"STATE_DIRECTORY": "/var/lib/syncd:/var/lib/other"}, tmp_path)
    assert settings.store_url.get_secret_value() == "sqlite:////var/lib/syncd/syncd.db"


@pytest.mark.parametrize("winner", ["credential", "file", "environment", "dotenv"])
def test_of_four_places_the_first_one_wins(tmp_path: Path, winner: str) -> None:
    places = ["credential", "file", "environment", "dotenv"]
    given = places[places.index(winner) :]
    name = "SYNCD_HUBSPOT__ACCESS_TOKEN"
    environ: dict[str, str] = {}
    if "credential" in given:
        (tmp_path / "credentials").mkdir()
        secret_file(tmp_path / "credentials" / name.lower(), "credential", 0o444)
        environ["CREDENTIALS_DIRECTORY"] = str(tmp_path / "credentials")
    if "file" in given:
        environ[f"{name}_FILE"] = secret_file(tmp_path / "token", "file")
    if "environment" in given:
        environ[name] = "environment"
    (tmp_path / ".env").write_text(f"{name}=dotenv\n")
    assert token_of(load_settings(environ, tmp_path)) == winner


def test_other_keys_in_a_dotenv_file_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=x\nSYNCD_HUBSPOT__ACCESS_TOKEN='a$b'\n")
    assert token_of(load(tmp_path)) == "a$b"


def test_a_dotenv_file_may_name_the_file_of_a_secret_beside_it(tmp_path: Path) -> None:
    secret_file(tmp_path / "token", "beside")
    (tmp_path / ".env").write_text("SYNCD_HUBSPOT__ACCESS_TOKEN_FILE=token\n")
    assert token_of(load(tmp_path)) == "beside"


def test_an_empty_value_is_as_good_as_none(tmp_path: Path) -> None:
    assert load(tmp_path, HUBSPOT__BASE_URL="").hubspot.base_url == "https://api.hubapi.com"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("HUBSPOT_ACCESS_TOKEN", "SYNCD_HUBSPOT__ACCESS_TOKEN"),
        ("SALESFORCE__CLIENTID", "SYNCD_SALESFORCE__CLIENT_ID"),
        ("CONFIG", "SYNCD_CONFIG_DIR"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_one(tmp_path: Path, name: str, nearest: str) -> None:
    assert f"SYNCD_{name} is not a setting of syncd. Did you mean {nearest}?" in problems_of(tmp_path, **{name: "x"})


def test_an_unknown_name_is_told_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SYNCD_STORE=x\n")
    secret_file(tmp_path / "syncd_hubspot__token", "x")
    with pytest.raises(SettingsProblems) as caught:
        load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path)
    assert [problem.split()[0] for problem in caught.value.problems] == ["SYNCD_STORE", "SYNCD_HUBSPOT__TOKEN"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = problems_of(
        tmp_path,
        HUBSPOT__API_VERSION="v9",
        SALESFORCE__API_VERSION="66",
        WEB__LISTEN="8350",
        DEBUG="perhaps",
        WRONG="x",
    )
    assert len(told.splitlines()) == 5
    assert "SYNCD_HUBSPOT__API_VERSION input should be '2026-09', '2026-03' or 'v3'." in told
    assert "SYNCD_WEB__LISTEN must be HOST:PORT" in told


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.9.9.9"])
def test_plain_http_is_fine_on_this_machine(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, HUBSPOT__BASE_URL=f"http://{host}/").hubspot.base_url == f"http://{host}"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://api.example.com", "loopback addresses only"),
        ("http://127.0.0.1.example.com", "loopback addresses only"),
        ("ftp://127.0.0.1", "is not an address"),
        ("api.example.com", "is not an address"),
        ("https://me:canary@api.example.com", "must not carry a user or password"),
    ],
)
@pytest.mark.parametrize("name", ["HUBSPOT__BASE_URL", "SALESFORCE__LOGIN_URL"])
def test_an_address_that_would_show_secrets_is_refused(tmp_path: Path, name: str, address: str, why: str) -> None:
    told = problems_of(tmp_path, **{name: address})
    assert f"SYNCD_{name} {why}" in told or why in told
    assert "canary" not in told


def test_a_secret_file_that_everybody_may_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token", CANARY, 0o644)
    told = problems_of(tmp_path, HUBSPOT__ACCESS_TOKEN_FILE=path)
    assert f"SYNCD_HUBSPOT__ACCESS_TOKEN_FILE names {path}, which every user" in told
    assert f"chmod 600 {path}" in told


def test_a_private_key_file_that_everybody_may_read_is_refused_too(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "key.pem", PEM, 0o604)
    assert "every user" in problems_of(tmp_path, SALESFORCE__PRIVATE_KEY_FILE=path)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "binary").chmod(0o600)
    assert "No such file" in problems_of(tmp_path, HUBSPOT__ACCESS_TOKEN_FILE="nowhere")
    assert "it is not text" in problems_of(tmp_path, HUBSPOT__ACCESS_TOKEN_FILE="binary")


def test_a_credential_may_be_named_like_the_private_key_or_like_its_file(tmp_path: Path) -> None:
    for name in ("syncd_salesforce__private_key", "syncd_salesforce__private_key_file"):
        folder = tmp_path / name
        folder.mkdir()
        secret_file(folder / name, PEM)
        settings = load_settings({"CREDENTIALS_DIRECTORY": str(folder)}, tmp_path)
        assert settings.salesforce.private_key is not None
        assert settings.salesforce.private_key.get_secret_value() == PEM


def test_other_credentials_of_the_unit_are_none_of_ours(tmp_path: Path) -> None:
    secret_file(tmp_path / "tls.key", "x")
    load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path)


def test_no_secret_shows_in_any_text(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        HUBSPOT__ACCESS_TOKEN=CANARY,
        SALESFORCE__CLIENT_SECRET=CANARY,
        STORE_URL=f"postgresql+psycopg://u:{CANARY}@127.0.0.1/x",
    )
    assert CANARY not in f"{settings} {settings!r} {settings.model_dump_json()} {settings.hubspot.require()!r}"
    assert settings.secrets() == (CANARY,)
    assert CANARY not in problems_of(tmp_path, HUBSPOT__ACCESS_TOKEN=CANARY, WEB__LISTEN=CANARY, DEBUG=CANARY)


def test_hubspot_asks_for_its_token_only_when_it_is_needed(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblems, match="SYNCD_HUBSPOT__ACCESS_TOKEN is not set"):
        load(tmp_path).hubspot.require()


def test_salesforce_logs_in_with_a_secret(tmp_path: Path) -> None:
    access = load(tmp_path, SALESFORCE__CLIENT_ID="3MVG9", SALESFORCE__CLIENT_SECRET="s").salesforce.require()
    assert access.client_secret is not None
    assert (access.client_id, access.username, access.private_key) == ("3MVG9", None, None)


def test_salesforce_logs_in_as_a_user_with_a_private_key(tmp_path: Path) -> None:
    access = load(
        tmp_path,
        SALESFORCE__CLIENT_ID="3MVG9",
        SALESFORCE__USERNAME="syncd@example.com",
        SALESFORCE__PRIVATE_KEY_FILE=secret_file(tmp_path / "key.pem", PEM),
    ).salesforce.require()
    assert access.private_key is not None
    assert (access.username, access.client_secret) == ("syncd@example.com", None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "SYNCD_SALESFORCE__CLIENT_ID is not set"),
        ({"CLIENT_ID": "i"}, "No way to log in to Salesforce is set. Set SYNCD_SALESFORCE__CLIENT_SECRET, or both"),
        ({"CLIENT_ID": "i", "CLIENT_SECRET": "s", "USERNAME": "u"}, "Two ways to log in to Salesforce are set"),
        ({"CLIENT_ID": "i", "CLIENT_SECRET": "s", "PRIVATE_KEY": PEM}, "Two ways to log in to Salesforce are set"),
        ({"CLIENT_ID": "i", "USERNAME": "u"}, "SYNCD_SALESFORCE__PRIVATE_KEY_FILE is not set"),
        ({"CLIENT_ID": "i", "PRIVATE_KEY": PEM}, "SYNCD_SALESFORCE__USERNAME is not set"),
        ({"CLIENT_ID": "i", "USERNAME": "u", "PRIVATE_KEY": "ssh-rsa canary"}, "holds no private key"),
    ],
)
def test_salesforce_says_what_its_login_lacks(tmp_path: Path, given: dict[str, str], told: str) -> None:
    settings = load(tmp_path, **{f"SALESFORCE__{name}": text for name, text in given.items()})
    with pytest.raises(SettingsProblems, match=told) as caught:
        settings.salesforce.require()
    assert "canary" not in str(caught.value)
