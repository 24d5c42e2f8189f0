"""Pictures, in processes of their own: codes are Python that keeps a processor busy, and portraits
are made of what strangers sent.
"""

from headwater.drawing.process import NoAnswer, Process
from headwater.drawing.qr import BYTES_MAX, Picture, TooLarge, png

__all__ = ["BYTES_MAX", "NoAnswer", "Picture", "Process", "TooLarge", "png"]
