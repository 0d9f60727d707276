"""English."""

import re
from collections.abc import Callable


def number_sign(text: str) -> str:
    """«room # 5» and «No. 5» are said «number 5»."""
    return re.sub(r"(?:#|\bNo\.)\s*(?=\d)", "number ", text)


STEPS: list[Callable[[str], str]] = [number_sign]
