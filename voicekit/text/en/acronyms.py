"""Words in capitals that are read letter by letter."""

import re

_CAPITALS = re.compile(r"(?<![^\W\d_])(?P<letters>[A-Z]{2,})(?P<many>s)?(?![^\W\d_])")
_VOWELS = set("AEIOU")
_SHORT, _LONGEST = 3, 5
# Of two or three letters with a vowel, those that are words: common ones in capitals, and acronyms read as words.
_WORDS = set(
    "AM AN AS AT BE DO GO HE IF IN IS ME NO OF OH OK ON OR SO TO UP WE ACT ADD AGE ALL AND ANY ARE ASK BAD BIG BUT BUY "
    "CAN CAR DAY DID END FAR FAX FEW FOR GET GOT HAD HAS HER HIM HIS HIT HOT HOW ITS JOB LAW LET LOT LOW MAN MAY MEN "
    "NEW NOT NOW OFF OIL OLD ONE OUR OUT OWN PAY PUT RED RUN SAT SAW SAY SEA SEE SET SHE SIX TAX TEN THE TOO TOP TWO "
    "USE WAR WAS WAY WHO WIN YES YET YOU PIN SIM FAQ VIN ZIP APP BUS GAS GYM CAB MAP TIP VAN LAN WAN RAM ROM "
    "SIP".split()
)


def acronyms(text: str) -> str:
    """«SMS» is said «S M S»; «NASA», «PIN» and «PLEASE HOLD» are words."""
    shouted = not any(sign.islower() for sign in text)

    def read(match: re.Match[str]) -> str:
        letters = match["letters"]
        if not _spelled(letters, shouted=shouted and " " in text):
            return match.group()
        return " ".join(letters) + ("'s" if match["many"] else "")

    return _CAPITALS.sub(read, text)


def _spelled(word: str, *, shouted: bool) -> bool:
    """Without a vowel nothing can be read as a word; with one, short ones mostly are not."""
    if len(word) > _LONGEST or word in _WORDS:
        return False
    if not _VOWELS & set(word):
        return word not in {
            "BY",
            "MY",
            "WHY",
            "TRY",
            "CRY",
            "DRY",
            "FLY",
            "SKY",
            "SHY",
            "SPY",
            "HMM",
            "SHH",
            "MR",
            "MRS",
        }
    return len(word) <= _SHORT and not shouted
