"""A real Asterisk with folders of its own. VOICEKIT_ASTERISK names the program, VOICEKIT_ASTERISK_MODULES the folder of
its modules, VOICEKIT_ASTERISK_DOCUMENTATION that of its documentation, where these are not found.
"""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

PROGRAM = os.environ.get("VOICEKIT_ASTERISK", "")
MISSING = "no Asterisk: build one (./configure && make install) and set VOICEKIT_ASTERISK=/usr/sbin/asterisk"
PRESENT = bool(shutil.which(PROGRAM))

_FOLDERS = {
    "astetcdir": "etc",
    "astvarlibdir": "var",
    "astdbdir": "db",
    "astkeydir": "keys",
    "astdatadir": "data",
    "astagidir": "agi",
    "astspooldir": "spool",
    "astrundir": "run",
    "astlogdir": "log",
}


@contextmanager
def asterisk(root, **files):
    """Gives `command(line)` of one that runs in folder `root`; `files` are its configuration by name, without .conf."""
    for folder in _FOLDERS.values():
        (root / folder).mkdir()
    (root / "data/documentation").symlink_to(_documentation())  # without it, Asterisk 22 does not start
    for name, text in {"logger": "[logfiles]\nmessages => notice,warning,error\n", **files}.items():
        (root / "etc" / f"{name}.conf").write_text(text)
    settings = root / "etc" / "asterisk.conf"
    settings.write_text(_settings(root))

    def command(line):
        run = subprocess.run([PROGRAM, "-C", settings, "-rx", line], capture_output=True, text=True, check=False)
        return run.stdout

    with subprocess.Popen(
        [PROGRAM, "-C", settings, "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while "fully booted" not in command("core waitfullybooted"):
                assert server.poll() is None, "Asterisk ended: see its messages"
                time.sleep(0.1)
            yield command
        finally:
            server.terminate()


def _settings(root):
    lines = [f"{name} => {root / folder}" for name, folder in _FOLDERS.items()]
    modules = os.environ.get("VOICEKIT_ASTERISK_MODULES") or _modules()
    return "\n".join(["[directories]", *lines, f"astmoddir => {modules}", "[options]", "minmemfree = 0", ""])


def _documentation():
    usual = ("/var/lib/asterisk/documentation", "/usr/share/asterisk/documentation")
    return os.environ.get("VOICEKIT_ASTERISK_DOCUMENTATION") or next(filter(os.path.isdir, usual), usual[0])


def _modules():
    """Where the program's own modules lie: beside it in lib, or in Debian's multiarch folder."""
    prefix = Path(shutil.which(PROGRAM)).resolve().parents[1]
    return [*prefix.glob("lib*/asterisk/modules"), *prefix.glob("lib/*/asterisk/modules")][0]
