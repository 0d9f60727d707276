"""This machine or one at the end of ssh: the same few things can be done on both, by scripts of ours in a POSIX shell.

What the far side needs is in docs/deploy.md; it need not have Python.
"""

import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread, Timer
from typing import IO, NoReturn, Protocol

from voicekit.errors import InputError, StoreError, plain
from voicekit.hosts import local
from voicekit.hosts.local import Finished
from voicekit.hosts.ssh import OPTIONS, Host, RefusedError, refused

LIMIT = 600.0  # seconds for one script, with all that it is fed
LONG = 6 * 3600.0  # seconds for one whose answer is read as it comes
MOST = 64 << 20  # bytes of what a script may say
_MOST_ERRORS = 1 << 20  # bytes of what it may complain
_TAIL = 1 << 16  # bytes of that which are read
_PATIENCE = 10.0  # seconds for one that was asked to end
_LAST = 1.0  # seconds for one that said its last to end
_GLANCE = 0.05  # seconds from one look at how much was said to the next
_BROKEN = 255  # ssh's own exit code

Feed = Callable[[IO[bytes]], None]


class UnreachableError(StoreError):
    """The connection can't be made, or broke off: what was under way there may have been done, or not."""


class Machine(Protocol):
    """Where scripts run. `name` is for messages; `local`: its files are files here, for who runs this."""

    name: str
    local: bool

    def sh(self, script: str, *arguments: str, feed: Feed | bytes = b"", limit: float = LIMIT) -> Finished:
        """Run a script; `feed` is its standard input, or writes it. An exit code other than 0 is the caller's to read.

        Raises `UnreachableError` and `RefusedError` for what lies between here and there, `StoreError` for a script
        that does not end in time, or says more than can be meant.
        """
        ...

    def reading(
        self, script: str, *arguments: str, feed: bytes = b"", limit: float = LONG
    ) -> AbstractContextManager[IO[bytes]]:
        """What a script says, to be read while it says it; raises as `sh`, when all of it was read.

        A script that fails is a `StoreError` too, with the last line of its complaint; so is one that had more to say.
        """
        ...


class Shell:
    """The words to start a shell with, here or there; with `sudo`, as root, who must need no password for it."""

    def __init__(self, name: str, argv: list[str], *, sudo: bool, remote: bool) -> None:
        self.name, self._argv, self._remote = name, argv, remote
        self.local = not (remote or sudo)
        self._shell = ["sudo", "-n", "--", "sh", "-c"] if sudo else ["sh", "-c"]

    def sh(self, script: str, *arguments: str, feed: Feed | bytes = b"", limit: float = LIMIT) -> Finished:
        done = _run(self.name, self._words(script, arguments), feed, limit)
        self._check(done.code, done.err)
        return done

    @contextmanager
    def reading(self, script: str, *arguments: str, feed: bytes = b"", limit: float = LONG) -> Iterator[IO[bytes]]:
        with tempfile.TemporaryFile() as err:
            process = _started(self._words(script, arguments), subprocess.PIPE, err)
            assert process.stdout is not None
            feeder = Thread(target=_feed, args=(process, feed, []), daemon=True)
            watch = Timer(limit, _end, (process,))
            ended = Event()
            weigh = Thread(target=_weigh, args=(process, err.fileno(), ended), daemon=True)
            try:
                feeder.start()
                watch.start()
                weigh.start()
                yield process.stdout
                process.stdout.close()
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                raise StoreError(f"{self.name}: does not end") from None
            except StoreError:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LAST)
                if complaint := process.poll() and _tail(err):  # why it said no more counts more than that it did not
                    self._failed(process.returncode, complaint)
                raise
            finally:
                watch.cancel()
                if process.poll() is None:
                    _end(process)
                process.stdout.close()
                feeder.join(_PATIENCE)
                ended.set()
                weigh.join()
            complaint = _tail(err)
        if process.returncode:
            self._failed(process.returncode, complaint)

    def _failed(self, code: int, complaint: str) -> NoReturn:
        self._check(code, complaint)
        last = complaint.splitlines()[-1] if complaint else "it ended without a word"
        raise StoreError(f"{self.name}: {plain(last)[:500]}")

    def _words(self, script: str, arguments: tuple[str, ...]) -> list[str]:
        words = [*self._shell, script, "sh", *arguments]
        return [*self._argv, shlex.join(words)] if self._remote else words

    def _check(self, code: int, complaint: str) -> None:
        """Refuse what was not the script's own end."""
        if self._remote and code == _BROKEN:
            raise _unreachable(self.name, complaint)
        if code and (said := [line for line in complaint.splitlines() if line.startswith("sudo:")]):
            raise RefusedError(f"{self.name}: {plain(said[0][:300])}; let this user run sh without a password")


