"""Call detail records: what a PBX wrote down of its calls, read from whichever place it keeps them in."""
