"""What the names of columns tell: that one names rows or groups of them, or holds postal codes.

Knows no values.
"""

import re

NAME_OF_AN_ID = re.compile(
    r"(?i:(^|[_\W])(id|uuid|guid|index|idx|rownum|row|unnamed)([_\W]|$)"
    r"|(^|[_\W])(code|number|nr|no|key|ref|serial|account|phone)$)"
    # customerID, and not paid or fluid: here capitals count.
    r"|[a-z]I[dD]$"
)
"""Names that identifiers have. Measurements may have them too (body_mass_index): the values must agree."""
NAME_OF_A_GROUP = re.compile(
    r"patient|subject|participant|person|user|customer|client|member|household|family|session|visit|device"
    r"|sensor|machine|store|hospital|clinic|school|speaker|author|scene|video|sequence|(^|_)(id|group|site)($|_)",
    re.I,
)
"""Whose rows may be more alike than others': of a patient, a device, a session."""
NAME_OF_POSTAL_CODES = re.compile(
    r"(^|[_\W]|(?<=[a-z])(?=[A-Z]))"
    r"(?i:(zip|postal|post|pin)[_\W]?code|zip|plz|postleitzahl|code[_\W]?postal|codigo[_\W]?postal)"
    r"s?([_\W]?(?i:prefix|[0-9]))?$"
)
"""zip, zip_code, customerZip, ZIP5, postcode, plz; not unzip or zipped_size."""


def may_be_an_id(name: str) -> bool:
    """Return whether a column is called what identifiers are called."""
    return bool(NAME_OF_AN_ID.search(name))


def may_be_a_group(name: str) -> bool:
    """Return whether a column is called what rows that belong together have in common."""
    return bool(NAME_OF_A_GROUP.search(name))


def may_be_postal_codes(name: str) -> bool:
    """Return whether a column is called what postal codes are called."""
    return bool(NAME_OF_POSTAL_CODES.search(name))
