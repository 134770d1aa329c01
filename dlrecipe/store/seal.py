"""A seal on JSON text: its last key holds a digest of all before it, so that any change is noticed.

The seal is checked on the bytes as they lie, before anything is parsed. It guards against a failing disk, a
torn write and a slip in an editor; against somebody who means harm it does not, as anyone can compute it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlrecipe.store.strict_json import decode_own, decode_sections

KEY = "check"
_DIGITS = 16  # 64 bits of SHA-256: a change slips through once in 2^64 times


@dataclass(frozen=True)
class Seal:
    """Where the seal of a JSON object stands.

    `end` is how the text ends without a seal; `before` and `after` enclose the digest in its place.
    """

    end: bytes
    before: bytes
    after: bytes

    def close(self, text: str) -> bytes:
        """Return the JSON object `text` (with at least one key) with its seal."""
        body = text.encode()[: -len(self.end)]
        return b"".join((body, self.before, _digest(body), self.after))

    def open(self, data: bytes) -> dict[str, Any]:
        """Return what a sealed JSON object says, the seal left out.

        Raises:
            ValueError: it is not what `close` returned.
        """
        # What ends in a brace is an object, or no JSON.
        value: dict[str, Any] = decode_own(self._body(data) + self.end)
        return value

    def open_sections(self, data: bytes, keys: Sequence[str]) -> dict[str, Any]:
        """Return what a sealed page says under some of its keys, checked as a whole; see `decode_sections`.

        Raises:
            ValueError: it is not what `close` returned.
        """
        return decode_sections(self._body(data), keys)

    def _body(self, data: bytes) -> bytes:
        length = len(self.before) + _DIGITS + len(self.after)
        body, tail = data[:-length], data[-length:]
        if tail != b"".join((self.before, _digest(body), self.after)):
            raise ValueError("its check does not match what it says: it was cut or altered")
        return body


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_DIGITS].encode()


LINE = Seal(end=b"}", before=b', "check": "', after=b'"}\n')
"""For an object on one line."""
PAGE = Seal(end=b"\n}", before=b',\n  "check": "', after=b'"\n}\n')
"""For an object indented by two spaces."""
