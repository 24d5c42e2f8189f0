"""`python -m headwater.drawing.portrait`: pictures on standard input, small ones on the output.

Whatever somebody sent is decoded here, in a process that has nothing else and little memory.
"""

import contextlib
import io
import resource
import struct
import sys
from typing import BinaryIO

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
PIXELS_MAX = 25_000_000  # 100 MB decoded
MEMORY_MAX = 1 << 30


def portrait(data: bytes, side: int) -> bytes:
    """The middle of the first frame, upright, `side` pixels square: a PNG of pixels alone, so that
    nothing a camera wrote beside them is passed on.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > PIXELS_MAX:
            raise ValueError("more pixels than anybody needs")
        opened.draft("RGB", (4 * side, 4 * side))  # a JPEG is decoded smaller at once
        upright = ImageOps.exif_transpose(opened)
        whole = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    small = ImageOps.fit(whole, (side, side), Image.Resampling.LANCZOS)
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    written = io.BytesIO()
    bare.save(written, "PNG", optimize=True)
    return written.getvalue()


def main(asked: BinaryIO, answered: BinaryIO) -> None:
    """Each way a length of four bytes comes first, then here the side in two; a length of zero says
    that it was no picture.
    """
    while head := asked.read(4):
        length = struct.unpack(">I", head)[0]
        (side,) = struct.unpack(">H", asked.read(2))
        try:
            drawn = portrait(asked.read(length - 2), side)
        except Exception:  # whatever a decoder meets in what a stranger made
            drawn = b""
        answered.write(struct.pack(">I", len(drawn)) + drawn)
        answered.flush()


if __name__ == "__main__":
    with contextlib.suppress(ValueError, OSError):  # not every system knows the limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    main(sys.stdin.buffer, sys.stdout.buffer)
