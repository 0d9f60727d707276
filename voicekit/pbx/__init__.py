"""What Asterisk does with sound files on disk: which it plays, how much of each, and what to do about the others."""
