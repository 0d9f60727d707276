"""What releases a store has, and where its channels stand."""

from collections.abc import Iterator

from voicekit import release
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import channels, stock
from voicekit.stores import Store


def apply(store: Store) -> Iterator[Outcome]:
    """A line for each release, the last one last; one that can't be read is named, and stops no other."""
    standing = list(channels.everyone(store))
    found = stock.releases(store)
    if not found:
        yield Outcome(store.name, Verdict.KEPT, "no-release", "there is none here")
    for name, stat in found.items():
        here = [channel.name for channel in standing if channel.release == name]
        try:
            manifest = stock.load(store, name)
        except VoicekitError as error:
            yield Outcome(name[: release.SHORT], Verdict.FAILED, "damaged", str(error))
            continue
        day = f"{stat.modified:%Y-%m-%d %H:%M} UTC"
        marks = f"; {', '.join(here)}" if here else ""
        detail = f"{day}  {counted(len(manifest.prompts), 'prompt')}, {release.total(manifest.blobs)}{marks}"
        data = {"release": name, "workspace": manifest.workspace, "channels": here, "at": stat.modified.isoformat()}
        yield Outcome(name[: release.SHORT], Verdict.KEPT, "release", detail, data=data)
