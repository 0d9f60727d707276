"""A program as the engine `command` runs it: hums for as long as the text is. `python hum.py TEXT OUT`."""

import sys
from pathlib import Path

import numpy as np
import soundfile

text = Path(sys.argv[1]).read_text(encoding="utf-8")
time = np.arange(len(text) * 800) / 16000  # 50 ms a character
soundfile.write(sys.argv[2], 0.3 * np.sin(2 * np.pi * 220 * time), 16000, format="WAV")
