"""Outputs are weighed by what they cost a page, not by their characters alone."""

import base64

from autograder.sandbox.outputs import clean_outputs, swells


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def note(outputs):
    return any("too large" in str(output) for output in outputs)


def test_colours_and_tags_take_more_room_than_letters():
    assert not note(clean_outputs([printed("x" * 9_000)], 10_000))
    assert note(clean_outputs([printed("\x1b[31mx" * 1_000)], 10_000))
    html = {"output_type": "display_data", "data": {"text/html": "<b>a</b>" * 500}}
    assert note(clean_outputs([html], 10_000))
    assert not note(clean_outputs([html], 40_000))


def test_an_ordinary_traceback_and_table_have_room_many_times():
    lines = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["\x1b[31mline\x1b[0m"] * 200}
    table = {"output_type": "display_data", "data": {"text/html": "<tr><td>1</td></tr>" * 600}}
    assert not note(clean_outputs([lines, table] * 20, 2048 * 1024))


def test_a_picture_is_known_by_its_head_and_its_base64_must_be_whole():
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (300).to_bytes(4, "big") * 2 + bytes(200)
    text = base64.b64encode(png).decode()
    assert not swells(text) and not swells(text[:76] + "\n" + text[76:])
    assert swells(text[:-1]) and swells(text[:80] + "====" + text[80:])
    large = png.replace((300).to_bytes(4, "big"), (30_000).to_bytes(4, "big"))
    assert swells(base64.b64encode(large).decode())
