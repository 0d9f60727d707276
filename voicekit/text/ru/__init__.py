"""Russian."""

import re
from collections.abc import Callable


def number_sign(text: str) -> str:
    """«кабинет № 5» is said «кабинет номер 5»."""
    return re.sub(r"№\s*", "номер ", text)


STEPS: list[Callable[[str], str]] = [number_sign]
