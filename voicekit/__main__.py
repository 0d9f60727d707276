from voicekit.cli import run

run()
