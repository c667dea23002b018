"""Settings of the machine: where the CRMs, the store and the files are, and the secrets to reach them.

Names are `SYNCD_*`, parts joined by two underscores. Of a name given more than once the first of these wins: a systemd
credential (a file in `$CREDENTIALS_DIRECTORY` named like the variable in lower case), the file that `NAME_FILE` names,
the environment, `.env` in the working directory. Secrets are never in YAML and never printed.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from syncd.endings import Told
from syncd.given import Address, Listen, Token
from syncd.model.nouns import dataclass

PREFIX = "SYNCD_"
_FILE = "_FILE"
_ALERTS = "SYNCD_ALERTS__"
LONG_LINE = 16
"""From so many characters on, a line of a secret is one itself: a part of a key must not be shown either."""


class SettingsProblems(Told):
    """All that is wrong with the settings at once. `problems` are sentences that end in what to do; none shows a
    secret. The command line shows `message` and `next_step` and exits with `exit_code`.
    """

    code = "settings"
    next_step = (
        "Set it in the environment, in .env or as a systemd credential; docs/reference/settings.md has every name."
    )

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class HubSpotAccess:
    """All that reaching HubSpot takes."""

    base_url: str
    api_version: str
    access_token: SecretStr


@dataclass(frozen=True, slots=True)
class SalesforceAccess:
    """All that reaching Salesforce takes: `client_secret` (client credentials), or `username` and `private_key`, a PEM
    text (JWT bearer). The other flow's are None.
    """

    login_url: str
    api_version: str
    client_id: str
    client_secret: SecretStr | None = None
    username: str | None = None
    private_key: SecretStr | None = None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubSpotSettings(_Part):
    """HubSpot: the token (of a service key, a private app or OAuth), and where the API is."""

    access_token: Token | None = Field(None, description="Access token: a service key, a private app's or OAuth's.")
    base_url: Address = Field("https://api.hubapi.com", description="Where HubSpot's API is.")
    api_version: Literal["2026-09", "2026-03", "v3"] = Field("2026-09", description="Version of HubSpot's API.")
    webhook_url: Address | None = Field(None, description="Address that HubSpot's app calls for its webhooks.")
    webhook_secret: SecretStr | None = Field(None, description="Client secret of the app that sends the webhooks.")

    @property
    def webhooks(self) -> tuple[str, str] | None:
        """(secret, address) of the webhooks that are taken, None where none are. Raises SettingsProblems for a half."""
        if self.webhook_url is None and self.webhook_secret is None:
            return None
        if self.webhook_url is None:
            raise SettingsProblems((_missing("HUBSPOT__WEBHOOK_URL", "the address that HubSpot's app calls"),))
        if self.webhook_secret is None:
            raise SettingsProblems((_missing("HUBSPOT__WEBHOOK_SECRET", "the client secret of HubSpot's app"),))
        return self.webhook_secret.get_secret_value(), self.webhook_url

    def require(self) -> HubSpotAccess:
        """What reaching HubSpot takes. Raises SettingsProblems when the token is missing."""
        if self.access_token is None:
            raise SettingsProblems(
                (_missing("HUBSPOT__ACCESS_TOKEN", "HubSpot's access token, such as a service key"),)
            )
        return HubSpotAccess(self.base_url, self.api_version, self.access_token)


class SalesforceSettings(_Part):
    """Salesforce: the connected app and one of two ways to log in."""

    login_url: Address = Field("https://login.salesforce.com", description="Where to log in; audience of the JWT.")
    client_id: str | None = Field(None, description="Consumer key of the connected app.")
    client_secret: SecretStr | None = Field(None, description="Consumer secret, for the client credentials flow.")
    username: str | None = Field(None, description="User to act as, for the JWT bearer flow.")
    private_key: SecretStr | None = Field(None, description="Private key as PEM text; give it by its file.")
    api_version: str = Field("66.0", pattern=r"^\d{2,3}\.0$", description="Version of Salesforce's API, as 66.0.")

    def require(self) -> SalesforceAccess:
        """What reaching Salesforce takes, of exactly one flow. Raises SettingsProblems for none, both or a part."""
        problems = tuple(self._problems())
        if problems or self.client_id is None:
            raise SettingsProblems(problems)
        return SalesforceAccess(
            self.login_url, self.api_version, self.client_id, self.client_secret, self.username, self.private_key
        )

    def _problems(self) -> Iterator[str]:
        if self.client_id is None:
            yield _missing("SALESFORCE__CLIENT_ID", "the consumer key of Salesforce's connected app")
        jwt = self.username is not None or self.private_key is not None
        if self.client_secret is not None and jwt:
            yield (
                "Two ways to log in to Salesforce are set: SYNCD_SALESFORCE__CLIENT_SECRET, and"
                " SYNCD_SALESFORCE__USERNAME or SYNCD_SALESFORCE__PRIVATE_KEY_FILE. Take one of them out."
            )
        elif self.client_secret is None and not jwt:
            yield (
                "No way to log in to Salesforce is set. Set SYNCD_SALESFORCE__CLIENT_SECRET, or both"
                " SYNCD_SALESFORCE__USERNAME and SYNCD_SALESFORCE__PRIVATE_KEY_FILE."
            )
        elif jwt and self.username is None:
            yield _missing("SALESFORCE__USERNAME", "the Salesforce user that the private key logs in as")
        elif jwt and self.private_key is None:
            yield _missing("SALESFORCE__PRIVATE_KEY_FILE", "the file of the private key that logs the user in")
        if self.private_key is not None and "PRIVATE KEY-----" not in self.private_key.get_secret_value():
            yield "SYNCD_SALESFORCE__PRIVATE_KEY_FILE holds no private key. Name the PEM file with BEGIN PRIVATE KEY."


class WebSettings(_Part):
    """The page: where it is served, the token that opens it, and the names under which it is reached."""

    listen: Listen = Field("127.0.0.1:8350", description="Where the page is served.")
    token: SecretStr | None = Field(None, min_length=16, description="What people type to log in to the page.")
    hosts: str = Field("", description="Names under which the page is reached beside its own address, with commas.")

    @property
    def host(self) -> str:
        """The host to listen on, without brackets."""
        return urlsplit(f"//{self.listen}").hostname or ""

    @property
    def port(self) -> int:
        """The port to listen on; 0 lets the system choose."""
        return urlsplit(f"//{self.listen}").port or 0

    @property
    def names(self) -> frozenset[str]:
        """The names of `hosts`, in lower case."""
        return frozenset(name for each in self.hosts.split(",") if (name := each.strip().casefold()))

    def require(self) -> SecretStr | None:
        """The token that opens the page, None where nobody but this machine can reach it and no login is asked.

        Raises SettingsProblems where others can reach it and there is no token.
        """
        from connectors.http import is_loopback  # noqa: PLC0415 - only then worth loading requests

        if self.token is None and (self.names or not is_loopback(self.host)):
            what = "the page can be reached from other machines, so people have to log in; write 16 characters or more"
            raise SettingsProblems((_missing("WEB__TOKEN", what),))
        return self.token


class LedgerSettings(_Part):
    """The ledger: what its checkpoints are signed with."""

    signing_key: SecretStr | None = Field(None, description="Ed25519 private key in PEM; give it by its file.")


class Settings(BaseSettings):
    """The settings in force. Made by `load_settings`; secrets show as stars wherever it is printed."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    config_dir: Path = Field(description="Folder of the files that RevOps edits; ./config unless set.")
    store_url: SecretStr = Field(description="Where the store is; $STATE_DIRECTORY/syncd.db, else ./syncd.db.")
    debug: bool = Field(default=False, description="Show the traceback of a bug.")
    hubspot: HubSpotSettings = Field(default_factory=HubSpotSettings)
    salesforce: SalesforceSettings = Field(default_factory=SalesforceSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    alerts: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Addresses of alerts, or their secret parts, for ${name} in syncd.yaml."
    )
    ledger: LedgerSettings = Field(default_factory=LedgerSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` gathered: the process's own environment is not read behind its back."""
        return (init_settings,)

    def alert_secrets(self) -> dict[str, str]:
        """What `${name}` stands for in the addresses of alerts, by name in small letters."""
        return {name.casefold(): secret.get_secret_value() for name, secret in self.alerts.items()}

    @property
    def signing_key(self) -> str | None:
        """The PEM text of the ledger's key, None where the machine has none."""
        key = self.ledger.signing_key
        return None if key is None else key.get_secret_value()

    def secrets(self) -> tuple[str, ...]:
        """Every secret text in force, and every long line of one, for a filter that keeps them out of logs."""
        near, far = self.hubspot, self.salesforce
        given = (near.access_token, near.webhook_secret, far.client_secret, far.private_key)
        own = (self.web.token, self.ledger.signing_key, *self.alerts.values())
        password = urlsplit(self.store_url.get_secret_value()).password
        whole = [secret.get_secret_value() for secret in (*given, *own) if secret]
        lines = [line for text in whole if "\n" in text for line in text.splitlines() if len(line) >= LONG_LINE]
        secret_lines = [line for line in lines if "-----" not in line]
        passwords = (password, unquote(password)) if password else ()
        return tuple(dict.fromkeys((*whole, *secret_lines, *passwords)))


def known_names() -> tuple[str, ...]:
    """The names of all settings, sorted."""
    return tuple(sorted(_NAMES))


def load_settings(environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Settings:
    """The settings out of an environment (default: this process's) and a working directory (default: this one's).

    Raises SettingsProblems with everything that is wrong: unknown `SYNCD_*` names, unreadable or open files, values.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    problems: list[str] = []
    texts: dict[str, str] = {}
    for source in (_dotenv(cwd), _environment(environ), _files(environ, cwd), _credentials(environ)):
        for name, text in source:
            if not _is_known(name.removesuffix(_FILE)) and not _is_known(name):
                problems.append(_unknown(name))
            elif isinstance(text, _Unreadable):
                problems.append(f"{name} {text.why}")
            elif text:
                texts[name] = text
    settings = None
    try:
        settings = _settings(texts, environ, cwd)
    except ValidationError as error:
        problems.extend(_sentences(error))
    if problems or settings is None:
        raise SettingsProblems(tuple(dict.fromkeys(problems)))
    return settings


@dataclass(frozen=True, slots=True)
class _Unreadable:
    why: str


_Named = Iterator[tuple[str, "str | _Unreadable"]]
"""Names in capitals with their texts; a later source overrides an earlier one."""


def _dotenv(cwd: Path) -> _Named:
    from dotenv import dotenv_values  # noqa: PLC0415 - most machines have no .env

    path = cwd / ".env"
    if not path.is_file():
        return
    values = {name: text or "" for name, text in dotenv_values(path, interpolate=False).items()}
    yield from _environment(values)
    yield from _files(values, cwd)


def _environment(environ: Mapping[str, str]) -> _Named:
    for name, text in environ.items():
        upper = name.upper()
        if upper.startswith(PREFIX) and not (upper.endswith(_FILE) and _is_known(upper.removesuffix(_FILE))):
            yield upper, text.strip()


def _files(environ: Mapping[str, str], cwd: Path) -> _Named:
    for name, text in environ.items():
        upper = name.upper()
        if _is_known(upper.removesuffix(_FILE)) and upper.endswith(_FILE) and text.strip():
            content = _content(cwd / Path(text.strip()).expanduser(), guarded=False)
            yield (upper if isinstance(content, _Unreadable) else upper.removesuffix(_FILE)), content


def _credentials(environ: Mapping[str, str]) -> _Named:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not Path(folder).is_dir():
        return
    for path in sorted(Path(folder).iterdir()):
        name = path.name.upper()
        if name.startswith(PREFIX) and path.is_file():
            # a credential is a file already: syncd_salesforce__private_key_file holds the key, not another path
            yield (
                (name.removesuffix(_FILE) if _is_known(name.removesuffix(_FILE)) else name),
                _content(path, guarded=True),
            )


def _content(path: Path, *, guarded: bool) -> str | _Unreadable:
    """The text of a file. One that everybody may read is refused, unless its folder is `guarded` (systemd's)."""
    try:
        if not guarded and path.stat().st_mode & 0o004:
            return _Unreadable(f"names {path}, which every user of this machine may read. Run: chmod 600 {path}")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        return _Unreadable(f"names {path}, which cannot be read: {why}. Name a file that this user may read.")


def _settings(texts: Mapping[str, str], environ: Mapping[str, str], cwd: Path) -> Settings:
    source = EnvSettingsSource(Settings, env_prefix=PREFIX, env_nested_delimiter="__")
    source.env_vars = {name.lower(): text for name, text in texts.items()}
    values: dict[str, Any] = source()
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    values.setdefault("store_url", f"sqlite:///{Path(state) if state else cwd}/syncd.db")
    values["config_dir"] = cwd / Path(values.get("config_dir", "config")).expanduser()
    return Settings(**values)


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        name = PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
        message = problem["msg"].removeprefix("Value error, ")
        yield f"{name} {message[:1].lower()}{message[1:]}."


def _missing(name: str, what: str) -> str:
    return f"{PREFIX}{name} is not set: {what}."


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, known_names(), n=1, cutoff=0.0)
    return f"{name} is not a setting of syncd. Did you mean {nearest[0]}?"


def _is_known(name: str) -> bool:
    """Whether this is a setting: one of ours, or a secret of alerts, whose name is the operator's choice."""
    return name in _NAMES or (name.startswith(_ALERTS) and len(name) > len(_ALERTS))


def _names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    for name, field in model.model_fields.items():
        part = field.annotation
        if name == "alerts":
            yield f"{_ALERTS}NAME"
            continue
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield from _names(part, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper()


_NAMES = frozenset(_names(Settings))
