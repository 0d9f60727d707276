"""Amazon Polly through boto3: keys, regions and profiles are found as in every AWS tool."""

import re
from collections.abc import Sequence
from contextlib import closing
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from voicekit import extras, web
from voicekit.engines import Key, Price, Setting, Speech, Text, Words, wordless
from voicekit.errors import EngineError
from voicekit.patience import BusyError, Patience
from voicekit.text import pronunciation
from voicekit.text.lexicon import escaped
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

_LOGIN = "log in again or renew the keys; they are looked for as in every AWS tool"
_CLOCK = "set this machine's clock, and check the secret key"
_REMEDIES = {
    "AccessDeniedException": "allow this user or role polly:SynthesizeSpeech",
    "ExpiredTokenException": _LOGIN,
    "UnrecognizedClientException": _LOGIN,
    "InvalidClientTokenId": _LOGIN,
    "InvalidSignatureException": _CLOCK,
    "SignatureDoesNotMatch": _CLOCK,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "TextLengthExceededException": "make the words shorter, or two prompts of them",
    "InvalidSampleRateException": "set another rate_hz in [settings]",
    "EngineNotSupportedException": "this voice is of another engine: set engine in [settings], or take another voice",
    "LanguageNotSupportedException": "take a voice of this language",
    "InvalidSsmlException": "write ipa in lexicon.toml with the signs that Amazon lists for the voice's language",
    "LexiconNotFoundException": "correct lexicons in [settings], or store it in this region: aws polly put-lexicon",
}
_PASSING = {"ThrottlingException", "Throttling", "TooManyRequestsException", "ServiceFailureException"}
_LEXICONS = 5  # in one request at the most
_LEXICON = re.compile("[0-9A-Za-z]{1,20}")


class Polly:
    """A speaker's `voice` is Polly's name for it: `Joanna`, `Tatyana`, `Vicki` ..."""

    name = "polly"
    about = "Amazon Polly: 40 languages; the text goes to Amazon"
    how_to_get = f"{extras.brings('polly')}; needs an AWS account"
    parallel = 4
    fresh = False
    stress = Stress.DROP
    longest = 3000
    price = Price(
        {"standard": 4.0, "neural": 16.0, "generative": 30.0, "long-form": 100.0}, "USD", "2026-10-07", "engine"
    )
    patience = Patience()
    settings: ClassVar[dict[str, Key]] = {
        "engine": Text("neural", "which of Polly's engines", ("standard", "neural", "long-form", "generative")),
        "rate_hz": Text("16000", "samples a second", ("8000", "16000")),
        "lexicons": Words((), "names of lexicons (PLS) that the account has in this region, the first counts most"),
    }
    service: ClassVar[dict[str, Key]] = {
        "region": Text("", 'as eu-central-1; "" for the one that AWS tools find'),
        "profile": Text("", 'of ~/.aws; "" for the one that AWS tools find'),
        "endpoint_url": Text("", "another address than Amazon's"),
        "timeout": Setting(1, 100, 60, "seconds an answer may take"),
        "price": Setting(0.0, 1e6, 16.0, "of a million characters"),
        "currency": Text(price.currency, "of the price"),
    }

    def version(self) -> str:
        if find_spec("boto3") is None:
            raise EngineError(f"polly: boto3 is not installed; {self.how_to_get}")
        return "2016-06-10"  # of the API: Polly tells no other

    def refusal(self, speech: Speech) -> str:
        self.version()
        return (
            wordless(speech.text)
            or _voiceless(speech.speaker.voice)
            or pronunciation.refusal(speech.lexicon)
            or _misnamed(speech.settings["lexicons"])
            or _unready(*_access(speech))
        )

    def speak(self, speech: Speech) -> "Clip":
        from voicekit.audio import answer

        if refusal := self.refusal(speech):
            raise EngineError(f"polly: {refusal}")
        sound = self.patience.persist(lambda: _asked(speech))
        return answer.pcm(sound, int(speech.settings["rate_hz"]), "polly", "Amazon")


def _access(speech: Speech) -> tuple[str, str, str, float]:
    service = speech.service
    return service["region"], service["profile"], service["endpoint_url"], service["timeout"]


@lru_cache(maxsize=1)
def _voices() -> frozenset[str]:
    """All that this SDK knows of."""
    import botocore.session

    model = botocore.session.get_session().get_service_model("polly")
    return frozenset(model.shape_for("VoiceId").enum)


def _voiceless(voice: str) -> str:
    """Why Polly can't speak with this voice; "" when it can."""
    if voice in _voices():
        return ""
    near = get_close_matches(voice, _voices(), n=1)
    remedy = f'did you mean "{near[0]}"?' if near else "a new one may need a newer boto3"
    return f'Polly has no voice "{voice}"; {remedy}'


