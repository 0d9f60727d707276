"""What somebody changed on a target, brought here to be adopted."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from voicekit import deploy, fs
from voicekit.deploy import each, tell
from voicekit.deploy.look import Seen, look, told
from voicekit.deploy.plan import drift
from voicekit.errors import InputError, StoreError
from voicekit.formats import by_extension
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Body
from voicekit.targets import Target
from voicekit.wordlists.ids import check_id, check_language


def apply(target: Target, folder: Path, workspace: str) -> Iterator[Outcome]:
    """Write what is other there than it was left, into `folder` by its path: `ru/custom/main-menu.ulaw`.

    A target of any other workspace than the one of that name is refused.
    """

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen = look(machine, target.sounds, (), thorough=True)
        if stranger := tell.stranger(target, workspace, seen):
            yield stranger
            return
        if not seen.identity:
            detail = "no release was applied there: nothing can differ from it"
            yield Outcome(target.name, Verdict.KEPT, "never-applied", detail, data={"target": target.name})
            return
        wanted = [path for path, what in drift(seen).items() if what == "changed" and _sound(path)]
        for path, data in _brought(machine, seen, wanted):
            fs.write(folder / path, data, durable=False)
            subject = f"{target.name}: {path}"
            yield Outcome(subject, Verdict.DONE, "fetched", counted(len(data), "byte"), data={"target": target.name})
        if not wanted:
            yield Outcome(
                target.name, Verdict.KEPT, "as-left", "nothing was changed there", data={"target": target.name}
            )

    return each(one, [target])


def _sound(path: str) -> bool:
    """Whether it can be a prompt of ours, and its path a path here."""
    language, _, rest = path.partition("/")
    id_, _, extension = rest.rpartition(".")
    return not (check_language(language) or check_id(id_)) and by_extension(extension) is not None


def _brought(machine: Machine, seen: Seen, wanted: list[str]) -> Iterator[tuple[str, bytes]]:
    """Each file, whose bytes must be those that were seen."""
    if not wanted:
        return
    done = machine.sh(deploy.script("fetch.sh"), seen.sounds, feed="".join(f"{path}\n" for path in wanted).encode())
    if done.code:
        raise StoreError(f"{machine.name}: {told(done.err)}")
    left = set(wanted)
    try:
        with tarfile.open(fileobj=io.BytesIO(done.out), mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if _plain(entry, len(done.out)) and entry.name in left else None
                data = file.read() if file else b""
                if file and Body.of(data).sha256 == seen.hashes[entry.name]:
                    left.discard(entry.name)
                    yield entry.name, data
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        raise StoreError(f"{machine.name}: sends no archive ({error})") from None
    if left:
        raise InputError(f"{machine.name}: {min(left)} changed while it was fetched; run it again")


def _plain(entry: tarfile.TarInfo, most: int) -> bool:
    """Whether it is a file that can be in an archive of `most` bytes: a sparse one says any size."""
    return entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not entry.issparse() and entry.size <= most
