"""PostgreSQL on loopback with 20 connections, as a cluster of its own in a temporary folder."""

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

CONNECTIONS = 20
USER = "postgres"
"""Whom the server runs as where this runs as root, which PostgreSQL refuses to do."""
OWN = {
    "listen_addresses": "127.0.0.1",
    "max_connections": str(CONNECTIONS),
    "superuser_reserved_connections": "0",
    "fsync": "off",
    "autovacuum": "off",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "unix_socket_directories": "",
}


@contextmanager
def database_server() -> Iterator[str]:
    """Run the server meanwhile; yields its address, as `postgresql://postgres@127.0.0.1:PORT/postgres`.

    Raises FileNotFoundError where PostgreSQL is not installed (`apt-get install postgresql`).
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not programs:
        raise FileNotFoundError("there is no PostgreSQL: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="knee-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder, "data")
        data.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(data, USER)
        _run(programs[-1] / "initdb", "-D", data, "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync")
        port = _free_port()
        settings = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in OWN.items())
        _run(programs[-1] / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", f"-p {port} {settings}", "start")
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            _run(programs[-1] / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(*words: Path | str) -> None:
    as_user = pwd.getpwnam(USER).pw_uid if os.getuid() == 0 else None
    done = subprocess.run(
        list(map(str, words)), user=as_user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr.decode()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
