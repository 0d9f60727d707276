"""A file is what it holds, and is never another file."""

import pytest
import soundfile

from voicekit.audio.read import open_sound
from voicekit.clip import gather
from voicekit.errors import InputError

from .signals import speech

LISTS = {
    "concat.mp4": "ffconcat version 1.0\nfile {name}\n",
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
    "hls.m4a": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
}


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.flac"
    soundfile.write(path, speech(1.0, 16000).samples, 16000)
    return path


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_files_is_no_sound(secret, name):
    """Whoever converts what others upload must not hand out the recordings beside it."""
    path = secret.with_name(name)
    path.write_text(LISTS[name].format(name=secret.name, path=secret))
    with pytest.raises(InputError, match=r"not a sound file"):
        gather(open_sound(path))


@pytest.mark.parametrize("extension", ["ulaw", "alaw", "gsm", "g722", "sln", "sln16", "vox"])
def test_a_header_is_stronger_than_the_extension_of_a_file_that_should_have_none(secret, extension):
    named = secret.with_suffix(f".{extension}")
    named.write_bytes(secret.read_bytes())
    assert open_sound(named).rate == 16000
    assert (gather(open_sound(named)).samples == gather(open_sound(secret)).samples).all()
