"""A MariaDB server on a socket, with data of its own; nobody else's configuration is read."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from uuid import uuid4

MISSING = "no MariaDB here: apt-get install mariadb-server mariadb-client"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PROGRAMS = [shutil.which(name, path=_PATH) for name in ("mariadbd", "mariadb-install-db", "mariadb")]

_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--innodb-flush-method=nosync")

_TABLE = """\
CREATE TABLE recordings (
    id int NOT NULL auto_increment PRIMARY KEY, displayname varchar(50), filename blob, description varchar(254),
    fcode tinyint(1) DEFAULT 0, fcode_pass varchar(20), fcode_lang varchar(255)
) ENGINE={engine} CHARSET={charset}
"""


@dataclass(frozen=True)
class MariaDB:
    """`socket` is where it listens; its root has no password."""

    socket: Path

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        """Run them as root; the rows that they select, with `\\\\N` for NULL as the client has it."""
        argv = [PROGRAMS[2], "--no-defaults", f"--socket={self.socket}", "--user=root", "-N", "-B", "--raw"]
        argv += ["--default-character-set=utf8mb4", database]
        done = subprocess.run(argv, input=statements, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    @contextmanager
    def freepbx(self, password: str, *, charset="utf8mb4", engine="InnoDB") -> Iterator["FreePBX"]:
        """A database as FreePBX makes it, and a user of it; both are gone afterwards."""
        name = f"pbx{uuid4().hex[:12]}"
        self.sql(
            f"CREATE DATABASE {name}; CREATE USER {name}@localhost IDENTIFIED BY {_quoted(password)};"
            f"GRANT ALL ON {name}.* TO {name}@localhost;"
        )
        self.sql(_TABLE.format(engine=engine, charset=charset), name)
        try:
            yield FreePBX(self, name, password)
        finally:
            self.sql(f"DROP DATABASE {name}; DROP USER {name}@localhost")


@dataclass(frozen=True)
class FreePBX:
    """`name` is that of the database and of its user."""

    server: MariaDB
    name: str
    password: str

    def sql(self, statements: str) -> list[list[str]]:
        return self.server.sql(statements, self.name)

    def configure(self, root: Path, **settings: str) -> None:
        """Write /etc/freepbx.conf below `root`; `settings` are PHP expressions in place of those that it would have."""
        words = {"AMPDBUSER": self.name, "AMPDBPASS": self.password, "AMPDBHOST": "localhost", "AMPDBNAME": self.name}
        words |= {"AMPDBENGINE": "mysql", "AMPDBSOCK": str(self.server.socket)}
        lines = {key: double(word) for key, word in words.items()} | settings
        told = "".join(f'$amp_conf["{key}"] = {value};\n' for key, value in lines.items())
        (root / "etc").mkdir(parents=True, exist_ok=True)
        (root / "etc/freepbx.conf").write_text(f"<?php\n{told}\nrequire_once('/var/www/html/admin/bootstrap.php');\n?>")


def double(word: str) -> str:
    """A word as PHP has it in double quotes."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def single(word: str) -> str:
    """A word as PHP has it in single quotes."""
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextmanager
def mariadb(home: Path) -> Iterator[MariaDB]:
    """It lives in `home`, whose path must be short enough for a socket (some 100 bytes)."""
    server, install, _ = PROGRAMS
    common = ["--no-defaults", f"--datadir={home}/data", f"--user={getuser()}"]
    normal = "--auth-root-authentication-method=normal"
    subprocess.run([install, *common, normal, "--skip-test-db"], check=True, capture_output=True)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [server, *common, f"--socket={home}/socket", f"--pid-file={home}/pid", "--skip-networking", *_QUICK],
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        _await(home, process)
        yield MariaDB(home / "socket")
    finally:
        process.terminate()
        process.wait(60)


def _await(home: Path, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, (home / "log").read_text()
        if (home / "socket").exists():
            return
        time.sleep(0.05)
    raise AssertionError((home / "log").read_text())
