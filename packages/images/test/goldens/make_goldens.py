"""Images of every kind, and what Pillow makes of them. pip install Pillow numpy; python make_goldens.py

Writes the image files beside this script and goldens.safetensors: pixels [h w c] as bytes (I8), floats as F32.
TrivialAugment's operations call Pillow as torchvision's transforms do for PIL images.
"""

import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

here = Path(__file__).parent
rng = np.random.default_rng(0)
y, x = np.mgrid[0:37, 0:53]
pixels = np.stack([x * 5 % 256, y * 7 % 256, (x * x + y * y) // 9 % 256], -1).astype(np.uint8)
pixels[5:20, 10:30] = rng.integers(0, 256, (15, 20, 3))
colour = Image.fromarray(pixels)
gray = colour.convert("L")
clear = Image.fromarray(np.dstack([pixels, rng.integers(0, 256, (37, 53))]).astype(np.uint8), "RGBA")
goldens = {}


def keep(name, image):
    array = np.asarray(image)
    if array.dtype != np.float32:
        array = array.astype(np.uint8).view(np.int8)
    goldens[name] = array


def save(name, image, **options):
    image.save(here / name, **options)
    keep(f"decode/{name}", Image.open(here / name).convert("RGB"))


turned = Image.Exif()
turned[0x0112] = 6
save("420.jpg", colour, quality=80, subsampling=2)
save("turned.jpg", colour, quality=90, subsampling=0, exif=turned)
save("progressive.jpg", colour, quality=80, subsampling=1, progressive=True)
save("gray.jpg", gray)
save("colour.png", colour)
save("gray.png", gray)
save("palette.png", colour.quantize(16), transparency=0)
save("bits.png", colour.convert("1"))
save("clear.png", clear)
save("gray-clear.png", clear.convert("LA"))
save("turned.png", colour, exif=turned)
save("turned.webp", colour, quality=80, exif=turned)
save("lossy.webp", colour, quality=80)
save("lossless.webp", colour, lossless=True)
save("clear.webp", clear, lossless=True, exact=True)
colour.convert("CMYK").save(here / "cmyk.jpg")
colour.save(here / "animation.webp", save_all=True, append_images=[colour.rotate(90)])

keep("colour", colour)
keep("gray", gray)

for name, image in (("colour", colour), ("gray", gray)):
    for filter, code in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
        for size in ((20, 14), (1, 1), (53, 9), (106, 74), (71, 37), (7, 90)):
            keep(f"resize/{name}/{filter}/{size[0]}x{size[1]}", image.resize(size, code))

mean, std = (np.array(v, np.float32) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
keep("normalize/imagenet", ((pixels.astype(np.float32) / np.float32(255) - mean) / std).transpose(2, 0, 1))

# (operation, magnitude): at both ends of its range, in between, and with either sign where it has one
AFFINE = Image.Transform.AFFINE


def operate(image, op, m):
    if op == "identity":
        return image
    if op == "shear-x":
        return image.transform(image.size, AFFINE, [1, m, 0, 0, 1, 0])
    if op == "shear-y":
        return image.transform(image.size, AFFINE, [1, 0, 0, m, 1, 0])
    if op == "translate-x":
        return image.transform(image.size, AFFINE, [1, 0, -int(m), 0, 1, 0])
    if op == "translate-y":
        return image.transform(image.size, AFFINE, [1, 0, 0, 0, 1, -int(m)])
    if op == "rotate":
        return image.rotate(m)
    if op == "brightness":
        return ImageEnhance.Brightness(image).enhance(1 + m)
    if op == "color":
        return ImageEnhance.Color(image).enhance(1 + m)
    if op == "contrast":
        return ImageEnhance.Contrast(image).enhance(1 + m)
    if op == "sharpness":
        return ImageEnhance.Sharpness(image).enhance(1 + m)
    if op == "posterize":
        return ImageOps.posterize(image, int(m))
    if op == "solarize":
        return ImageOps.solarize(image, m)
    return {"auto-contrast": ImageOps.autocontrast, "equalize": ImageOps.equalize}[op](image)


signed = {"shear-x": 0.99, "shear-y": 0.99, "translate-x": 32, "translate-y": 32, "rotate": 135}
signed |= {op: 0.99 for op in ("brightness", "color", "contrast", "sharpness")}
cases = [(op, m * sign) for op, m in signed.items() for m in (m * 7 / 30, m * 20 / 30, m) for sign in (1, -1)]
cases += [("posterize", bits) for bits in (8, 5, 2)] + [("solarize", m) for m in (255, 110.5, 0)]
cases += [(op, 0) for op in ("identity", "auto-contrast", "equalize")]
small = colour.crop((2, 1, 29, 20)).point(lambda v: 40 + v // 2)
dim = {"colour": small, "gray": small.convert("L")}
for name, image in dim.items():
    keep(f"dim/{name}", image)
    for op, m in cases:
        keep(f"augment/{name}/{op}/{m!r}", operate(image, op, m))

header, at = {}, 0
for name, array in goldens.items():
    header[name] = {
        "dtype": {"int8": "I8", "float32": "F32"}[array.dtype.name],
        "shape": list(array.shape),
        "data_offsets": [at, at + array.nbytes],
    }
    at += array.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(here / "goldens.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for array in goldens.values():
        file.write(np.ascontiguousarray(array).tobytes())
print(len(goldens), "values,", at, "bytes")
