"""A text as a QR code: whole pixels per module, and what is left over goes to the margin."""

import struct
import zlib

import msgspec
import segno

BYTES_MAX = 2953  # what the largest code holds at level L


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What to draw; colors as six hexadecimal digits, the margin in modules."""

    text: str
    size: int
    level: str
    foreground: str
    background: str
    margin: int


class TooLarge(Exception):  # noqa: N818 - an outcome: the text does not fit
    pass


def png(picture: Picture) -> bytes:
    """TooLarge where the text does not fit at this level, or its modules not in this size."""
    try:
        code = segno.make_qr(picture.text, error=picture.level, boost_error=False)
    except segno.DataOverflowError as error:
        raise TooLarge from error
    modules = [bytes(row) for row in code.matrix]
    scale = picture.size // (len(modules) + 2 * picture.margin)
    if scale == 0:
        raise TooLarge
    rest = picture.size - scale * len(modules)
    before, after = rest // 2, rest - rest // 2
    blank = _packed("0" * picture.size)
    lines = [blank] * before
    for row in modules:
        bits = "".join("1" * scale if module else "0" * scale for module in row)
        lines += [_packed("0" * before + bits + "0" * after)] * scale
    lines += [blank] * after
    return _file(picture, b"".join(lines))


def _packed(bits: str) -> bytes:
    """A line of the image: no filter, eight pixels per byte."""
    width = -(-len(bits) // 8)
    return b"\x00" + int(bits.ljust(width * 8, "0"), 2).to_bytes(width, "big")


def _file(picture: Picture, lines: bytes) -> bytes:
    """One bit per pixel, two colors."""
    header = struct.pack(">IIBBBBB", picture.size, picture.size, 1, 3, 0, 0, 0)
    colors = bytes.fromhex(picture.background + picture.foreground)
    parts = (b"IHDR", header), (b"PLTE", colors), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
