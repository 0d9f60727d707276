"""voicekit: one voice for an Asterisk PBX."""

__version__ = "0.1.0"