def here(*, sudo: bool = False) -> Machine:
    """This machine."""
    return Shell("this machine", [], sudo=sudo, remote=False)


@contextmanager
def there(host: Host, *, sudo: bool = False) -> Iterator[Machine]:
    """Another machine. All scripts share one connection, which ends with the context."""
    ssh = local.find("ssh")
    if ssh is None:
        raise InputError("ssh is not installed; apt-get install openssh-client")
    with tempfile.TemporaryDirectory(prefix="vk-") as folder:  # of this user alone; a socket's path must be short
        shared = (f"-oControlPath={folder}/s", "-oControlMaster=auto", "-oControlPersist=60")
        argv = [ssh, "-T", *OPTIONS, *shared, *host.arguments]
        try:
            yield Shell(host.name, argv, sudo=sudo, remote=True)
        finally:
            if (Path(folder) / "s").exists():
                with suppress(InputError):  # it ends by itself within a minute
                    local.run([ssh, *shared, "-Oexit", *host.arguments], limit=10)


def _run(name: str, argv: list[str], feed: Feed | bytes, limit: float) -> Finished:
    """Output goes to files: two pipes and a feed would need a thread each, and neither may fill memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _started(argv, out, err)
        wrong: list[BaseException] = []
        feeder = Thread(target=_feed, args=(process, feed, wrong), daemon=True)
        try:
            feeder.start()
            _ended(name, process, {out: MOST, err: _MOST_ERRORS}, limit)
        finally:
            if process.poll() is None:  # given up, or interrupted
                _end(process)
            feeder.join(10)
        if wrong:  # a file of ours, not the pipe
            raise wrong[0]
        out.seek(0)
        return Finished(process.returncode, out.read(MOST), _tail(err))


def _started(argv: list[str], out: IO[bytes] | int, err: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  argv is ours; a script's arguments are its own, quoted
            argv, stdin=subprocess.PIPE, stdout=out, stderr=err, env=local.environment(), start_new_session=True
        )
    except FileNotFoundError as error:
        raise InputError(f"{argv[0]}: not installed") from error


def _ended(name: str, process: "subprocess.Popen[bytes]", bounds: Mapping[IO[bytes], int], limit: float) -> None:
    """Wait for its end. Files that it writes are weighed meanwhile: one who never stops talking fills no disk here."""
    last = time.monotonic() + limit
    running = True
    while running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GLANCE)
            running = False
        for file, most in bounds.items():
            if os.fstat(file.fileno()).st_size > most:
                raise StoreError(f"{name}: answers with more than {most >> 20} MiB; that can't be right")
        if running and time.monotonic() > last:
            raise StoreError(f"{name}: no answer in {limit:g} s; is it very slow, or its disk?")


def _weigh(process: "subprocess.Popen[bytes]", err: int, ended: Event) -> None:
    """One whose complaints have no end is ended: they would fill a disk here."""
    while not ended.wait(_GLANCE):
        if os.fstat(err).st_size > _MOST_ERRORS:
            _end(process)
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it started: a child that lives on would go on writing."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(OSError):  # gone, or another user's behind sudo
            os.killpg(process.pid, number)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        return


def _feed(process: "subprocess.Popen[bytes]", feed: Feed | bytes, wrong: list[BaseException]) -> None:
    pipe = process.stdin
    assert pipe is not None
    try:
        if isinstance(feed, bytes):
            pipe.write(feed)
        else:
            feed(pipe)
    except BrokenPipeError:
        pass  # it ended without reading all; its exit code says why
    except BaseException as error:  # noqa: BLE001  raised by the thread that waits
        wrong.append(error)
        process.kill()  # what was fed by half must not look like all
    finally:
        with suppress(OSError):
            pipe.close()


def _tail(err: IO[bytes]) -> str:
    size = err.seek(0, 2)
    err.seek(max(size - _TAIL, 0))
    return err.read().decode("utf-8", "replace").strip()


def _unreachable(name: str, said: str) -> StoreError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = plain(lines[-1][:300]) if lines else "the connection broke off"
    if refused(lines):
        return RefusedError(f"ssh {name}: {last}; try it by hand, without a password or a question")
    return UnreachableError(f"ssh {name}: {last}")
