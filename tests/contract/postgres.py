"""A real PostgreSQL for tests, from the machine's own binaries, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

FAST = ("-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=40")


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, None where this machine has none."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def server(bin_dir: Path) -> Iterator[str]:
    """The URL of a server of its own, which is gone afterwards. It sorts text by a language, not by bytes."""
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="syncd-pg-") as folder:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = Path(folder) / "data"

        def run(*command: str) -> None:
            who = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, **who)
            assert done.returncode == 0, done.stderr + done.stdout

        language = ("--locale-provider=icu", "--icu-locale=en") if _knows_icu(bin_dir) else ()
        run(
            str(bin_dir / "initdb"),
            "-D",
            str(data),
            "-U",
            "syncd",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            *language,
        )
        port = _free_port()
        options = " ".join([*FAST, "-p", str(port), "-c", "listen_addresses=", "-k", folder])
        run(str(bin_dir / "pg_ctl"), "-D", str(data), "-w", "-l", str(Path(folder) / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://syncd@/postgres?host={folder}&port={port}"
        finally:
            run(str(bin_dir / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


def own_schema(server_url: str) -> str:
    """The address of a store on a server that nobody else has: a schema of its own."""
    import psycopg

    address, schema = make_url(server_url), f"t_{os.urandom(6).hex()}"
    host, port = address.query["host"], address.query["port"]
    with psycopg.connect(host=host, port=port, user="syncd", dbname="postgres") as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return address.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _knows_icu(bin_dir: Path) -> bool:
    shown = subprocess.run([str(bin_dir / "initdb"), "--help"], capture_output=True, text=True, check=True)
    return "--icu-locale" in shown.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
