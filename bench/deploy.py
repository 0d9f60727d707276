"""`voicekit deploy apply` against rsync: 600 prompts in six formats to a folder behind ssh on this machine.

rsync alone proves nothing at the far side; so there is rsync followed by `sha256sum` of all there, too. Each round
begins with an empty folder. The floor is `tar | ssh tar`, which neither compares nor proves nor keeps anything.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.measure import VOICEKIT, Cost, heading, run, table
from bench.push import COUNT, FORMATS, workspace_of

ROUNDS = 5


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from servers import sshd

    if not (sshd.PROGRAM and shutil.which("rsync")):
        print("skipped: apt-get install openssh-server openssh-client rsync")
        return
    heading(f"deploy: {COUNT} prompts, {', '.join(FORMATS)}, over ssh to this machine")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "acme"
        workspace_of(root)
        run(VOICEKIT, "revoice", "-C", str(root))
        run(VOICEKIT, "release", "build", "-C", str(root))
        (Path(folder) / "ssh").mkdir()
        with sshd.sshd(Path(folder) / "ssh") as server:
            os.environ["PATH"] = server.path
            with (root / "voicekit.toml").open("a") as file:
                file.write(f'\n[targets.pbx]\nhost = "ssh://nas"\nsounds = "{folder}/pbx"\n')
            _measure(root, Path(folder))


def _measure(root: Path, folder: Path) -> None:
    built, other = root / "build" / "sounds", folder / "rsync"
    count = sum(1 for path in built.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    apply = [VOICEKIT, "deploy", "apply", "-C", str(root)]
    every = f"cd {other} && find . -type f -print0 | xargs -0 sha256sum"
    rounds: list[dict[str, Cost]] = []
    for _ in range(ROUNDS):
        for path in (other, folder / "pbx", folder / "tar"):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
        run("sync")
        one = {"tar \\| ssh tar": run("sh", "-c", f"tar -cf - -C {built} . | ssh nas tar -xf - -C {folder}/tar")}
        run("sync")
        one["rsync -a"] = run("rsync", "-a", f"{built}/", f"nas:{other}/")
        hashed = run("ssh", "nas", every)
        one["rsync -a, then sha256sum there"] = Cost(
            one["rsync -a"].wall + hashed.wall, one["rsync -a"].cpu + hashed.cpu, ""
        )
        run("sync")
        one["voicekit deploy apply"] = run(*apply)
        one["rsync -a, again"] = run("rsync", "-a", f"{built}/", f"nas:{other}/")
        one["voicekit deploy apply, again"] = run(*apply)
        rounds.append(one)
    wall = {name: median(one[name].wall for one in rounds) for name in rounds[0]}
    rows = [[name, f"{seconds:.1f}", f"{seconds / wall['rsync -a']:.2f}"] for name, seconds in wall.items()]
    table([f"{count} files, {size / 1e6:.0f} MB", "wall, s", "times rsync -a"], rows)
    proved = wall["voicekit deploy apply"] / wall["rsync -a, then sha256sum there"]
    print(f"\nvoicekit to rsync with sha256sum: {proved:.2f} (medians of {ROUNDS})")


if __name__ == "__main__":
    main()
