"""A manifest from a stranger: whatever is not byte for byte what voicekit writes is refused, with its line."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.manifest import File
from voicekit.release.manifest import LARGEST, MOST, Consent, Line, Speech, parse, written

SHA, OTHER = "a" * 64, "b" * 64


def line(name="custom/one", language="en", sha=SHA, size=8, **changes):
    known = {
        "language": language,
        "id": name,
        "text": "Press one.",
        "speech": Speech.SYNTHETIC,
        "seconds": 1.0,
        "level": -20.0,
        "origin": {"kind": "engine"},
        "approval": Consent("Ann", "2026-03-01T00:00:00+00:00", accepted=False, note=""),
        "master": OTHER,
        "files": {"ulaw": File(f"{language}/{name}.ulaw", size, sha)},
    }
    return Line(**(known | changes))


def good(**changes):
    return written("Wind", {"en": File("en/voicekit.txt", 3, OTHER)}, [line(**changes)])


def records(manifest):
    return [json.loads(one) for one in manifest.data.splitlines()]


def packed(lines):
    return b"".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for one in lines)


def test_what_is_written_is_read_and_the_same_is_the_same():
    manifest = good()
    assert parse(manifest.data, "here") == manifest
    assert parse(manifest.data, "here").id == good().id
    assert good(text="Press two.").id != manifest.id


def test_order_makes_no_difference():
    lines = [line("b"), line("a"), line("a", "ru")]
    assert written("Wind", {}, lines).data == written("Wind", {}, reversed(lines)).data


WRONG_PATHS = [
    "../custom/one.ulaw", "/etc/passwd", "en/custom/one.ulaw/..", "en//custom/one.ulaw", "en/custom/one.gsm",
    "en/custom/one.ulaw\0", "en/custom/оne.ulaw", "ru/custom/one.ulaw", "en/custom/ONE.ulaw", "", None, 7, ["en"],
]  # fmt: skip
WRONG = {
    "id": ["../x", "/x", "a/../b", "x\0", "оne", "x.ulaw", "", " x", "x" * 81, None, 1, "ａ"],
    "language": ["..", "/", "EN", "еn", "", None, "en\0", "en/../..", "en" + "_x" * 40],
    "text": ["x" * 20_001, "a\0b", 5, ["x"]],
    "speech": ["robot", None, True, ""],
    "seconds": [-1.0, 1e9, float("inf"), float("nan"), "1", 1, True, None],
    "level": [-1e9, float("nan"), "x", True],
    "origin": [None, [], {"a": 1}, {"a": "x" * 1001}, {str(n): "" for n in range(21)}],
    "approval": [{}, "yes", {"by": "a", "at": "b", "accepted": 1, "note": ""}, True],
    "master": ["A" * 64, "a" * 63, "../" + "a" * 61, "а" * 64, None, "a" * 64 + "\n"],
    "files": [{}, None, [], {"mp3": {"path": "en/custom/one.mp3", "bytes": 1, "sha256": SHA}}],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_field_that_is_not_right(field, value):
    lines = records(good())
    lines[2][field] = value
    with pytest.raises(InputError, match=r"there(:3)?: "):
        parse(packed(lines), "there")


@pytest.mark.parametrize("field", WRONG)
def test_a_field_that_is_missing_or_too_many(field):
    lines = records(good())
    with pytest.raises(InputError, match="there:3: "):
        parse(packed([*lines[:2], lines[2] | {"more": 1}]), "there")
    del lines[2][field]
    with pytest.raises(InputError, match="there:3: "):
        parse(packed(lines), "there")


@pytest.mark.parametrize("path", WRONG_PATHS)
def test_a_file_lies_where_its_prompt_lies(path):
    for number, place in ((2, lambda r: r["files"]["ulaw"]), (1, lambda r: r)):
        lines = records(good())
        place(lines[number])["path"] = path
        with pytest.raises(InputError, match=f"there:{number + 1}: "):
            parse(packed(lines), "there")


@pytest.mark.parametrize("size", [-1, 1 << 31, 1e3, "8", True, None, 10**400])
def test_a_size_that_can_not_be(size):
    lines = records(good())
    lines[2]["files"]["ulaw"]["bytes"] = size
    with pytest.raises(InputError, match="there:3: "):
        parse(packed(lines), "there")


def test_bombs():
    with pytest.raises(InputError, match="GiB"):
        written("Wind", {}, [line(f"p{n}", sha=f"{n:064x}", size=1 << 30) for n in range(LARGEST // (1 << 30) + 1)])
    with pytest.raises(InputError, match="lines"):
        parse(good().data + b"{}\n" * 100_000, "there")
    assert MOST < 100_000
    with pytest.raises(InputError, match="MiB"):
        parse(b" " * ((64 << 20) + 1), "there")
    with pytest.raises(InputError, match="there:2: "):
        parse(b'{"release":1,"workspace":"x"}\n' + b"[" * 100_000, "there")
    with pytest.raises(InputError, match="there:2: "):
        parse(b'{"release":1,"workspace":"x"}\n{"list":' + b'{"a":' * 100_000, "there")


TWICE = {
    "a prompt": lambda m: m.data + m.data.splitlines(keepends=True)[2],
    "a prompt in other capitals": lambda m: m.data + m.data.splitlines(keepends=True)[2].replace(b"/one", b"/ONE"),
    "a key": lambda m: m.data.replace(b'"id":', b'"id":"x","id":'),
    "a list": lambda m: m.data.replace(b'{"list"', b'{"list":"en","list"'),
}


@pytest.mark.parametrize("what", TWICE)
def test_nothing_stands_twice(what):
    with pytest.raises(InputError, match="there"):
        parse(TWICE[what](good()), "there")


def test_one_content_has_one_size():
    with pytest.raises(InputError, match="two sizes"):
        written("Wind", {}, [line("a", size=1), line("b", size=2)])


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\n", b'{"release":2,"workspace":"x"}\n', b'{"release":true}\n',
             b'{"release":1}\n', b'{"release":1,"workspace":""}\n', b'{"release":1,"workspace":"x","more":1}\n']
)  # fmt: skip
def test_a_header_that_is_none(data):
    with pytest.raises(InputError, match="there"):
        parse(data, "there")


@settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["set", "cut", "insert", "drop"]))
def test_any_other_bytes_are_refused_or_are_another_release(place, byte, how):
    manifest = good()
    data = bytearray(manifest.data)
    at = place % len(data)
    if how == "set":
        data[at] = byte
    elif how == "cut":
        del data[at:]
    elif how == "insert":
        data.insert(at, byte)
    else:
        del data[at]
    try:
        found = parse(bytes(data), "there")
    except InputError:
        return
    assert (found.id == manifest.id) == (bytes(data) == manifest.data)
    assert written(found.workspace, found.lists, found.prompts).data == data


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=8), st.sampled_from([*WRONG, "list", "bytes", "sha256", "path"]))  # fmt: skip
def test_whatever_stands_in_a_field_is_no_crash(value, field):
    lines = records(good())
    target = lines[2]["files"]["ulaw"] if field in ("bytes", "sha256") else lines[1 if field == "list" else 2]
    target[field] = value
    with contextlib.suppress(InputError):
        assert parse(packed(lines), "there").data == packed(lines)