def _misnamed(lexicons: Sequence[str]) -> str:
    """Why these can't be names of lexicons in an account; "" when they can."""
    if len(lexicons) > _LEXICONS:
        return f"{len(lexicons)} lexicons; Polly takes {_LEXICONS} at the most"
    wrong = next((name for name in lexicons if not _LEXICON.fullmatch(name)), None)
    if wrong is None:
        return ""
    return f'"{web.one_line(wrong)}" is no name of a lexicon; they have 1 to 20 letters of a to z and digits'


@lru_cache(maxsize=4)
def _client(region: str, profile: str, endpoint_url: str, timeout: float) -> Any:
    """None where there are no credentials. Asked once: looking for them may wait for a server that is not there."""
    import boto3
    from botocore.config import Config

    session = boto3.Session(region_name=region or None, profile_name=profile or None)
    if session.get_credentials() is None:
        return None
    config = Config(connect_timeout=min(timeout, 10), read_timeout=timeout, retries={"total_max_attempts": 1})
    return session.client("polly", endpoint_url=endpoint_url or None, config=config)


def _unready(region: str, profile: str, endpoint_url: str, timeout: float) -> str:
    """Why nothing can be asked of Polly from here; "" when it can."""
    from botocore.exceptions import BotoCoreError, NoRegionError

    if endpoint_url and (reason := web.bad_address(endpoint_url)):
        return reason
    try:
        client = _client(region, profile, endpoint_url, timeout)
    except NoRegionError:
        return "no AWS region; set region in [service], or the variable AWS_REGION"
    except (BotoCoreError, ValueError) as error:  # no such profile, half a key, no address
        return f"AWS can't be asked: {web.one_line(str(error))}; check [service] and the files of ~/.aws"
    if client is None:
        return "no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile in [service]"
    return ""


def _request(speech: Speech) -> dict[str, Any]:
    """SSML only where there is a pronunciation; Amazon bills for no tags."""
    request = {
        "Text": speech.text,
        "VoiceId": speech.speaker.voice,
        "Engine": speech.settings["engine"],
        "OutputFormat": "pcm",
        "SampleRate": speech.settings["rate_hz"],
    }
    parts = list(pronunciation.parts(speech.text, speech.language, speech.lexicon, Polly.stress))
    if any(ipa for _, ipa in parts):
        request |= {"Text": f"<speak>{''.join(_element(*part) for part in parts)}</speak>", "TextType": "ssml"}
    if speech.settings["lexicons"]:
        request["LexiconNames"] = list(speech.settings["lexicons"])
    return request


def _element(text: str, ipa: str) -> str:
    """SSML 1.1 clause 3.1.10."""
    return f'<phoneme alphabet="ipa" ph="{escaped(ipa)}">{escaped(text)}</phoneme>' if ipa else escaped(text)


def _asked(speech: Speech) -> bytes:
    """16-bit PCM. Raises `BusyError` where it is worth while to ask again, else `EngineError`."""
    from botocore import exceptions

    try:
        answer = _client(*_access(speech)).synthesize_speech(**_request(speech))
        with closing(answer["AudioStream"]) as stream:  # its own `with` gives the stream that counts nothing
            sound: bytes = stream.read(web.LIMIT + 1)
            stream.read(1)  # the end: only here is a body noticed that is shorter than announced
    except exceptions.ClientError as error:
        raise _explained(error) from None
    except exceptions.SSLError:
        raise EngineError("polly: the certificate is not valid, nothing was sent; a proxy may read along") from None
    except exceptions.EndpointConnectionError:
        raise EngineError("polly: Amazon can't be reached; check the connection, and region in [service]") from None
    except (exceptions.HTTPClientError, exceptions.IncompleteReadError):
        raise BusyError("polly: the answer broke off or took too long; try again later") from None
    except exceptions.BotoCoreError as error:
        raise EngineError(f"polly: {type(error).__name__}; {_LOGIN}") from None
    if not sound:
        raise BusyError("polly: an answer without any sound; try again later")
    if len(sound) > web.LIMIT:
        raise EngineError(f"polly: more than {web.LIMIT >> 20} MB of sound; check endpoint_url in [service]")
    return sound


def _explained(error: Any) -> EngineError:
    """Of a `ClientError`. What concerns the keys is not quoted: a signature's error repeats what was signed."""
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _PASSING or status >= 500 or status == 429:
        return BusyError(f"polly: Amazon answered {web.one_line(code)}; try again later")
    if code in _REMEDIES:
        return EngineError(f"polly: Amazon answered {code}; {_REMEDIES[code]}")
    said = web.one_line(error.response["Error"].get("Message", ""))
    return EngineError(f'polly: Amazon answered {web.one_line(code)}: "{said}"; change the words or the voice')


ENGINE = Polly()
