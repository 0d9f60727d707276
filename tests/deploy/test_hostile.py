"""PBXs that answer what no script of ours says: each is refused in a sentence, and stops no other."""

import tarfile
from contextlib import suppress

import pytest
from deploy.far import codes
from hypothesis import given
from hypothesis import strategies as st

from voicekit.deploy import announce, freepbx, moh
from voicekit.deploy.look import look
from voicekit.deploy.plan import drift
from voicekit.errors import StoreError
from voicekit.hosts.local import Finished
from voicekit.hosts.ssh import Host
from voicekit.jobs import deploy_status, fetch_drift
from voicekit.targets import Target

DIGITS = "9" * 5000
SHA256 = "a" * 64
KINDS = ("sounds", "state", "new", "base", "was", "is", "file", "other", "on", "armed", "since", "room", "identity",
         "untrusted", "believed", "now", "zone", "offset", "dialplan", "user")  # fmt: skip
VALUES = ("/sounds", "", "none 0-none", f"applied 1-{SHA256}", f"{SHA256}  en/custom/one.ulaw", "en/custom/one.ulaw",
          "-1", "1780000000", "99999999999", "253402300799", "253402300800", "+9999", "-2359", "Europe", "a\0b", DIGITS,
          "../../etc/passwd", ".voicekit/say/en-x 99999999999", ".voicekit/say/en-x 999999999999", "none x",
          "applied 1-x")  # fmt: skip


class Answering:
    """A machine that says the same whatever it is asked."""

    name = "evil"

    def __init__(self, said):
        self.said = said.encode("utf-8", "surrogateescape") if isinstance(said, str) else said

    def sh(self, *_, **__):
        return Finished(0, self.said, "")


def asked(said):
    """All that reads an answer; what none of them can mean, is refused."""
    far = Answering(said)
    for question in (
        lambda: drift(look(far, "", ())),
        lambda: look(far, "", ()).serial + len(look(far, "", ()).release),
        lambda: [f"{end:%Y}" for end in look(far, "", ()).armed.values()],
        lambda: announce.span(announce.ask(far, "x"), "2099-12-31 23:30", "24:00"),
        lambda: announce.span(announce.ask(far, "x"), "", "9999d"),
        lambda: freepbx.look(far),
        lambda: moh.folder(far, ""),
    ):
        with suppress(StoreError):
            question()


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(VALUES) | st.text(max_size=20)), max_size=8))
def test_lines_of_any_kind_and_value(lines):
    asked("".join(f"{kind} {value}\n" for kind, value in lines))


@given(st.binary(max_size=200))
def test_any_bytes(said):
    asked(said)


@pytest.mark.parametrize(
    "said",
    [
        f"{DIGITS}\t\t\n",
        f"now {DIGITS}\n",
        "now 3093527980800\n",
        "now 1780000000\noffset +9999\n",
        f"now 1780000000\ndialplan {DIGITS}\n",
        "sounds /x\nstate none x\n",
        "sounds /a\0b\n",
        f"sounds /{'a' * 200_000}\n",
        f"sounds /x\narmed .voicekit/say/en-x {'9' * 12}\n",
        f"sounds /x\nroom {DIGITS}\n",
        f"sounds /x\nstate applied {DIGITS}-{SHA256}\n",
    ],
)
def test_numbers_and_names_beyond_all_bounds(said):
    asked(said)


def test_a_folder_that_cannot_go_back_as_an_argument_is_refused():
    for said in ("", "relative", "/a\0b", f"/{'a' * 200_000}"):
        with pytest.raises(StoreError, match="names no folder"):
            look(Answering(f"sounds {said}\n"), "", ())
        with pytest.raises(StoreError, match="names no folder"):
            moh.folder(Answering(said), "")


def archive(entries):
    """A tar whose headers say other sizes than what follows them."""
    return b"".join(entry.tobuf(tarfile.GNU_FORMAT) for entry in entries) + bytes(1024)


def entry(name, **more):
    made = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(made, key, value)
    return made


@pytest.mark.parametrize(
    "sent",
    [
        b"no archive",
        archive([entry("en/custom/one.ulaw", size=1 << 60)]),
        archive([entry("other", size=1 << 60), entry("en/custom/one.ulaw")]),
        archive([entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1 << 60)]),
        archive([entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=0)] * 5000),
        archive([entry("en/custom/one.ulaw", type=tarfile.SYMTYPE, linkname="/etc/passwd")]),
    ],
)
def test_an_archive_that_is_none(sent, monkeypatch, tmp_path):
    seen = "\n".join(
        [
            "sounds /x",
            f"state applied 1-{SHA256}",
            "identity Acme",
            f"new {SHA256}  en/custom/one.ulaw",
            f"is {'b' * 64}  en/custom/one.ulaw",
            "file en/custom/one.ulaw",
        ]
    )
    answers = iter([Finished(0, seen.encode(), ""), Finished(0, sent, "")])
    far = Answering("")
    monkeypatch.setattr(far, "sh", lambda *_, **__: next(answers), raising=False)
    monkeypatch.setattr("voicekit.deploy.machine.here", lambda **_: far)
    (outcome,) = fetch_drift.apply(Target("pbx"), tmp_path, "Acme")
    assert outcome.code == "not-done", outcome
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    ["head -c 100000 /dev/urandom", "printf 'sounds /a\\000b\\n'", f"echo 'sounds /x'; echo 'state none {DIGITS}'"],
)
def test_one_that_means_harm_stops_no_other(customer, old, sounds, tmp_path, monkeypatch, answer):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(f"#!/bin/sh\ncat > /dev/null\n{answer}\n")
    (tmp_path / "bin/ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    targets = [Target("evil", Host("nas")), Target("pbx", sounds=str(sounds))]
    found = {one.data["target"]: one.code for one in customer.apply(old, *targets)}
    assert found == {"evil": "not-done", "pbx": "applied"}
    assert sorted(codes(deploy_status.drift(customer.name, targets))) == ["as-left", "not-done"]
