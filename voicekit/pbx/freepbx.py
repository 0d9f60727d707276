"""FreePBX's databases, through the client that lies on the PBX: what opens them never leaves it."""

from importlib.resources import files

OWN = "AMP"  # its own database, as its settings call it
RECORDS = "CDR"  # that of call detail records


def client() -> str:
    """The script that runs the SQL of its standard input in `OWN` or `RECORDS`, and says what that selects."""
    return (files(__package__) / "freepbx.sh").read_text()
