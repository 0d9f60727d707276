"""What sound files begin with. Asterisk never looks; people give files the wrong names."""

_MAGICS = (
    (b"RIFF", "RIFF (WAV)"),
    (b"RIFX", "RIFX (WAV, big-endian)"),
    (b"RF64", "RF64 (WAV of more than 4 GiB)"),
    (b"ID3", "an ID3 tag (MP3, most often)"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b".snd", "Sun audio (AU)"),
    (b"FORM", "AIFF"),
    (b"caff", "CAF"),
    (b"#!AMR", "AMR"),
    (b"#!iLBC", "a line that says iLBC"),
)


def magic(head: bytes) -> str:
    """What the first bytes of a file say that it is, where that is too long to be chance in a headerless one; or ""."""
    return next((name for start, name in _MAGICS if head.startswith(start)), "")
