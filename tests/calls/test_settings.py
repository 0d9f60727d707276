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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('sore = "nas"', 'unknown key "sore"; did you mean "store"'),
        ('store = "none"', "store is a name"),
        ('encoding = "mp3"', "unknown encoding"),
        ('encryption = "no"', 'encryption is "on" or "off"'),
        ('keep_local = "7"', "keep_local is a span"),
        ('min_age = "٣d"', "min_age is a span"),
        ('zone = "Mars/Crater"', "no time zone"),
        ('zone = "../etc"', "no time zone"),
        ('patterns = ["("]', "regular expression"),
        ('[calls.spools."a/b"]', "a spool is"),
        ('[calls.spools.a]\ntarget = "far"', "unknown target"),
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
