"""[calls] of voicekit.toml: what it says, and the line of the first thing wrong."""

import pytest
from calls.archives import DAY

from voicekit.calls import settings
from voicekit.errors import InputError

STORES = '[stores]\nnas = "file:/srv/nas"\n'


def read(folder, text, stores=STORES):
    (folder / "voicekit.toml").write_text(f"{stores}[calls]\n{text}\n")
    return settings.load(folder)


def test_what_holds_if_nothing_is_said(tmp_path):
    found = read(tmp_path, "[calls.spools.pbx1]")
    assert (found.store, found.encoding, found.keep_local, found.min_age) == ("file:/srv/nas", "flac", 7 * DAY, None)
    assert found.key.name == "calls.key"
    (one,) = found.chosen(())
    assert (one.name, one.path, one.target.host) == ("pbx1", "/var/spool/asterisk/monitor", None)


def test_what_can_be_said(tmp_path):
    text = 'encoding = "keep"\nencryption = "off"\nkeep_local = "0m"\nmin_age = "12h"\nzone = "Europe/Moscow"\n'
    more = '[calls.spools.a]\npath = "/a b"\ntarget = "far"\n[calls.spools.b]\n[targets.far]\nhost = "ssh://pbx"'
    found = read(tmp_path, f"{text}{more}")
    assert (found.encoding, found.key, found.keep_local, found.min_age) == ("keep", None, 0, DAY // 2)
    assert found.zone.key == "Europe/Moscow"
    assert [one.name for one in found.chosen(["b", "b"])] == ["b"]
    assert found.spools["a"].target.host.name == "pbx"
    with pytest.raises(InputError, match='unknown spool "c"'):
        found.chosen(["c"])


def test_a_spool_that_nobody_has_named(tmp_path):
    found = read(tmp_path, '[calls.spools.a]\npath = "/a"')
    (one,) = found.chosen(["root@pbx2.example.org:/var/spool/asterisk/monitor"])
    assert (one.name, one.path) == ("pbx2-example-org", "/var/spool/asterisk/monitor")
    assert (one.target.host.user, one.target.host.name) == ("root", "pbx2.example.org")
    for wrong, said in (("a:/x", '"a" already'), ("-oProxy:/x", "no host"), ("pbx:x", "unknown spool")):
        with pytest.raises(InputError, match=said):
            found.chosen([wrong])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('sore = "nas"', 'unknown key "sore"; did you mean "store"'),
        ('store = "none"', "store is a name"),
        ('encoding = "mp3"', "unknown encoding"),
        ('encryption = "no"', 'encryption is "on" or "off"'),
        ('bwlimit = "fast"', "bwlimit: a limit is as"),
        ("max_load = 0", "max_load is a load average"),
        ('textfile = "/etc/cron.d/x"', "ends in .prom"),
        ("max_load = true", "max_load is a load average"),
        ('keep_local = "7"', 'keep_local: "7" is no span'),
        ('min_age = "٣d"', "min_age: .* is no span"),
        ('zone = "Mars/Crater"', "no time zone"),
        ('zone = "../etc"', "no time zone"),
        ('patterns = ["("]', "regular expression"),
        ('[calls.spools."a/b"]', "a spool is"),
        ('[calls.spools.a]\ntarget = "far"', 'unknown target "far"; there is no target yet'),
        ('[calls.spools.a]\ntarget = "pbx"\npath = "there"\n[targets.pbx]', "full path"),
        ('[calls.spools.a]\npath = "/x\\u0000"', "full path"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path, text)
    assert "voicekit.toml:" in str(caught.value)


def test_an_archive_of_nothing_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"there is no \[calls.spools.NAME\]"):
        read(tmp_path, "").chosen(())
    (tmp_path / "voicekit.toml").write_text(STORES)
    with pytest.raises(InputError, match=r"there is no \[calls\]"):
        settings.load(tmp_path)


def test_they_are_found_upwards(tmp_path):
    read(tmp_path, "")
    (tmp_path / "deep/er").mkdir(parents=True)
    assert settings.find(tmp_path / "deep/er").root == tmp_path.resolve()


def test_a_spool_of_this_machine_may_lie_in_the_folder_of_the_archive(tmp_path):
    found = read(tmp_path, '[calls.spools.a]\npath = "here"')
    assert found.spools["a"].path == f"{tmp_path}/here"


def test_commands_on_stores_know_the_names_of_an_archive(tmp_path, run, monkeypatch):
    (tmp_path / "nas").mkdir()
    read(tmp_path, "", '[stores]\nnas = "file:nas"\n')
    monkeypatch.chdir(tmp_path)
    assert run("store", "check", "nas").code == 0
    assert (tmp_path / ".voicekit/stores.json").exists()
    assert run("store", "copy", "nas", f"file:{tmp_path}/nas").code == 0
    assert run("store", "gc", "nas", "--dry-run", "-C", tmp_path).code == 0
    ran = run("store", "check", "nos", "-C", tmp_path)
    assert (ran.code, 'unknown store "nos"; did you mean "nas"?' in ran.err) == (4, True)


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        ('[call]\nkeep_local = "365d"\n', 3, 'unknown key "call"; did you mean "calls"?'),
        ('[call.spools.a]\npath = "/a"\n', 3, 'unknown key "call"; did you mean "calls"?'),
        ('[target.far]\nhost = "ssh://pbx"\n', 3, 'unknown key "target"; did you mean "targets"?'),
        ('[[call.retain.rules]]\nkeep = "1d"\n', 3, 'unknown key "call"; did you mean "calls"?'),
    ],
)
@pytest.mark.parametrize("more", ["[calls]\n", ""])
def test_a_table_of_another_name_is_no_default(tmp_path, wrong, line, said, more):
    (tmp_path / "voicekit.toml").write_text(f"{STORES}{wrong}{more}")
    with pytest.raises(InputError) as raised:
        settings.load(tmp_path)
    assert str(raised.value) == f"{tmp_path}/voicekit.toml:{line}: {said}"


def test_an_archive_may_be_in_a_workspace(tmp_path):
    every = 'version = 1\nname = "x"\nreference_voice = "r"\nlanguages = []\nformats = []\nrequire_approval = true\n'
    assert read(tmp_path, "[targets.a]\n", f"{every}{STORES}").store == "file:/srv/nas"
