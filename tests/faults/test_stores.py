"""Stores under faults: kills, broken connections, lost answers, flipped bits, servers that turn us away, full disks.

After each fault nothing is lost or mixed: what is in a store under a key is the whole of what was put there; and the
same job, run again without faults, ends in the state of one that met none.
"""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from servers.disk import disk
from servers.faulty import FAULTS, faulty

from voicekit import stores
from voicekit.errors import VoicekitError
from voicekit.stores import Body, copying
from voicekit.stores.careful import Careful
from voicekit.stores.copying import Did

HASTY = replace(Careful.patience, tries=4, first=0.001, total=5.0)


def contents(store):
    return {stat.key: stores.read(store, stat.key, 1 << 24) for stat in store.list()}


def original(root, seed):
    """Some objects of many sizes, as of a release."""
    chance = random.Random(seed)
    store = stores.reach(f"file:{root}")
    for number in range(chance.randint(4, 9)):
        store.put(f"blobs/{number}", Body.of(chance.randbytes(chance.choice([0, 1, 700, 40_000, 300_000]))))
    store.put("releases/r/manifest.jsonl", Body.of(chance.randbytes(500)))
    store.put("channels/production.json", Body.of(chance.randbytes(90)))
    return store


def attempt(source, target):
    """What was done; a run that had to stop as a whole is as good as one whose objects failed."""
    try:
        return dict(copying.copy(source, target))
    except VoicekitError as error:
        return {"run": error}


def some(seeds):
    """A few seeds in every run of the tests, all of them in `make faults`."""
    return [seed if seed % 20 == 0 else pytest.param(seed, marks=pytest.mark.faults) for seed in range(seeds)]


@pytest.fixture
def folders(tmp_path):
    for name in ("source", "target", "back"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize("seed", some(60))
def test_between_folder_and_bucket(folders, rgw, rgw_bucket, monkeypatch, seed):
    monkeypatch.setattr(Careful, "patience", HASTY)
    source = original(folders / "source", seed)
    whole = contents(source)
    clean, back = stores.reach(rgw.address(rgw_bucket, "p")), stores.reach(f"file:{folders / 'back'}")
    with faulty(rgw.endpoint, seed, rate=0.35) as proxy:
        reached = stores.reach(rgw.address(rgw_bucket, "p", proxy.endpoint))
        attempt(source, reached)
        assert contents(clean).items() <= whole.items()
        assert all(isinstance(did, Did) for did in attempt(source, clean).values())
        attempt(reached, back)
        assert contents(back).items() <= whole.items()
    assert proxy.met
    assert contents(clean) == whole
    assert all(isinstance(did, Did) for did in attempt(clean, back).values())
    assert contents(back) == whole


@pytest.mark.parametrize("fault", FAULTS)
def test_each_kind_of_fault_is_met_and_survived(folders, rgw, rgw_bucket, monkeypatch, fault):
    """With patience enough, and one fault in three requests, nothing has to be run again."""
    monkeypatch.setattr(Careful, "patience", replace(HASTY, tries=12))
    source, back = original(folders / "source", 7), stores.reach(f"file:{folders / 'back'}")
    with faulty(rgw.endpoint, 7, rate=0.33, faults=(fault,)) as proxy:
        reached = stores.reach(rgw.address(rgw_bucket, "p", proxy.endpoint))
        results = [*attempt(source, reached).values(), *attempt(reached, back).values()]
    assert proxy.met[fault]
    if fault == "flip-down":  # is noticed when all has come: the object fails, and the next run brings it
        attempt(stores.reach(rgw.address(rgw_bucket, "p")), back)
    else:
        assert set(results) == {Did.COPIED}
    assert contents(back) == contents(source)


def copy_command(source, target):
    return [sys.executable, "-m", "voicekit", "store", "copy", f"file:{source}", f"file:{target}"]


@pytest.mark.parametrize("seed", some(60))
def test_killed_at_any_moment(folders, seed):
    source = original(folders / "source", seed)
    chance = random.Random(seed)
    process = subprocess.Popen(copy_command(folders / "source", folders / "target"), stdout=subprocess.DEVNULL)
    time.sleep(chance.uniform(0.1, 0.6))
    process.send_signal(signal.SIGKILL)
    process.wait()
    target = stores.reach(f"file:{folders / 'target'}")
    assert contents(target).items() <= contents(source).items()
    done = subprocess.run(copy_command(folders / "source", folders / "target"), check=False, capture_output=True)
    assert done.returncode == 0, done.stdout
    assert contents(target) == contents(source)


@pytest.fixture
def small(folders):
    """`target` on a disk of its own, of 600 kB."""
    target = folders / "target"
    with disk(target, "600k") as made:
        yield made


@pytest.mark.parametrize("seed", some(20))
def test_a_full_disk(folders, small, seed):
    source = original(folders / "source", seed)
    source.put("blobs/large", Body.of(random.Random(seed).randbytes(500_000)))
    source.put("blobs/larger", Body.of(random.Random(seed).randbytes(550_000)))
    target = stores.reach(f"file:{small}")
    did = attempt(source, target)
    assert any("make room" in str(result) for result in did.values())
    assert contents(target).items() <= contents(source).items()
    assert "channels/production.json" not in contents(target)
    subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
    assert all(isinstance(result, Did) for result in attempt(source, target).values())
    assert contents(target) == contents(source)


@pytest.mark.parametrize("seed", some(30))
def test_a_flipped_bit_in_a_store_is_found_and_not_carried_on(folders, seed):
    source = original(folders / "source", seed)
    keys = [stat.key for stat in source.list() if stat.size]
    chance = random.Random(seed)
    key = chance.choice(keys)
    path = folders / "source" / key
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    whole = contents(original(folders / "back", seed))
    path.write_bytes(data)
    target = stores.reach(f"file:{folders / 'target'}")
    did = {stat.key: result for stat, result in copying.copy(source, target)}
    assert "damaged" in str(did[key])
    assert contents(target).items() <= whole.items()
    assert key not in contents(target)
    source.put(key, Body.of(whole[key]))
    assert all(isinstance(result, Did) for result in attempt(source, target).values())
    assert contents(target) == whole
