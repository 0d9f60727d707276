"""Our text list, read as Asterisk's main/media_index.c reads it, gives each prompt's words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.release import textlist

BUFFER = 2048


def asterisk(data):
    """process_description_file() in few words: lines that fit the buffer, `;`, the first `:`, what goes on."""
    found, current = {}, None
    for line in data.split(b"\n"):
        assert len(line) + 2 <= BUFFER, "skipped as too long"
        text = line.decode().strip()
        if not text or text.startswith(";"):
            continue
        name, colon, words = text.partition(":")
        if colon:
            current = name.strip()
            found[current] = words.strip()
        else:
            found[current] += " " + text
    return found


def plain(text):
    return text.replace("\u2236", ":").replace("\uff1b", ";")


def test_the_usual_list():
    data = textlist.data([(("en", "custom/a"), "Press: one; or two."), (("en", "b"), "")])
    assert data == b"custom/a: Press: one; or two.\n"


NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z0-9]{1,8})?", fullmatch=True)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.dictionaries(NAMES, st.text(max_size=300), max_size=5), st.integers(1, 60))
def test_asterisk_reads_the_words(prompts, times):
    words = {name: text * times for name, text in prompts.items()}
    found = asterisk(textlist.data([(("en", name), text) for name, text in words.items()]))
    for name, text in words.items():
        clean = "".join(sign if sign.isprintable() else " " for sign in text)
        wanted = "".join(clean.split())
        assert plain("".join(found.get(name, "").split())) == plain(wanted)
    assert found.keys() <= words.keys()


def test_a_long_text_with_colons_and_semicolons_stays_with_its_prompt():
    text = "; ".join(f"at {n}: number {n}" for n in range(900))
    found = asterisk(textlist.data([(("en", "a"), text), (("en", "b"), "Two.")]))
    assert found.keys() == {"a", "b"}
    assert plain(found["a"]) == text
