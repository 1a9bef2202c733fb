"""A real PostgreSQL of our own: its files in a folder that is thrown away, on a free port of 127.0.0.1."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

USER = "linli"
# Sorting by a language's rules would show wherever the code leans on the order of bytes.
LOCALE = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]


class RunningPostgres:
    """It can be killed and started again. `postgres` will not run as root, so root lends it another uid."""

    def __init__(self, binary: str, port: int) -> None:
        self.port = port
        self._bin = Path(binary).resolve().parent
        self._folder = Path(tempfile.mkdtemp(prefix="linli-postgres-"))
        self._log = self._folder / "log"
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._run("initdb", "-D", str(self._folder / "data"), "-U", USER, "-A", "trust", "-N", *LOCALE)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True, connect_timeout=5
        )

    def new_database(self) -> str:
        """The URL of an empty database."""
        self._databases += 1
        name = f"linli_{self._databases}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Until it answers. A new one ends while a process of the one that was killed is still there."""
        self._launch()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.connect().close()
            except psycopg.OperationalError:  # recovering, after a kill
                time.sleep(0.05)
                if self._process is not None and self._process.poll() is not None:
                    self._launch()
            else:
                return
        raise AssertionError(f"postgres did not answer:\n{self._log.read_text()[-2000:]}")

    def _launch(self) -> None:
        command = [
            str(self._bin / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off",  # no test pulls the plug, and what a killed server wrote the kernel has
        ]  # fmt: skip
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as,  # type: ignore[call-overload]
            )

    def kill(self) -> None:
        """As a power cut would: `kill -9` of the server, which takes its processes with it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """For good."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # nobody needs its last checkpoint
            self._process.wait()
        subprocess.run(["rm", "-rf", str(self._folder)], check=False)  # a database has hundreds of files

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / name), *arguments],
            check=True, capture_output=True, cwd=self._folder, **self._as,  # type: ignore[call-overload]
        )  # fmt: skip
