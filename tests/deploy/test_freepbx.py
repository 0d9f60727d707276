"""Prompts as System Recordings of FreePBX: a real MariaDB, and a far side that has sh, sed and the client only."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from deploy.far import bare, command
from servers import sshd
from servers.mariadb import MISSING, PROGRAMS, double, single

from voicekit.deploy import freepbx
from voicekit.errors import StoreError
from voicekit.hosts import machine
from voicekit.pbx.freepbx import OWN, client
from voicekit.release.manifest import Line, Speech

PASSWORD = "s3cret-of-the-pbx"
PASSWORDS = (
    PASSWORD,
    "",
    "two words ",
    " #no comment; no end",
    "it's",
    'say "so"',
    "back\\slash\\\\ \\n \\s \\",
    "'\"\\'\\\"",
    '$amp_conf["AMPDBUSER"] = "x";',
    "$(touch x)`touch x`$HOME ${x}",
    "&/|~!*?[a-z]{1,2}<>%s%n",
    "пароль é 🔑",
    "=;[client]",
    "x" * 200,
)  # fmt: skip
HOSTILE = {
    "quotes": 'It\'s "here", `there`',
    "backslash": "a \\ b \\' c \\\" d \\",
    "sql": "'; DROP TABLE recordings; -- /* # */ {0} %s",
    "cyrillic": "Для связи с оператором нажмите ноль — ёлка.",
    "emoji": "Hello 🎄 world \U0001f1ea\U0001f1fa",
    "controls": "one\ttwo\nthree \x1b[31m \x08 \x7f",
    "long": "Ж" * 253 + "🎄" + "end",
    "empty": "",
    "nothing": None,
}


def line(name, text="Words.", language="en"):
    return Line(language, name, text, Speech.HUMAN, 1.0, None, {}, None, "a" * 64, {})


@pytest.fixture(params=["dash", "busybox"])
def far(request, tmp_path, monkeypatch):
    """A machine with a root of its own, and no commands but sh, sed, id and the client."""
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here: apt-get install {request.param}")
    if not all(PROGRAMS):
        pytest.skip(MISSING)
    path = bare(tmp_path, request.param, ("sed", "id", "mariadb"))
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path / "root"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def pbx(database, far):
    with database.freepbx(PASSWORD) as made:
        made.configure(far)
        yield made


def register(*lines, far=None):
    """What `deploy apply` does; how many are new."""
    far = far or machine.here()
    seen = freepbx.look(far)
    if rows := freepbx.missing(freepbx.prompts(lines, ("en",)), seen):
        freepbx.register(far, rows, seen)
    return len(rows)


def table(pbx):
    columns = "id, displayname, filename, HEX(CONVERT(description USING utf8mb4)), fcode, fcode_pass, fcode_lang"
    return [
        (int(number), name, file, description if description == "NULL" else bytes.fromhex(description).decode(), *more)
        for number, name, file, description, *more in pbx.sql(f"SELECT {columns} FROM recordings ORDER BY id")
    ]


def test_once_and_no_second_time(pbx):
    lines = (line("custom/main-menu", "Press one."), line("custom/deep/er", None), line("hello"), line("customs/x"))
    assert register(*lines) == 2
    first = table(pbx)
    assert first == [
        (1, "deep/er", "custom/deep/er", "", "0", "NULL", "NULL"),
        (2, "main-menu", "custom/main-menu", "Press one.", "0", "NULL", "NULL"),
    ]
    assert register(*lines) == 0
    assert table(pbx) == first
    assert register(*lines, line("custom/new")) == 1
    assert table(pbx)[:2] == first


def test_rows_of_people_stay(pbx):
    pbx.sql(
        "INSERT INTO recordings (id, displayname, filename, description, fcode, fcode_pass) VALUES"
        "(7, 'Our menu, by Ann', 'custom/menu', 'do not touch', 1, '12'),"
        "(9, 'both', 'custom/a&custom/b', NULL, 0, ''), (12, 'B', 'custom/other', '', 0, ''),"
        "(13, NULL, NULL, NULL, NULL, NULL), (14, 'up', 'custom/MENU2', '', 0, '')"
    )
    before = table(pbx)
    assert register(line("custom/menu"), line("custom/a"), line("custom/b"), line("custom/menu2")) == 3
    after = table(pbx)
    assert after[:5] == before
    assert [(name, file) for _, name, file, *_ in after[5:]] == [
        ("a", "custom/a"),
        ("b-" + after[6][1][2:], "custom/b"),  # "B" is taken, whatever its case
        ("menu2", "custom/menu2"),
    ]
    assert len(after[6][1]) == 6


def test_names_differ_and_are_short_enough(pbx):
    long = "custom/" + "very-" * 14
    names = [f"{long}a", f"{long}b", "custom/" + "x" * 50, "custom/" + "y" * 51]
    assert register(*map(line, names)) == 4
    shown = [name for _, name, *_ in table(pbx)]
    assert len(set(shown)) == 4
    assert "x" * 50 in shown
    assert all(len(name) <= 50 for name in shown)


@pytest.mark.parametrize("engine", ["InnoDB", "MyISAM"])
@pytest.mark.parametrize("charset", ["utf8mb4", "utf8", "latin1"])
def test_words_are_words(database, far, charset, engine):
    with database.freepbx(PASSWORD, charset=charset, engine=engine) as pbx:
        pbx.configure(far)
        lines = [line(f"custom/{name}", words) for name, words in HOSTILE.items()]
        assert register(*lines) == len(HOSTILE)
        assert register(*lines) == 0
        found = {name: words for _, name, _, words, *_ in table(pbx)}
    assert found.keys() == HOSTILE.keys()
    for name, words in HOSTILE.items():
        wanted = " ".join((words or "").split())[:254]
        lossy = wanted
        if charset == "utf8":
            lossy = "".join(sign if ord(sign) < 0x10000 else "?" for sign in wanted)
        elif charset == "latin1":
            lossy = wanted.encode("cp1252", "replace").decode("cp1252")
        assert found[name] == lossy


@pytest.mark.parametrize("password", PASSWORDS)
def test_passwords(database, far, password):
    with database.freepbx(password) as pbx:
        for number, quoted in enumerate((double, single)):
            pbx.configure(far, AMPDBPASS=quoted(password))
            assert register(line(f"custom/{number}")) == 1


def test_forms_of_freepbx_conf(pbx, far):
    conf = far / "etc/freepbx.conf"
    told = conf.read_text()
    for changed in (
        told.replace("\n", "\r\n"),
        told.replace('["', "['").replace('"]', "']").replace(" = ", "="),
        told.replace("$amp", "\t $amp").replace(";\n", " ; // a 'comment'\n").removesuffix("?>").rstrip(),
        told.replace("<?php", '<?php\n$amp_conf["AMPDBPASS"] = "old";\n//$amp_conf["AMPDBPASS"] = "x";')
        + '# $amp_conf["AMPDBPASS"] = "x";\n',
    ):
        conf.write_text(changed)
        register(line("custom/one"))
    assert len(table(pbx)) == 1


@pytest.mark.parametrize(
    "wrong", ["getenv('PASS')", "'s3cret-of-the-pbx", "\"s3cret-of-the-pbx'", "'s3cret\n-of-the-pbx'"]
)
def test_a_password_that_is_no_word_is_refused_and_not_told(pbx, far, wrong):
    pbx.configure(far, AMPDBPASS=wrong)
    with pytest.raises(StoreError, match="AMPDBPASS is not a word in quotes") as refused:
        register(line("custom/one"))
    assert "s3cret" not in str(refused.value)


def test_what_is_missing_is_said_in_a_sentence(pbx, far, tmp_path):
    def reason():
        with pytest.raises(StoreError) as refused:
            register(line("custom/one"))
        assert PASSWORD not in str(refused.value)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    pbx.configure(far, AMPDBSOCK=double(f"{far}/nobody"))
    assert "Can't connect" in reason()
    pbx.configure(far, AMPDBPASS=double("wrong"))
    assert "Access denied" in reason()
    pbx.configure(far, AMPDBNAME="'nosuch'")
    assert "nosuch" in reason()
    pbx.configure(far)
    pbx.sql("RENAME TABLE recordings TO other")
    assert "recordings' doesn't exist" in reason()
    (far / "etc/freepbx.conf").write_text("<?php\n")
    assert "does not say AMPDBUSER and AMPDBNAME" in reason()
    (tmp_path / "bin/mariadb").unlink()
    assert "neither mariadb nor mysql" in reason()
    (far / "etc/freepbx.conf").unlink()
    assert "is this a FreePBX?" in reason()


def test_half_of_the_sql_registers_nothing(pbx):
    seen = freepbx.look(machine.here())
    rows = freepbx.missing([line("custom/one"), line("custom/two")], seen)
    whole = freepbx.sql(rows, seen).encode()
    for cut in range(len(whole) - len(b"MIT;\nSELECT @same;\n"), 0, -40):
        machine.here().sh(client(), OWN, feed=whole[:cut])
    assert table(pbx) == []


def test_nobody_sees_the_password(pbx, far, tmp_path):
    """Arguments and environments of all processes, as the client runs; it alone gets the password, from a pipe."""
    command(
        tmp_path / "bin/mariadb",
        f"/bin/cat /proc/[0-9]*/cmdline > {tmp_path}/seen 2> /dev/null\n"
        f"/usr/bin/env > {tmp_path}/environment\n"
        f"/bin/cat /dev/fd/3 > {tmp_path}/given\n"
        f"/usr/bin/readlink /proc/$$/fd/3 > {tmp_path}/way\n"
        "echo 1",
    )
    seen = freepbx.Table(0, 0, frozenset(), frozenset())
    freepbx.register(machine.here(), [freepbx.Recording("custom/one", "one", "secret words")], seen)
    assert f'password="{PASSWORD}"' in (tmp_path / "given").read_text()
    assert b"--defaults-file=/dev/fd/3" in (tmp_path / "seen").read_bytes()
    for name in ("seen", "environment"):
        told = (tmp_path / name).read_bytes()
        assert PASSWORD.encode() not in told
        assert b"secret words" not in told
    assert (tmp_path / "way").read_text().startswith("pipe:")


def test_of_two_at_once_one_registers(pbx):
    far = machine.here()
    seen = freepbx.look(far)
    rows = freepbx.missing([line(f"custom/p{number}") for number in range(60)], seen)

    def once(_):
        try:
            freepbx.register(far, rows, seen)
        except StoreError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(once, range(6)))
    assert sorted(said) == ["done", *["somebody else registered recordings at this moment"] * 5]
    assert len(table(pbx)) == 60


def test_words_of_the_first_language():
    lines = (line("custom/a", "Hello", "en"), line("custom/a", "Привет", "ru"), line("custom/b", "Bye", "en"))
    said = [[one.text for one in freepbx.prompts(lines, languages)] for languages in (("ru", "en"), ("en", "ru"), ())]
    assert said == [["Привет", "Bye"], ["Hello", "Bye"], ["Hello", "Bye"]]


# ---- with a release --------------------------------------------------------------------------------------------------


@pytest.fixture
def deployed(site, run, revoice, database, tmp_path, monkeypatch):
    """`deployed(*argv)`: a command of `deploy` on a workspace whose one target is a FreePBX."""
    assert revoice().code == 0
    assert run("release", "build", "-C", site.root).code == 0
    (tmp_path / "sounds").mkdir()
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path))
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx1]\nsounds = "{tmp_path}/sounds"\nfreepbx = true\n')
    return lambda *argv: run("deploy", *argv, "-C", site.root, "--json")


def test_apply_registers_and_rollback_leaves_it(deployed, database, tmp_path):
    with database.freepbx(PASSWORD) as pbx:
        pbx.configure(tmp_path)
        ran = deployed("plan")
        told = ran.outcomes[-1]
        assert (ran.code, told["verdict"], told["code"]) == (0, "done", "would-register")
        assert told["data"] == {"target": "pbx1", "new": 2, "prompts": 2}
        assert table(pbx) == []
        ran = deployed("apply")
        assert ran.code == 0
        done = ran.outcomes[-1]
        assert (done["subject"], done["verdict"], done["code"]) == ("pbx1: FreePBX", "done", "registered")
        assert done["data"] == {"target": "pbx1", "new": 2, "prompts": 2}
        assert [(name, words) for _, name, _, words, *_ in table(pbx)] == [
            ("one", "Press one."),
            ("two", "Press two for sales."),
        ]
        ran = deployed("apply")
        assert [(one["verdict"], one["code"]) for one in ran.outcomes] == [("kept", "kept"), ("kept", "registered")]
        assert deployed("plan").outcomes[-1]["detail"] == "0 new System Recordings, 2 there before"
        pbx.sql("DELETE FROM recordings WHERE displayname = 'two'")
        assert deployed("apply").outcomes[-1]["data"]["new"] == 1
        before = table(pbx)
        assert deployed("rollback").code == 0
        assert table(pbx) == before


def test_sounds_are_deployed_where_the_database_is_not(deployed, tmp_path):
    ran = deployed("plan")
    assert (ran.code, ran.outcomes[-1]["code"]) == (3, "not-registered")
    ran = deployed("apply")
    assert ran.code == 3
    assert [one["code"] for one in ran.outcomes][-2:] == ["applied", "not-registered"]
    assert "is this a FreePBX?" in ran.outcomes[-1]["detail"]
    assert (tmp_path / "sounds/en/custom/one.ulaw").exists()


def test_over_ssh(database, tmp_path, monkeypatch):
    if sshd.PROGRAM is None:
        pytest.skip(sshd.MISSING)
    (tmp_path / "sshd").mkdir()
    with (
        database.freepbx('it\'s \\ "so" #$') as pbx,
        sshd.sshd(tmp_path / "sshd", f"SetEnv ASTERISK_ROOT={tmp_path}") as server,
    ):
        pbx.configure(tmp_path)
        monkeypatch.setenv("PATH", server.path)
        with machine.there(machine.Host.parse("nas")) as far:
            assert register(line("custom/one", HOSTILE["cyrillic"]), far=far) == 1
        assert table(pbx)[0][3] == HOSTILE["cyrillic"]
