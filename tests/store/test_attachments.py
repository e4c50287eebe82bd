"""What a file is by its content: recordings, films and PDFs are told apart, all else is not taken."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crm_store.attachments import SUFFIXES, NotTaken, kind_of, looked_at, safe_name
from crm_store.pictures import NoPicture

OGG = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead\x01\x01"
MP3_FRAME = b"\xff\xfb\x90\x64" + b"\x00" * 100


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"%PDF-1.7\n1 0 obj", "application/pdf"),
        (OGG, "audio/ogg"),
        (MP3_FRAME, "audio/mpeg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x05hello" + MP3_FRAME, "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + b"\x00" * 40, "audio/aac"),
        (b"#!AMR\n<", "audio/amr"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5\x00\x00", "video/3gpp"),
    ],
)
def test_what_is_taken_is_kept_as_it_came(content, content_type):
    file = looked_at(content, "x.html")
    assert (file.content, file.content_type) == (content, content_type)
    assert file.name == f"x{SUFFIXES[content_type]}"


def test_a_picture_is_drawn_anew():
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    file = looked_at(out.getvalue())
    assert (file.is_picture, file.content[:3]) == (True, b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>",
        b"<svg xmlns=",
        b"MZ\x90\x00",
        b"PK\x03\x04word/document.xml",
        b"%!PS-Adobe",
        b"\n%PDF-1.7",
        b"OggS" + b"\x00" * 24 + b"\x80theora",
        b"\x00\x00\x00\x20ftypheic",
        b"\xff\xfe<\x00h\x00t\x00m\x00l\x00",
        b"ID3\x04\x00\x00\x00\x00\x00\x05hello<script>",
        b"ID3",
    ],
)
def test_what_is_none_of_these_is_not_taken(content):
    with pytest.raises(NotTaken):
        looked_at(content, "bill.pdf")


@given(st.binary(max_size=200), st.sampled_from([b"", b"ID3", b"OggS", b"\xff", b"....ftyp", b"%PDF-"]))
def test_no_content_breaks_the_reader(content, start):
    assert kind_of(start + content) in {None, *SUFFIXES}


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        (None, None),
        ("", None),
        ("bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\T\\bill july.PDF", "bill july.pdf"),
        ('a"b\r\nSet-Cookie: x.html', "abSet-Cookie x.pdf"),
        ("\u202egnp.exe", "gnp.pdf"),
        ("....", None),
        ("x" * 300, "x" * 75 + ".pdf"),
    ],
)
def test_a_name_is_safe_to_show_and_to_save_under(given_name, safe):
    assert safe_name(given_name, "application/pdf") == safe


@given(st.text(max_size=200))
def test_any_name_is_made_safe(name):
    safe = safe_name(name, "audio/ogg")
    assert safe is None or (
        len(safe) <= 80 and safe.endswith(".ogg") and "/" not in safe and safe.isprintable()
    )


def test_a_broken_picture_is_no_other_file():
    with pytest.raises(NoPicture):
        looked_at(b"\xff\xd8\xff" + b"x" * 100)
