"""QR codes as PNG. Drawn in a process of its own: it is Python that keeps a processor busy."""

from headwater.drawing.qr import BYTES_MAX, Picture, TooLarge, png

__all__ = ["BYTES_MAX", "Picture", "TooLarge", "png"]
