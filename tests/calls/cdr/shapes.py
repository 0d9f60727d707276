"""Records as PBXs write them: a call to a menu and a queue, in several rows, by the columns of FreePBX."""

from datetime import UTC, datetime

from hypothesis import strategies as st

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

# FreePBX's table, and how Asterisk's own (alembic) differs for the same things.
FREEPBX = """\
CREATE TABLE cdr (
    calldate datetime NOT NULL, clid varchar(80) DEFAULT '', src varchar(80) DEFAULT '', dst varchar(80) DEFAULT '',
    dcontext varchar(80) DEFAULT '', channel varchar(80) DEFAULT '', dstchannel varchar(80) DEFAULT '',
    lastapp varchar(80) DEFAULT '', lastdata varchar(80) DEFAULT '', duration int DEFAULT 0, billsec int DEFAULT 0,
    disposition varchar(45) DEFAULT '', amaflags int DEFAULT 0, accountcode varchar(20) DEFAULT '',
    uniqueid varchar(32) DEFAULT '', userfield {text}, did varchar(50) DEFAULT '', recordingfile varchar(255),
    cnum varchar(80) DEFAULT '', cnam varchar(80) DEFAULT '', outbound_cnum varchar(80) DEFAULT '',
    outbound_cnam varchar(80) DEFAULT '', dst_cnam varchar(80) DEFAULT '', linkedid varchar(32) DEFAULT '',
    peeraccount varchar(80) DEFAULT '', sequence int DEFAULT 0
)
"""
ASTERISK = FREEPBX.replace("calldate datetime NOT NULL", 'start {date}, answer {date}, "end" {date}')

FILE = "q-600-79161234567-20261123-104102-pbx1-1795419659.132.wav"

# 10:40:59 in Moscow is 07:40:59 UTC: the moment that 1795419659 is.
MENU = {
    "calldate": "2026-11-23 10:40:59", "clid": '"Alice Test" <79161234567>', "src": "79161234567", "dst": "s",
    "dcontext": "app-menu", "channel": "PJSIP/trunk-00000042", "dstchannel": "", "lastapp": "BackGround",
    "lastdata": "custom/main-menu", "duration": 3, "billsec": 3, "disposition": "ANSWERED", "amaflags": 3,
    "uniqueid": "pbx1-1795419659.132", "linkedid": "pbx1-1795419659.132", "did": "74951234567", "recordingfile": "",
    "cnum": "79161234567", "cnam": "Alice Test", "sequence": 132,
}  # fmt: skip
RANG = MENU | {
    "calldate": "2026-11-23 10:41:02", "dst": "600", "dcontext": "ext-queues", "lastapp": "Queue",
    "lastdata": "600,t,,,,,,,,", "dstchannel": "Local/1001@from-queue-00000012;1", "duration": 15, "billsec": 0,
    "disposition": "NO ANSWER", "recordingfile": FILE, "did": "", "sequence": 134,
}  # fmt: skip
TAKEN = RANG | {
    "calldate": "2026-11-23 10:41:17", "dstchannel": "Local/1002@from-queue-00000013;1", "duration": 125,
    "billsec": 120, "disposition": "ANSWERED", "sequence": 136,
}  # fmt: skip
AGENT = TAKEN | {
    "dst": "1002", "channel": "Local/1002@from-queue-00000013;2", "dstchannel": "PJSIP/1002-00000043",
    "lastapp": "Dial", "lastdata": "PJSIP/1002,,tr", "uniqueid": "pbx1-1795419677.135", "recordingfile": "",
    "sequence": 138,
}  # fmt: skip
OTHER = MENU | {
    "calldate": "2026-11-23 10:41:03", "src": "1005", "dst": "1006", "cnum": "1005", "did": "", "lastapp": "Dial",
    "uniqueid": "pbx1-1795419663.140", "linkedid": "pbx1-1795419663.140", "sequence": 140, "disposition": "BUSY",
    "duration": 1, "billsec": 0,
}  # fmt: skip
ROWS = (MENU, RANG, TAKEN, AGENT, OTHER)

# Texts that break what is careless: with the client, a line, a field, SQL, an encoding.
HOSTILE = {
    "tab": "a\tb\t", "lines": "one\ntwo\r\n\nfour\n", "quotes": "'; DROP TABLE cdr; -- \" ` \\' \\", "null": "NULL",
    "backslashes": "\\N \\t \\n \\0 \\\\", "cyrillic": "Для связи с оператором — ёлка",
    "emoji": "🎄\U0001f1ea\U0001f1fa",
    "controls": "\x1b[31m\x08\x7f\x01", "percent": "%s {0} ? :name",
    "spaces": "  a  ", "empty": "", "long": "Ж🎄" * 4000,
}  # fmt: skip

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)

_CSV = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip


def csv_line(row, *, uniqueid=True, userfield=True, new=True):
    """As cdr_csv's build_csv_record writes it, with what cdr.conf says of loguniqueid, loguserfield, newcdrcolumns."""
    names = [*_CSV, *["uniqueid"] * uniqueid, *["userfield"] * userfield]
    names += ["peeraccount", "linkedid", "sequence"] * new
    return (",".join(_csv_field(row.get(name, "")) for name in names) + "\n").encode()


def _csv_field(value):
    if value is None:  # a time that never came
        return ""
    return str(value) if isinstance(value, int) else '"' + value.replace('"', '""') + '"'


def as_csv(row, *, end):
    """A row of FreePBX's as it would be in Master.csv: its times apart, and no recordingfile."""
    answered = row["disposition"] == "ANSWERED"
    return row | {
        "start": row["calldate"],
        "answer": end if answered else None,
        "end": end,
        "amaflags": "DOCUMENTATION",
    }


def insert(table, rows, text=lambda text: "'" + text.replace("'", "''") + "'"):
    """SQL that puts rows into a table, with texts as `text` makes them literals."""
    return "\n".join(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(_literal(value, text) for value in row.values())});"
        for row in rows
    )


def hexadecimal(text):
    """For MariaDB, whose client and server take backslashes for more than they are."""
    return f"_utf8mb4 X'{text.encode().hex()}'"


def _literal(value, text):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else text(value)
