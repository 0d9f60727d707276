"""A store against a dict: whatever is done to it, in whatever order, by two that share it."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from voicekit import stores
from voicekit.stores import Body
from voicekit.stores.faults import AbsentError, ConflictError

KEYS = st.sampled_from(["a", "a.b", "b/a", "b/b/c", "blobs/00", "blobs/01"])
BYTES = st.sampled_from([b"", b"one", b"two", b"x" * 40_000])
HISTORIES = pytest.mark.parametrize("histories", [3, pytest.param(30, marks=pytest.mark.faults)])


class Model(RuleBasedStateMachine):
    """`address()` is a new empty store; `done()` clears away what the last one left."""

    address: staticmethod
    done: staticmethod

    @initialize()
    def begin(self):
        where = self.address()
        self.stores = [stores.reach(where), stores.reach(where)]
        self.model: dict[str, bytes] = {}

    @rule(key=KEYS, data=BYTES, who=st.integers(0, 1))
    def put(self, key, data, who):
        self.stores[who].put(key, Body.of(data))
        self.model[key] = data

    @rule(key=KEYS, data=BYTES, who=st.integers(0, 1))
    def put_if_absent(self, key, data, who):
        there = self.model.setdefault(key, data)
        if there == data:
            self.stores[who].put(key, Body.of(data), if_absent=True)
        else:
            with pytest.raises(ConflictError):
                self.stores[who].put(key, Body.of(data), if_absent=True)

    @rule(key=KEYS, before=BYTES, data=BYTES, who=st.integers(0, 1))
    def replace(self, key, before, data, who):
        """As one who saw the bytes `before` there, or nothing."""
        there, stat = self.model.get(key), self.stores[who].stat(key)
        expected = stat.tag if stat and there == before else "another" if before else ""
        if data == there or expected == (stat.tag if stat else ""):
            self.stores[who].replace(key, Body.of(data), expected)
            self.model[key] = data
        else:
            with pytest.raises(ConflictError):
                self.stores[who].replace(key, Body.of(data), expected)

    @rule(key=KEYS, who=st.integers(0, 1))
    def delete(self, key, who):
        self.stores[who].delete(key)
        self.model.pop(key, None)

    @rule(key=KEYS, start=st.integers(0, 40_001), size=st.none() | st.integers(0, 40_001), who=st.integers(0, 1))
    def read(self, key, start, size, who):
        if key not in self.model:
            with pytest.raises(AbsentError):
                self.stores[who].open(key)
            return
        end = None if size is None else start + size
        with self.stores[who].open(key, start, end) as reading:
            assert b"".join(reading) == self.model[key][start:end]

    @rule(prefix=st.sampled_from(["", "a", "b/", "b/b", "bl", "c"]), after=st.just("") | KEYS, who=st.integers(0, 1))
    def list(self, prefix, after, who):
        found = [(stat.key, stat.size) for stat in self.stores[who].list(prefix, after)]
        keys = sorted(key for key in self.model if key.startswith(prefix) and key > after)
        assert found == [(key, len(self.model[key])) for key in keys]

    @invariant()
    def all_is_there(self):
        if hasattr(self, "stores"):
            assert [stat.key for stat in self.stores[0].list()] == sorted(self.model)

    def teardown(self):
        for store in getattr(self, "stores", ()):
            store.close()
        self.done()


def ask(machine, histories):
    """So many, of 20 steps each."""
    some = settings(
        max_examples=histories, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=some)


@HISTORIES
@pytest.mark.parametrize("scheme", ["file", "sftp"])
def test_a_tree(nas, hasty, scheme, histories):
    roots = []

    def address() -> str:
        roots.append(Path(tempfile.mkdtemp()))
        return nas.address(roots[-1]) if scheme == "sftp" else f"file:{roots[-1]}"

    def done() -> None:
        while roots:
            shutil.rmtree(roots.pop())

    machine = type("Tree", (Model,), {"address": staticmethod(address), "done": staticmethod(done)})
    ask(machine, histories)


@HISTORIES
@pytest.mark.parametrize("server", ["moto", "rgw"])
def test_a_bucket(request, hasty, server, histories):
    """All in one bucket, below a prefix each time another: a bucket takes its time to be made."""
    bucket, at = request.getfixturevalue(f"{server}_bucket"), request.getfixturevalue(server)
    turns = iter(range(1000))
    address = staticmethod(lambda: at.address(bucket, f"turn/{next(turns)}"))
    machine = type("Bucket", (Model,), {"address": address, "done": staticmethod(lambda: None)})
    ask(machine, histories)
