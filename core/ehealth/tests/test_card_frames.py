"""Messages between us and the card's process."""

from __future__ import annotations

import io

import pytest
from hilum_ehealth.card.frames import LIMIT, pack, read_message, unpack, write_message
from hypothesis import given
from hypothesis import strategies as st

MESSAGES = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())


@given(st.lists(MESSAGES))
def test_messages_arrive_as_they_were_sent(messages: list[dict[str, object]]) -> None:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    stream.seek(0)
    assert [read_message(stream) for _ in messages] == messages
    assert read_message(stream) is None


@given(st.integers(min_value=0))
def test_a_message_cut_off_is_the_end(cut: int) -> None:
    stream = io.BytesIO()
    write_message(stream, {"id": 1, "do": "slots"})
    whole = stream.getvalue()
    assert read_message(io.BytesIO(whole[: cut % len(whole)])) is None


@pytest.mark.parametrize(
    "nonsense",
    [b"\xff\xff\xff\xffx", b"\0\0\0\2[]", b"\0\0\0\2{]", b"\0\0\0\2\xff\xff", b"Hello, world!"],
)
def test_nonsense_is_refused(nonsense: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any ValueError ends the process
        read_message(io.BytesIO(nonsense))


def test_a_message_that_is_too_long_is_not_sent() -> None:
    stream = io.BytesIO()
    with pytest.raises(ValueError, match="too long"):
        write_message(stream, {"data": "x" * LIMIT})
    assert stream.getvalue() == b""


@given(st.binary())
def test_bytes_survive_packing(data: bytes) -> None:
    assert unpack(pack(data)) == data
