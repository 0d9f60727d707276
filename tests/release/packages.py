"""Packages for a PBX, small ones, and shells to run them in."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from voicekit.manifest import File
from voicekit.release import blob_key, manifest, pack
from voicekit.release.manifest import Line, Speech
from voicekit.stores import Body

COMMANDS = (
    "cp",
    "ln",
    "mv",
    "rm",
    "cat",
    "mkdir",
    "rmdir",
    "chmod",
    "chown",
    "ls",
    "id",
    "sort",
    "uniq",
)

READING = ("sed", "grep", "sha256sum", "xargs", "find", "setpriv")  # several at a time: a count of them would be a race

# Counts the commands of a run; the one of number $KILL kills all of it, in the middle of its work.
_WRAPPER = """#!/bin/sh
read -r number < "$COUNT"
number=$((number + 1))
echo $number > "$COUNT"
if [ "$number" = "$KILL" ]; then
    case {name} in
        cp) for last; do from=${{into:-}} into=$last; done; [ ! -d "$into" ] || into=$into${{from##*/}}
            /usr/bin/head -c 3 "$from" > "$into" ;;
        mv) for last; do into=$last; done; [ ! -d "$into" ] || [ $# -lt 4 ] || {real} "$1" "$2" "$into" ;;
        cat) printf x ;;
    esac
    kill -KILL 0
    sleep 60
fi
exec {real} "$@"
"""


def release(store, sounds, workspace="Acme"):
    """A release of these sounds (`{"en/custom/one": b"..."}`, as u-law) in a store, and what goes to the PBX."""
    lines, files = [], {}
    for name, data in sounds.items():
        language, _, rest = name.partition("/")
        body = Body.of(data)
        store.put(blob_key(body.sha256), body)
        file = File(f"{name}.ulaw", body.size, body.sha256)
        files[file.path] = data
        lines.append(
            Line(language, rest, "Words.", Speech.HUMAN, 1.0, None, {"kind": "take"}, None, "a" * 64, {"ulaw": file})
        )
    return manifest.written(workspace, {}, lines), files


def unpacked(made, store, folder):
    """The package of a release, as `tar -xzf` leaves it."""
    folder.mkdir(parents=True)
    pack.write(made, store, folder / "p.tar.gz")
    subprocess.run(["tar", "--no-same-owner", "-C", folder, "-xzf", folder / "p.tar.gz"], check=True)
    return folder / pack.name_of(made)


@dataclass(frozen=True)
class Shell:
    """A shell with nothing but its own tools; `cut` kills a run at its nth command."""

    bin: Path
    shell: tuple[str, ...]

    def run(self, script, *arguments, cut=0, root="/nonexistent"):
        count = self.bin.parent / "count"
        count.write_text("0\n")
        done = subprocess.run(
            [*self.shell, str(script), *map(str, arguments)],
            env={"PATH": str(self.bin), "COUNT": str(count), "KILL": str(cut), "ASTERISK_ROOT": str(root)},
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        return done, int(count.read_text())


def shell(name, folder, others=()):
    """`dash` with coreutils, or `busybox` with its own commands; `others` are `(name, what it runs)`."""
    folder.mkdir()
    program = shutil.which(name)
    own = [(one, f"{program} {one}" if name == "busybox" else shutil.which(one)) for one in COMMANDS]
    own.append(("sync", shutil.which("true")))  # nobody cuts the power of this machine, and all its tests would wait
    for command, real in (*own, *others):
        path = folder / command
        path.write_text(_WRAPPER.format(name=command, real=real))
        path.chmod(0o755)
    for command in READING:
        own_one = name == "busybox" and command != "setpriv"
        real = f"{program} {command}" if own_one else shutil.which(command)
        (folder / command).write_text(f'#!/bin/sh\nexec {real} "$@"\n')
        (folder / command).chmod(0o755)
    (folder / "sh").write_text(f'#!/bin/sh\nexec {program}{" sh" if name == "busybox" else ""} "$@"\n')
    (folder / "sh").chmod(0o755)
    return Shell(folder, (program, "sh") if name == "busybox" else (program,))


def reachable(folder):
    """Lets other users come to a folder, as they can't to what pytest makes, and count commands beside it."""
    for one in (folder, *folder.parents):
        if Path(tempfile.gettempdir()) in one.parents:
            one.chmod(one.stat().st_mode | 0o011)
    (folder / "count").touch()
    (folder / "count").chmod(0o666)
    return folder


def give(folder, user, group):
    """All of a folder to another user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, group, follow_symlinks=False)


def tree(folder):
    """All files and folders with content, mode and owner, but for what apply.sh keeps for itself."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] != ".voicekit":
            status = os.lstat(path)
            found[name] = (status.st_mode, status.st_uid, status.st_gid, path.read_bytes() if path.is_file() else None)
    return found
