"""Times by their parts are the times they are as a whole."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhiheng.trace.epcis.times import microseconds, milliseconds, parse, since, since_epoch

numbers = st.integers(0, 99)


@given(
    st.integers(0, 9999), numbers, numbers, numbers, numbers, numbers,
    st.sampled_from(["", ".", ".5", ".0004996", ".9999999"]), st.sampled_from(["Z", "", "+08:00", "-05:30", "+14:00", "-14:01"]),
)  # fmt: skip
@example(1, 1, 1, 0, 0, 0, "", "+14:00")  # before the first year, in UTC
@example(9999, 12, 31, 23, 59, 59, ".9996", "-14:00")
@example(2024, 2, 29, 12, 0, 0, "", "Z")
@example(2026, 2, 29, 12, 0, 0, "", "Z")
def test_a_time_by_its_parts_is_the_time_as_a_whole(
    year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str, offset: str
) -> None:
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
    moment = parse(text)
    assert since(text) == (None if moment is None else since_epoch(moment))
    if moment is None:
        with pytest.raises(ValueError, match="is not a time"):
            microseconds(text)
        return
    try:
        wanted = (moment.astimezone(UTC) + timedelta(microseconds=500)).isoformat(timespec="milliseconds")
    except OverflowError:
        with pytest.raises(OverflowError):
            milliseconds(microseconds(text))
        return
    assert milliseconds(microseconds(text)) == wanted.replace("+00:00", "Z")


def test_a_very_long_time_is_read_and_not_kept() -> None:
    assert since(f"1970-01-01T00:00:00.{'0' * 5000}Z") == 0
    assert since("2026-05-08T23:10:00" + "x" * 5000) is None
