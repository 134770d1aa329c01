"""TensorBoard's event files, read without TensorFlow: records of length and data, each a protobuf message.

Of an event only the step and its scalars are read, as they have been written since 2015 (`simple_value`) and
by TensorFlow 2 (a tensor of one number).
Source: tensorflow/core/lib/io/record_writer.h for the records; event.proto, summary.proto and tensor.proto
for the field numbers.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from dlrecipe.interop.histories.history import History, Place, Point

LONGEST_RECORD = 1 << 30
HEADER, FOOTER = 12, 4
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Fields: TypeAlias = list[tuple[int, Any]]


def is_events(place: Place) -> bool:
    """A folder with event files somewhere in it, or such a file by its first record's checksum."""
    if place.is_folder:
        return bool(_event_files(place.path))
    return len(place.head) >= HEADER and _masked_crc(place.head[:8]) == place.head[8:12]


def read_events(place: Place) -> History:
    """Read every scalar under `folder/tag`, so that Keras's train/ and validation/ are told apart."""
    files = _event_files(place.path) if place.is_folder else [place.path]
    series: dict[str, dict[float, float]] = {}
    for file in files:
        folder = file.parent.relative_to(place.path).as_posix() if place.is_folder else "."
        prefix = "" if folder == "." else f"{folder}/"
        for tag, (step, value) in _scalars(Place(file)):
            series.setdefault(f"{prefix}{tag}", {})[step] = value
    return History({name: tuple(sorted(points.items())) for name, points in series.items()})


def _event_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*tfevents*") if path.is_file())


def _scalars(file: Place) -> Iterator[tuple[str, Point]]:
    for number, record in enumerate(_records(file), start=1):
        try:
            event = _fields(record)
            step = next((value for field, value in event if field == 2), 0)
            for summary in (value for field, value in event if field == 5):
                for value in (inner for field, inner in _fields(summary) if field == 1):
                    found = _scalar(_fields(value))
                    if found is not None:
                        yield found[0], (float(step), found[1])
        except (ValueError, IndexError, struct.error, UnicodeDecodeError, TypeError) as error:
            raise file.refuse(f"record {number} is no event: {error}", "Write the log anew.") from None


def _records(file: Place) -> Iterator[bytes]:
    """Yield the data of each record; a last one that is cut short is still being written and is left out."""
    with file.opened() as stream:
        number = 0
        while len(header := stream.read(HEADER)) == HEADER:
            number += 1
            (length,) = struct.unpack("<Q", header[:8])
            if _masked_crc(header[:8]) != header[8:] or length > LONGEST_RECORD:
                raise file.refuse(f"record {number} is damaged", "Write the log anew, or cut it off there.")
            data = stream.read(length)
            if len(data) < length or len(stream.read(FOOTER)) < FOOTER:
                return
            yield data


def _scalar(value: Fields) -> tuple[str, float] | None:
    """Return the tag and number of a summary's value; None for images, histograms and texts."""
    tag = next((inner.decode() for field, inner in value if field == 1), "")
    for field, inner in value:
        if field == 2 and len(inner) == 4:
            return tag, float(struct.unpack("<f", inner)[0])
        if field == 8:
            number = _number(_fields(inner))
            return None if number is None else (tag, number)
    return None


def _number(tensor: Fields) -> float | None:
    """Return the one number of a float32 or float64 tensor."""
    formats = {1: ("<f", 5), 2: ("<d", 6)}
    kind = next((value for field, value in tensor if field == 1), 0)
    if kind not in formats:
        return None
    layout, field_of_values = formats[kind]
    for field, value in tensor:
        if field in (4, field_of_values) and len(value) == struct.calcsize(layout):
            return float(struct.unpack(layout, value)[0])
    return None


def _fields(message: bytes) -> Fields:
    """Return a message's fields by number: varints as int, all else as bytes.

    Raises:
        ValueError, IndexError: it is no message.
    """
    fields: Fields = []
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            fields.append((key >> 3, value))
            continue
        if kind == BYTES:
            length, at = _varint(message, at)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"a field of unknown kind {kind}")
        if at + length > len(message):
            raise ValueError("a field that is cut short")
        fields.append((key >> 3, message[at : at + length]))
        at += length
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than 64 bits")


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


CRC_TABLE = _crc_table()
"""Of CRC-32C (Castagnoli)."""


def _masked_crc(data: bytes) -> bytes:
    """Return the checksum of a few bytes as records have it: rotated, and a constant added."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
