"""`python -m headwater.drawing`: pictures asked for on standard input, answered on standard output,
until the input ends. Each way a length of four bytes comes first; a length of zero says no.
"""

import struct
import sys
from typing import BinaryIO

import msgspec

from headwater.drawing.qr import Picture, TooLarge, png


def main(asked: BinaryIO, answered: BinaryIO) -> None:
    while head := asked.read(4):
        picture = msgspec.json.decode(asked.read(struct.unpack(">I", head)[0]), type=Picture)
        try:
            drawn = png(picture)
        except TooLarge:
            drawn = b""
        answered.write(struct.pack(">I", len(drawn)) + drawn)
        answered.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
