from __future__ import annotations

from hilum_ehealth.texts import one_line


def test_a_text_becomes_one_line_of_what_can_be_printed() -> None:
    assert one_line(" a\r\n\x1b[31mb\u202e\u2028c\u00a0d ", 100) == "a [31mb c d"


def test_a_text_is_cut_after_it_was_made_short() -> None:
    assert one_line("a" + " " * 50 + "b" * 50, 5) == "a bbb"
