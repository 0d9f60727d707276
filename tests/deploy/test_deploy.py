"""Releases on PBXs, here and behind ssh, where there is no Python."""

import os

import pytest
from deploy.conftest import NEW, OLD
from deploy.far import Customer, codes, last
from release.packages import give, reachable, tree

from voicekit import deploy as room
from voicekit.deploy import ship
from voicekit.deploy.look import look
from voicekit.deploy.plan import plan as planned
from voicekit.hosts.ssh import Host
from voicekit.targets import Target


def contents(sounds):
    found = {name: data for name, (_, _, _, data) in tree(sounds).items() if data is not None}
    found.pop("en/hello.ulaw", None)
    return found


def files(words):
    return {f"{name}.ulaw": data for name, data in words.items()}


def test_the_far_side_has_no_python(pbx):
    with room.reach(pbx.target("/")) as machine:
        assert machine.sh("command -v python3 || command -v python || command -v perl").code != 0


def test_forth_and_back(pbx, customer, old, new, sounds):
    before = tree(sounds)
    target = pbx.target(sounds)
    assert last(customer.plan(old, target)) == "planned"
    assert tree(sounds) == before
    assert not (sounds / ".voicekit").exists()
    assert codes(customer.apply(old, target)) == ["applied"]
    assert contents(sounds) == files(OLD)
    first = tree(sounds)
    assert codes(customer.apply(old, target)) == ["kept"]
    assert codes(customer.plan(new, target)) == ["remove", "change", "add", "add", "planned"]
    assert codes(customer.apply(new, target)) == ["applied"]
    assert contents(sounds) == files(NEW)
    assert codes(customer.roll_back(target)) == ["rolled-back"]
    assert tree(sounds) == first
    assert codes(customer.roll_back(target)) == ["kept"]
    assert not list((sounds / ".voicekit").glob("ship.*"))


def test_owner_and_mode_are_those_of_the_target(pbx, customer, old, sounds):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    reachable(sounds.parent)
    reachable(pbx.folder)
    give(sounds, 1234, 4321)
    before = tree(sounds)
    outcome = customer.apply(old, pbx.target(sounds))[-1]
    assert outcome.code == "applied", outcome
    status = (sounds / "en/custom/one.ulaw").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 4321, 0o644)
    assert {path.stat().st_uid for path in sounds.rglob("*")} == {1234}
    assert codes(customer.apply(old, pbx.target(sounds))) == ["kept"]
    outcome = customer.roll_back(pbx.target(sounds))[-1]
    assert outcome.code == "rolled-back", outcome
    assert tree(sounds) == before


def test_what_is_in_the_way_stops_all_until_it_is_taken_over(pbx, customer, old, sounds):
    """Somebody's own file, and the same prompt in other formats: one of the same codec, one of another."""
    (sounds / "en/custom/one.ulaw").write_bytes(b"by hand")
    (sounds / "en/custom/two.pcm").write_bytes(b"u-law too")
    (sounds / "en/custom/two.gsm").write_bytes(b"stale")
    (sounds / "en/custom/two.txt").write_bytes(b"notes are no sound")
    before = tree(sounds)
    target = pbx.target(sounds)
    refused = ["foreign", "sibling", "in-the-way"]
    assert sorted(codes(x for x in customer.plan(old, target) if x.bad)) == sorted(refused)
    assert sorted(codes(customer.apply(old, target))) == sorted(refused)
    assert tree(sounds) == before
    assert last(customer.apply(old, target, take_over=True)) == "applied"
    assert contents(sounds) == files(OLD) | {"en/custom/two.txt": b"notes are no sound"}
    customer.roll_back(target)
    assert tree(sounds) == before


def test_what_somebody_changed_is_told_and_kept(pbx, customer, old, new, sounds):
    target = pbx.target(sounds)
    customer.apply(old, target)
    (sounds / "en/custom/one.ulaw").write_bytes(b"by hand")
    (sounds / "en/custom/gone.ulaw").write_bytes(b"mine now")
    before = tree(sounds)
    assert codes(customer.apply(new, target)) == ["left", "drift", "in-the-way"]
    assert tree(sounds) == before
    assert last(customer.apply(new, target, take_over=True)) == "applied"
    assert contents(sounds) == files(NEW) | {"en/custom/gone.ulaw": b"mine now"}
    customer.roll_back(target)
    assert tree(sounds) == before


