"""What every test may rely on: nothing leaves this machine, no setting of the developer's counts, and in CI (SYNCD_CI)
a test that needs PostgreSQL, systemd, Spark or Chromium fails instead of being skipped.
"""

from __future__ import annotations

import importlib.metadata
import ipaddress
import os
import re
import sys

import hypothesis
import pytest

MUST_RUN = re.compile("postgres|systemd|chromium|playwright|spark", re.IGNORECASE)
IN_CI = bool(os.environ.get("SYNCD_CI"))
LIBRARIES = ("hubspot-api-client", "simple-salesforce", "requests", "urllib3", "SQLAlchemy", "pydantic", "click")

for _name in list(os.environ):
    if _name.startswith("SYNCD_") or _name.lower().endswith("_proxy") or _name.endswith("_DIRECTORY"):
        del os.environ[_name]

# How long an example takes says more about the machine's other work than about the code.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")


class NetworkBlockedError(RuntimeError):
    """A test tried to reach another machine. No OSError, so that no retry and no handler takes it for an outage."""


def _stays_here(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return name in {"", "localhost"} or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _block_network(event: str, args: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    else:
        return
    if not _stays_here(host):
        raise NetworkBlockedError(f"a test reaches out to {host!r}; only this machine is allowed")


sys.addaudithook(_block_network)


def pytest_report_header() -> str:
    """The versions that a failure may depend on."""
    return "libraries: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI a skip for want of a service is a failure."""
    return _fail_instead_of_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a whole module that skips."""
    return _fail_instead_of_skip((yield))


def _fail_instead_of_skip(report):
    if IN_CI and report.skipped and isinstance(report.longrepr, tuple) and MUST_RUN.search(report.longrepr[2]):
        report.outcome = "failed"
        report.longrepr = f"{report.longrepr[2]} (skipped; in CI this must run)"
    return report
