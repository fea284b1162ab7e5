"""What Pillow makes of the turned and the transparent images: upright, on white. pip install Pillow numpy; python make_upright.py

Reads the image files beside this script, and writes upright.safetensors: pixels [h w c] as bytes (I8).
"""

import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

here = Path(__file__).parent
names = ["turned.jpg", "turned.png", "turned.webp", "palette.png", "clear.png", "gray-clear.png", "clear.webp"]
header, data = {}, b""
for name in names:
    image = ImageOps.exif_transpose(Image.open(here / name)).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    pixels = np.asarray(Image.alpha_composite(white, image).convert("RGB"))
    begin, data = len(data), data + pixels.tobytes()
    header[f"decode/{name}"] = {"dtype": "I8", "shape": pixels.shape, "data_offsets": [begin, len(data)]}
text = json.dumps(header).encode()
(here / "upright.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
