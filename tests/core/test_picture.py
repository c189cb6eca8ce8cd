# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.picture import Picture, encode_png, read_picture
from core.picture_header import MAX_SIDE

Image = pytest.importorskip("PIL.Image", reason="Pillow makes the pictures of these tests")

Y, X = np.mgrid[0:48, 0:64]
RGB = np.stack([X * 4, Y * 5, 255 - X * 2 - Y], -1).astype(np.uint8)
ALPHA = (X * 4).astype(np.uint8)
RGBA = np.dstack([RGB, ALPHA])
RGB16 = (RGB.astype(np.uint16) * 257) ^ 5


def refused(path: Path) -> FaceShotError:
    with pytest.raises(FaceShotError) as caught:
        read_picture(path)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert path.name in caught.value.message
    return caught.value


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


# --- what is kept


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 4)),
        elements=st.integers(0, 255),
    ),
    st.integers(0, 9),
)
def test_png_round_trip_keeps_depth_channels_and_bytes(tmp_path_factory, pixels, compression):
    if pixels.dtype == np.uint16:
        pixels = pixels * 257 + np.arange(pixels.size, dtype=np.uint16).reshape(pixels.shape)
    data = encode_png(pixels, compression=compression)
    path = tmp_path_factory.mktemp("p") / "ü b.png"
    path.write_bytes(data)
    read = read_picture(path)
    assert read.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(read.pixels, pixels)
    assert read.size == (pixels.shape[1], pixels.shape[0])
    assert encode_png(pixels, compression=compression) == data


def test_grey_alpha_png_is_read_by_others(tmp_path):
    (tmp_path / "a.png").write_bytes(encode_png(np.dstack([RGB[..., 0], ALPHA])))
    other = Image.open(tmp_path / "a.png")
    assert other.mode == "LA"
    np.testing.assert_array_equal(np.asarray(other), np.dstack([RGB[..., 0], ALPHA]))


def test_encode_png_takes_a_plain_grey_array_and_refuses_floats():
    assert encode_png(RGB[..., 0]) == encode_png(RGB[..., :1])
    for wrong in (RGB.astype(np.float32), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 5), np.uint8)):
        with pytest.raises(FaceShotError) as caught:
            encode_png(wrong)
        assert caught.value.code is ErrorCode.USAGE


def test_rgb8_is_over_mid_grey_and_rounds_16_bit():
    grey = np.array([[[0, 255], [255, 255], [255, 0], [255, 128]]], np.uint8)
    assert Picture(pixels=grey).rgb8()[0, :, 0].tolist() == [0, 255, 128, 192]
    np.testing.assert_array_equal(Picture(pixels=RGB16).rgb8(), RGB)
    assert Picture(pixels=RGB[..., :1]).rgb8().shape == (48, 64, 3)


# --- as Blender shows them: 4.3.2 was asked for `image.size` and `image.pixels` of files made like these; what it
# said is written down here (bytes as stored, no gamma, no profile, no turning)


def saved(path: Path, pixels: np.ndarray, mode: str | None = None, **options) -> Path:
    Image.fromarray(pixels, mode).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("a.png", RGB),
        ("a.png", RGBA),
        ("a.png", RGB[..., 0]),
        ("a.png", np.dstack([RGB[..., 0], ALPHA])),
        ("a.bmp", RGB),
        ("a.bmp", RGB[..., 0]),
        ("a.tif", RGB),
        ("a.tif", RGBA),
        ("a.tif", RGB[..., 0]),
        ("a.webp", RGB),
        ("a.webp", RGBA),
    ],
)
def test_lossless_formats_come_in_as_they_are(tmp_path, name, pixels):
    path = saved(tmp_path / name, pixels, **({"lossless": True, "exact": True} if name == "a.webp" else {}))
    np.testing.assert_array_equal(read_picture(path).pixels, np.atleast_3d(pixels))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bit_is_kept(tmp_path, name):
    grey = (X * 1000 + Y * 7).astype(np.uint16)
    cv2.imwrite(str(tmp_path / name), grey)
    assert read_picture(tmp_path / name).pixels.dtype == np.uint16
    np.testing.assert_array_equal(read_picture(tmp_path / name).pixels[..., 0], grey)
    # Blender's pixel (20, 10) of it is 0.0765 in linear light, which is sRGB 0.3063
    assert abs(read_picture(tmp_path / name).pixels[10, 20, 0] / 65535 - 0.3063) < 5e-4
    cv2.imwrite(str(tmp_path / name), RGB16[..., ::-1])
    np.testing.assert_array_equal(read_picture(tmp_path / name).pixels, RGB16)


