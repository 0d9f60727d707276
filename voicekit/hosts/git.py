"""What git knows of a workspace: is a Master safe in a commit, and can it be had back?"""

from pathlib import Path

from voicekit.hosts import local

LIMIT = 60  # seconds


def committed(folder: Path) -> set[str] | None:
    """Names of the files below `folder` in the last commit; None when git keeps no history of it here."""
    if not (folder.parent.is_dir() and local.find("git")):
        return None
    tree = f"HEAD:./{folder.name}"  # asked from above: the folder itself may be lost
    listed = local.run(["git", "ls-tree", "-r", "--name-only", "-z", tree], cwd=folder.parent, limit=LIMIT)
    if listed.code:
        return None
    return {name.decode("utf-8", "surrogateescape") for name in listed.out.split(b"\0") if name}


def content(path: Path) -> bytes | None:
    """The file as the last commit has it; None when it is in none."""
    folder = path.parent if path.parent.is_dir() else path.parent.parent
    if not local.find("git"):
        return None
    name = f"HEAD:./{path.relative_to(folder)}"
    shown = local.run(["git", "cat-file", "blob", name], cwd=folder, limit=LIMIT)
    return None if shown.code else shown.out
