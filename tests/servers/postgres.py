"""A PostgreSQL server on a socket, with data of its own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

MISSING = "no PostgreSQL here: apt-get install postgresql"
_PATH = os.pathsep.join([*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))), os.environ.get("PATH", "")])
PROGRAMS = [shutil.which(name, path=_PATH) for name in ("initdb", "pg_ctl", "psql")]
PASSWORD = "s3cret of the database's"

_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Postgres:
    """`folder` is where it listens; `keeper` has no password there, `reader` has `PASSWORD`."""

    folder: Path

    def sql(self, statements: str) -> None:
        argv = [PROGRAMS[2], "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "keeper", "postgres"]
        done = subprocess.run(argv, input=statements, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def url(self, database: str) -> str:
        return f"postgresql://reader@/{database}?host={self.folder}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Root may not run it: then Debian's user for it does, in a folder that he can reach."""
    initdb, control, _ = PROGRAMS
    user = "postgres" if os.getuid() == 0 else getuser()
    with tempfile.TemporaryDirectory(prefix="vk-pg-") as home:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        Path(home).chmod(0o755)

        def run(*argv):
            subprocess.run(argv, check=True, capture_output=True, user=user, cwd=home)

        (data := Path(home) / "data").mkdir(0o700)
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        run(initdb, "-D", data, "-U", "keeper", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (data / "pg_hba.conf").write_text("local all keeper trust\nlocal all all scram-sha-256\n")
        run(control, "-D", data, "-l", f"{home}/log", "-o", f"-k {home} -h '' {_QUICK}", "-w", "start")
        try:
            server = Postgres(Path(home))
            server.sql(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'")
            yield server
        finally:
            run(control, "-D", data, "-m", "immediate", "-w", "stop")
