"""Asterisk's choice, row by row as it was measured, and the fewest files that serve."""

from itertools import chain, combinations

import pytest

from voicekit.errors import InputError
from voicekit.formats import TABLE, by_extension
from voicekit.formats.select import CODECS, LINEAR, chosen, smallest

COLUMNS = ["slin", "ulaw", "alaw", "gsm", "g722", "slin16", "slin48"]
# What was heard with Asterisk 22.10.1 (docs/formats.md): the extensions present, then the one played on each column.
MEASURED = """
wav,sln                 wav       wav       wav       wav       wav       wav       wav
wav,sln,ogg,mp3         wav       wav       wav       wav       wav       wav       wav
raw,slin,sln            sln       sln       sln       sln       sln       sln       sln
gsm,WAV                 WAV       WAV       WAV       WAV       WAV       WAV       WAV
ulaw,au                 ulaw      ulaw      ulaw      ulaw      ulaw      ulaw      ulaw
ulaw,ul,pcm,mu          pcm       pcm       pcm       pcm       pcm       pcm       pcm
alaw,al                 alaw      alaw      alaw      alaw      alaw      alaw      alaw
sln16,wav16             wav16     wav16     wav16     wav16     wav16     wav16     wav16
wav,gsm                 wav       wav       wav       gsm       wav       wav       wav
wav,ulaw                wav       ulaw      wav       wav       wav       wav       wav
wav,ulaw,alaw,gsm,g722  wav       ulaw      alaw      gsm       g722      wav       wav
gsm,g722                gsm       gsm       gsm       gsm       g722      g722      g722
gsm,ulaw                ulaw      ulaw      ulaw      gsm       ulaw      ulaw      ulaw
gsm,alaw                alaw      alaw      alaw      gsm       alaw      alaw      alaw
ulaw,alaw               alaw      ulaw      alaw      alaw      alaw      alaw      alaw
wav,g722                wav       wav       wav       wav       g722      wav       wav
wav,sln16               wav       wav       wav       wav       sln16     sln16     sln16
wav,wav16               wav       wav       wav       wav       wav16     wav16     wav16
sln16,g722              sln16     sln16     sln16     sln16     g722      sln16     sln16
sln16,ulaw              sln16     ulaw      ulaw      sln16     sln16     sln16     sln16
sln16,gsm               sln16     sln16     sln16     gsm       sln16     sln16     sln16
g722,ulaw               ulaw      ulaw      ulaw      ulaw      g722      g722      g722
sln48,sln16,wav         wav       wav       wav       wav       sln16     sln16     sln48
sln48,g722              sln48     sln48     sln48     sln48     g722      sln48     sln48
sln192,wav              wav       wav       wav       wav       wav       wav       wav
vox,gsm                 vox       vox       vox       gsm       vox       vox       vox
ilbc,gsm                gsm       gsm       gsm       gsm       gsm       gsm       gsm
g726-32,gsm             g726-32   g726-32   g726-32   gsm       g726-32   g726-32   g726-32
g726-32,ulaw            ulaw      ulaw      ulaw      ulaw      ulaw      ulaw      ulaw
spx,gsm                 spx       spx       spx       gsm       spx       spx       spx
sln16,alaw,gsm          sln16     alaw      alaw      gsm       sln16     sln16     sln16
wav,wav16,sln48,g722,ulaw,alaw,gsm,WAV,ilbc,g726-32,vox,ogg wav ulaw alaw WAV g722 wav16 sln48
"""
# The modules in the order in which that machine had loaded them: of two files of one codec the first is played.
LOADED = ["wav", "ogg", "sln", "mp3", "wav49", "gsm", "wav16", "sln16", "ulaw", "au"]
ROWS = [line.split() for line in MEASURED.strip().splitlines()]


def loaded(rows):
    return sorted(set(rows), key=lambda row: LOADED.index(row.name) if row.name in LOADED else len(LOADED))


def present(extensions):
    """The formats of those extensions, in their order of loading."""
    return loaded(by_extension(extension) for extension in extensions.split(","))


@pytest.mark.parametrize("measured", ROWS, ids=lambda measured: measured[0])
def test_asterisk_plays_what_was_measured(measured):
    extensions, *played = measured
    heard = [chosen(present(extensions), codec) for codec in COLUMNS]
    assert heard == [by_extension(extension) for extension in played]