def test_a_link_or_a_folder_in_the_way_is_never_taken_over(pbx, customer, old, sounds, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (sounds / "en/custom/one.ulaw").symlink_to(tmp_path / "elsewhere")
    (sounds / "en/custom/two.ulaw").mkdir()
    outcomes = customer.apply(old, pbx.target(sounds), take_over=True)
    assert codes(outcomes) == ["blocked", "blocked", "in-the-way"]
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs"


def test_what_nobody_approved_is_refused_where_that_is_demanded(pbx, tmp_path, sounds):
    strict = Customer(tmp_path / "strict", require_approval=True)
    outcomes = strict.apply(strict.release(OLD), pbx.target(sounds))
    assert set(codes(outcomes)) == {"unapproved", "in-the-way"}
    assert contents(sounds) == {}


def test_another_customers_target_is_refused_also_when_told_to_take_over(pbx, customer, old, tmp_path, sounds):
    other = Customer(tmp_path / "bolt", "Bolt & Sons")
    other.apply(other.release(OLD), pbx.target(sounds))
    for take_over in (False, True):
        assert last(customer.apply(old, pbx.target(sounds), take_over=take_over)) == "other-workspace"


def test_a_target_that_somebody_else_moved_on_is_refused(pbx, customer, old, new, tmp_path, sounds):
    colleague = Customer(tmp_path / "colleague")
    colleague.apply(colleague.release({"en/custom/one": b"theirs"}), pbx.target(sounds))
    assert last(customer.apply(old, pbx.target(sounds))) == "moved-on"
    assert contents(sounds) == {"en/custom/one.ulaw": b"theirs"}
    assert last(customer.apply(new, pbx.target(sounds), take_over=True)) == "applied"
    assert contents(sounds) == files(NEW)


def test_a_plan_holds_only_for_what_it_was_made_of(pbx, customer, old, new, sounds):
    """Somebody else applies between our look and our apply."""
    target = pbx.target(sounds)
    with room.reach(target) as machine:
        seen = look(machine, str(sounds), [file.path for file in new.files])
        made = planned(new, seen, approved_only=False)
        customer.apply(old, target)
        with pytest.raises(ship.NotDoneError, match="somebody else was here since"):
            ship.apply(machine, new, customer.store, seen, made, take_over=False)
    assert contents(sounds) == files(OLD)


def test_one_target_that_fails_stops_no_other(pbx, customer, old, sounds, tmp_path):
    gone = Target("gone", Host("127.0.0.1", port="1"), str(sounds))
    nowhere = pbx.target(tmp_path / "nowhere", "nowhere")
    outcomes = {x.data["target"]: x for x in customer.apply(old, gone, pbx.target(sounds), nowhere)}
    assert {name: x.code for name, x in outcomes.items()} == {
        "gone": "not-done",
        "pbx": "applied",
        "nowhere": "not-done",
    }
    assert "no such folder" in outcomes["nowhere"].detail


def test_a_damaged_blob_of_ours_changes_nothing(pbx, customer, old, sounds, tmp_path):
    before = tree(sounds)
    blob = next(file.sha256 for file in old.files)
    (tmp_path / "acme/blobs" / blob).write_bytes(b"other")
    assert codes(customer.apply(old, pbx.target(sounds))) == ["not-done"]
    assert tree(sounds) == before


def test_the_folder_of_sounds_may_have_a_strange_name(pbx, customer, old, tmp_path):
    sounds = tmp_path / 'it\'s a $(folder) of "sounds"; \\n'
    sounds.mkdir()
    (outcome,) = customer.apply(old, pbx.target(sounds))
    assert outcome.code == "applied", outcome.detail
    assert contents(sounds) == files(OLD)


def test_strange_files_beside_ours_are_left_alone(pbx, customer, old, new, sounds):
    customer.apply(old, pbx.target(sounds))
    strange = ["line\nbreak.ulaw", "is 0000", "-rf", "one .ulaw", "\x1b[31m.ulaw", "one.ulaw\nstate none 0-none"]
    for name in strange:
        (sounds / "en/custom" / name).write_bytes(b"strange")
    assert codes(customer.apply(new, pbx.target(sounds))) == ["applied"]
    assert all((sounds / "en/custom" / name).read_bytes() == b"strange" for name in strange)


def test_what_came_beside_a_release_is_moved_away_by_applying_it_again(pbx, customer, old, sounds):
    target = pbx.target(sounds)
    customer.apply(old, target)
    applied = tree(sounds)
    (sounds / "en/custom/one.gsm").write_bytes(b"stale")
    assert "in-the-way" in codes(customer.apply(old, target))
    assert last(customer.apply(old, target, take_over=True)) == "applied"
    assert tree(sounds) == applied
    assert (sounds / ".voicekit/pack/changed/1/en/custom/one.gsm").read_bytes() == b"stale"
    assert codes(customer.apply(old, target)) == ["kept"]


def test_too_little_room_is_told_before_anything_is_sent(pbx, customer, old, sounds, monkeypatch):
    from voicekit.deploy import tell

    monkeypatch.setattr(tell, "ROOM", 1 << 60)
    assert codes(customer.apply(old, pbx.target(sounds))) == ["full"]


def test_without_the_right_to_write_it_is_refused(pbx, customer, old, sounds):
    """What voicekit keeps there belongs to another user: it is not believed."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (sounds / ".voicekit").mkdir()
    os.chown(sounds / ".voicekit", 1234, 4321)
    outcome = customer.apply(old, pbx.target(sounds))[-1]
    assert outcome.code == "untrusted"
    assert "belongs to user 1234" in outcome.detail


@pytest.mark.parametrize("says", ['exec "$@"', "echo 'sudo: a password is required' >&2; exit 1"])
def test_sudo(pbx, customer, old, sounds, says):
    sudo = pbx.bin / "sudo"
    sudo.write_text(f'#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\n{says}\n')
    sudo.chmod(0o755)
    try:
        outcome = customer.apply(old, pbx.target(sounds, sudo=True))[-1]
    finally:
        sudo.unlink()
    if "password" in says:
        assert outcome.code == "not-done"
        assert "without a password" in outcome.detail
    else:
        assert outcome.code == "applied"
