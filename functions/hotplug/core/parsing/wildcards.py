"""IAM wildcards: * matches any characters, ? matches one."""

import re
from functools import cache


def matches(pattern: str, name: str) -> bool:
    """Return whether the pattern matches the whole name, case-sensitively."""
    return _compiled(pattern).fullmatch(name) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern))