@pytest.mark.parametrize(("extensions", "played"), [("wav,g722", "wav"), ("gsm,g722", "g722"), ("wav,sln16", "sln16")])
def test_opus_is_served_as_slin48(extensions, played):
    assert chosen(present(extensions), "opus") == TABLE[played]


# Microseconds, as `core show translation` of that Asterisk printed them.
COSTS = {
    "ulaw": {"alaw": 9150, "gsm": 15000, "slin": 9000, "slin16": 17000, "speex16": 23000, "g722": 17250},
    "slin": {"ulaw": 6000, "slin44": 8000, "speex16": 14000, "ilbc": 6000, "g722": 8250},
    "slin12": {"ulaw": 14500, "slin": 8500, "slin16": 8000, "speex32": 14000, "g722": 14000},
    "slin48": {"slin16": 8500, "slin96": 8000, "speex": 14500, "speex16": 14500, "g722": 14500},
    "speex16": {"ulaw": 23500, "slin": 17500, "slin16": 9000, "speex32": 23000, "g722": 15000},
    "g722": {"ulaw": 15600, "slin": 9600, "slin12": 17500, "slin16": 9000, "speex16": 15000, "slin192": 17000},
}


@pytest.mark.parametrize("source", COSTS)
def test_the_costs_are_those_of_core_show_translation(source):
    from voicekit.formats.select import _costs

    assert {target: _costs()[source, target][0] for target in COSTS[source]} == COSTS[source]


def test_what_no_translator_reaches_is_heard_on_its_own_channel_only():
    assert chosen([TABLE["g729"], TABLE["gsm"]], "g729") == TABLE["g729"]
    assert chosen([TABLE["g729"], TABLE["gsm"]], "ulaw") == TABLE["gsm"]
    assert chosen([TABLE["g729"]], "ulaw") is chosen([TABLE["gsm"]], "siren7") is chosen([], "ulaw") is None


@pytest.mark.parametrize(
    ("codecs", "names"),
    [
        ("ulaw", "ulaw"),
        ("ulaw alaw", "ulaw alaw"),
        ("g722 ulaw", "g722 ulaw"),
        ("slin", "sln"),
        ("slin16", "sln16"),
        ("opus", "sln48"),
        ("slin48 slin16 slin", "sln48"),
        ("ulaw alaw g722 opus", "ulaw alaw g722 sln48"),
        ("ulaw slin16 speex16", "ulaw sln16"),
        ("gsm ilbc", "gsm sln"),
        ("adpcm g726 g729", "vox g726-32 g729"),
        ("g726aal2 ulaw ulaw", "ulaw sln"),
        ("", ""),
    ],
)
def test_the_smallest_set(codecs, names):
    assert [row.name for row in smallest(codecs.split())] == names.split()


def best(row, codec):
    """A file of the channel's own codec, or, where that is linear or not written, one that is linear and as wide."""
    own = [one.name for one in TABLE.values() if one.codec == codec and one.writable]
    wide = row is not None and row.codec in LINEAR and row.rate >= CODECS[codec]
    return row is not None and (row.codec == codec or (wide and (codec in LINEAR or not own)))


def served(files, codecs):
    return all(best(chosen(files, codec), codec) for codec in codecs)


CHANNELS = ["slin", "slin16", "ulaw", "gsm", "g722", "opus", "speex16", "ilbc"]
CANDIDATES = [TABLE[name] for name in ("sln", "sln16", "sln48", "ulaw", "gsm", "g722", "vox")]


MIXES = list(chain.from_iterable(combinations(CHANNELS, count) for count in (1, 2, 3, 8)))


@pytest.mark.parametrize("codecs", MIXES, ids=" ".join)
def test_it_serves_and_no_smaller_set_does(codecs):
    files = smallest(codecs)
    assert len({row.codec for row in files}) == len(files)
    assert served(files, codecs)
    assert not any(served(fewer, codecs) for fewer in combinations(CANDIDATES, len(files) - 1))


def test_what_can_not_be_served_is_refused():
    with pytest.raises(InputError, match='unknown codec "ulow"; did you mean "ulaw"'):
        smallest(["alaw", "ulow"])
    with pytest.raises(InputError, match='unknown codec "g7222"; did you mean "g722"'):
        chosen([], "g7222")
    with pytest.raises(InputError, match="channel of codec siren14"):
        smallest(["ulaw", "siren14", "g719"])