def test_palettes_become_rgb(tmp_path):
    palette = Image.fromarray(RGB).quantize(16)
    palette.save(tmp_path / "p.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "p.png").pixels, np.asarray(palette.convert("RGB")))
    palette.save(tmp_path / "t.png", transparency=3)
    read = read_picture(tmp_path / "t.png").pixels
    np.testing.assert_array_equal(read[..., 3] == 0, np.asarray(palette) == 3)


def test_gamma_and_profile_are_not_applied(tmp_path):
    data = encode_png(RGB)
    (tmp_path / "g.png").write_bytes(data[:33] + chunk(b"gAMA", struct.pack(">I", 100000)) + data[33:])
    np.testing.assert_array_equal(read_picture(tmp_path / "g.png").pixels, RGB)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_grey_becomes_alpha(tmp_path, depth):
    values = ((X + Y) % 2 ** min(depth, 8)).astype(np.uint16)
    if depth < 8:
        bits = np.unpackbits(values.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :].reshape(48, -1)
        rows = np.packbits(bits, axis=1)
    else:
        rows = values.astype(">u2").view(np.uint8) if depth == 16 else values.astype(np.uint8)
    raw = np.hstack([np.zeros((48, 1), np.uint8), rows]).tobytes()
    file = png(64, 48, depth, 0, chunk(b"tRNS", struct.pack(">H", 1)), chunk(b"IDAT", zlib.compress(raw)))
    (tmp_path / "t.png").write_bytes(file)
    read = read_picture(tmp_path / "t.png").pixels
    assert read.shape[2] == 2
    np.testing.assert_array_equal(read[..., 1] == 0, values == 1)
    assert read[..., 1].max() == np.iinfo(read.dtype).max


def test_grey_jpeg_has_one_channel(tmp_path):
    read = read_picture(saved(tmp_path / "g.jpg", RGB[..., 0], quality=98)).pixels
    assert read.shape == (48, 64, 1)
    assert np.abs(read[..., 0].astype(int) - RGB[..., 0]).max() < 8


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exif_rotation_of_a_jpeg_is_not_applied(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    read = read_picture(saved(tmp_path / "e.jpg", RGB, quality=98, exif=exif))
    assert read.size == (64, 48)
    assert np.abs(read.pixels.astype(int) - RGB).mean() < 3


@pytest.mark.parametrize("marker", ["Adobe", "none", "YCCK"])
def test_cmyk_jpeg_looks_right(tmp_path, marker):
    """Blender takes four channels as inverted (Adobe's way) with and without the marker: (R, G, B) = (C, M, Y) K / 255;
    its pixels and ours differed by at most 1 for the three."""
    path = tmp_path / "c.jpg"
    Image.fromarray(RGB).convert("CMYK").save(path, quality=98)
    data = bytearray(path.read_bytes())
    at = data.find(b"\xff\xee")
    length = 2 + struct.unpack_from(">H", data, at + 2)[0]
    if marker == "none":
        del data[at : at + length]
    if marker == "YCCK":
        data[at + length - 1] = 2  # Pillow writes no YCCK: the same data under its flag has other colours
    path.write_bytes(data)
    read = read_picture(path).pixels
    assert read.shape == (48, 64, 3)
    if marker != "YCCK":
        assert np.abs(read.astype(int) - RGB).mean() < 3


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("pixels", [RGB, RGB[..., 0]])
def test_tiff_orientation_is_not_applied(tmp_path, orientation, pixels):
    path = saved(tmp_path / "o.tif", pixels, tiffinfo={274: orientation}, compression="tiff_lzw")
    np.testing.assert_array_equal(read_picture(path).pixels, np.atleast_3d(pixels))


def test_names_of_any_script(tmp_path):
    path = tmp_path / "Größe 图 é.PNG"
    path.write_bytes(encode_png(RGB))
    np.testing.assert_array_equal(read_picture(path).pixels, RGB)
    assert read_picture(str(path)).path == path


# --- what is refused, in words


def test_missing(tmp_path):
    with pytest.raises(FaceShotError) as caught:
        read_picture(tmp_path / "no.png")
    assert caught.value.code is ErrorCode.INPUT_MISSING


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"hello world\n" * 9, "not a picture"),
        (b"\x76\x2f\x31\x01" + bytes(99), "OpenEXR"),
        (b"#?RADIANCE\n", "Radiance"),
        (b"8BPS" + bytes(99), "Photoshop"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
        (b"\xff\xd8\xff\xe0", "cut short"),
        (b"RIFF\x00\x00\x00\x00AVI ", "not a picture"),
        (b"II*\x00\x08\x00\x00\x00", "cut short"),
        (b"BM", "cut short"),
        (b"\x00\x00\x00\x20ftypheic", "HEIC"),
    ],
)
def test_what_is_no_picture_says_so(tmp_path, data, word):
    path = tmp_path / "x.png"
    path.write_bytes(data)
    error = refused(path)
    assert word in error.message
    assert "PNG" in error.hint or "again" in error.hint


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tif"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.98])
def test_cut_short(tmp_path, name, part, capfd):
    path = saved(tmp_path / name, np.tile(RGB, (4, 4, 1)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    refused(path)
    assert "ERROR" not in capfd.readouterr().err


def test_a_progressive_jpeg_cut_in_a_late_scan_is_refused(tmp_path):
    path = saved(tmp_path / "p.jpg", np.tile(RGB, (4, 4, 1)), progressive=True)
    assert read_picture(path).size == (256, 192)
    data = path.read_bytes()
    for cut in range(len(data) // 2, len(data) - 2, 97):
        path.write_bytes(data[:cut])
        refused(path)


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path):
    data = bytearray(encode_png(RGB))
    data[len(data) // 2] ^= 1
    (tmp_path / "c.png").write_bytes(data)
    refused(tmp_path / "c.png")


@pytest.mark.parametrize(
    ("width", "height"), [(MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (2**31 - 1, 2**31 - 1), (MAX_SIDE, MAX_SIDE), (0, 5)]
)
def test_absurd_sizes_are_refused_unread(tmp_path, monkeypatch, width, height):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    (tmp_path / "b.png").write_bytes(png(width, height, 8, 2, chunk(b"IDAT", zlib.compress(bytes(10)))))
    refused(tmp_path / "b.png")


def test_float_tiff_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "f.tif"), (X / 64).astype(np.float32))
    assert "float32" in refused(tmp_path / "f.tif").message


@given(
    st.binary(max_size=200), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF1234WEBP", b"BM", b"II*\0"])
)
def test_junk_behind_a_good_beginning_is_an_expected_error(tmp_path_factory, junk, magic):
    path = tmp_path_factory.mktemp("j") / "j"
    path.write_bytes(magic + junk)
    refused(path)


def test_real_pictures(shared_data):
    sizes = {path.stem: read_picture(path).size for path in (shared_data / "pictures").glob("*.jpg")}
    assert sizes["lp_s9"] == (720, 1280)
    assert sizes["portrait_000001"] == (512, 512)
