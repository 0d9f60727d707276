"""The recipe of a finish: what turns a Master into what is heard. No numpy here: plans are made from it."""

import hashlib
import json
from dataclasses import asdict, dataclass

REVISION = 2  # one more whenever the same fields would give another sound

_RANGES = {  # field: lowest, highest, unit
    "level": (-40.0, -6.0, "dBov"),
    "high_pass": (0.0, 300.0, "Hz"),
    "lead": (0.0, 5.0, "s"),
    "tail": (0.0, 5.0, "s"),
    "fade": (0.0, 0.1, "s"),
    "ceiling": (-12.0, 0.0, "dBov"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How a Master becomes what is heard. Raises ValueError when a field is out of its range.

    0 dBov is the RMS of full scale (ITU-T G.100.1): a full-scale sine is -3.01 dBov.
    """

    level: float = -20.0  # dBov, active speech level (ITU-T P.56)
    high_pass: float = 60.0  # Hz, where DC and rumble end (-3 dB); 0 leaves them in
    trim: bool = True  # cut what lies before and after the speech
    lead: float = 0.02  # s of silence before
    tail: float = 0.1  # s of silence after
    fade: float = 0.005  # s, at both ends of what was cut out
    ceiling: float = -1.0  # dBov, no sample's magnitude is above it

    def __post_init__(self) -> None:
        for name, (lowest, highest, unit) in _RANGES.items():
            value = getattr(self, name)
            if not lowest <= value <= highest:
                raise ValueError(f"{name} must be from {lowest:g} to {highest:g} {unit}, not {value:g}")
            object.__setattr__(self, name, float(value))  # -20 and -20.0 are one recipe

    def digest(self) -> str:
        """16 hex digits that change exactly when the fields or the algorithm do."""
        canonical = json.dumps(asdict(self) | {"revision": REVISION}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


PROMPT = Finish()
# Evidence, and people who are waiting to speak: nothing is cut off, nothing is filtered out, only the level is set.
CALL = Finish(high_pass=0.0, trim=False, lead=0.0, tail=0.0, fade=0.0)
# Music lies under what is said: quieter than speech, and it begins and ends where it does.
MUSIC = Finish(level=-24.0, high_pass=20.0, trim=False, lead=0.0, tail=0.0)
