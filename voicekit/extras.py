"""How to come by what an extra of pyproject.toml brings. voicekit is in no index: its own folder installs it."""

import sys
from pathlib import Path

# Which extra of pyproject.toml brings a module, for who has installed less than he asks for.
MODULES = {
    **dict.fromkeys(("cryptography", "phonenumbers", "psycopg", "pymysql", "sqlalchemy"), "archive"),
    **dict.fromkeys(("boto3", "botocore"), "s3"),
    **dict.fromkeys(
        ("audioop", "av", "espeakng_loader", "gtts", "num2words", "openpyxl", "pydub", "pymorphy3", "requests", "soxr"),
        "voice",
    ),
    "paramiko": "sftp",
}


def brings(extra: str) -> str:
    """The command, which leaves other extras as they are; pipx has its environment's pip to itself."""
    pip = "pipx runpip voicekit" if "pipx" in Path(sys.prefix).parts else "pip"
    return f"in voicekit's folder: {pip} install '.[{extra}]'"


def lacking(error: ModuleNotFoundError) -> str:
    """What is not installed, and how to come by it; "" where no extra brings that module."""
    module = (error.name or "").partition(".")[0]
    return f"{module} is not installed; {brings(MODULES[module])}" if module in MODULES else ""
