"""Channels as a line that a person types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.drive_expression import expression_text, parsed_expression
from maya_a2f.errors import UserError


@pytest.mark.parametrize(
    ("text", "gains"),
    [
        ("jawOpen", {"jawOpen": 1.0}),
        ("jawOpen + 0.5 mouthClose", {"jawOpen": 1.0, "mouthClose": 0.5}),
        ("-20 tongueTipUp + 15*tongueTipDown", {"tongueTipUp": -20.0, "tongueTipDown": 15.0}),
        ("  jaw.rotateX-.5jawOpen ", {"jaw.rotateX": 1.0, "jawOpen": -0.5}),
        ('2 "my shape" - jawOpen', {"my shape": 2.0, "jawOpen": -1.0}),
        ("jawOpen + -3 mouthClose", {"jawOpen": 1.0, "mouthClose": -3.0}),
        ("1e-3 jawOpen", {"jawOpen": 0.001}),
        ("", {}),
        ("   ", {}),
    ],
)
def test_a_line_is_a_sum_of_channels_with_gains(text: str, gains: dict[str, float]) -> None:
    assert parsed_expression(text) == gains


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("jawOpen mouthClose", "'mouthClose'"),
        ("jawOpen +", "'+'"),
        ("0.5", "'0.5'"),
        ("jawOpen + + mouthClose", "'+ + mouthClose'"),
        ("jawOpen * 2", "'* 2'"),
        ("jawOpen + 2 jawOpen", "'jawOpen' stands there twice"),
        ("1e999 jawOpen", "too large"),
    ],
)
def test_what_cannot_be_read_is_quoted(text: str, place: str) -> None:
    with pytest.raises(UserError) as caught:
        parsed_expression(text)
    assert place in caught.value.message
    assert caught.value.code == "rig_map.expression"
    assert "jawOpen + 0.5 mouthClose" in caught.value.hint


def test_an_unknown_channel_is_named_with_the_nearest_ones() -> None:
    with pytest.raises(UserError, match="'jawOpn'") as caught:
        parsed_expression("jawOpn", ["jawOpen", "mouthClose"])
    assert caught.value.hint == "Did you mean jawOpen?"


def test_the_case_of_a_channel_is_corrected() -> None:
    assert parsed_expression("2 JAWOPEN", ["jawOpen"]) == {"jawOpen": 2.0}


NAMES = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=8),
)
GAINS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(NAMES, GAINS, max_size=4))
def test_what_is_shown_reads_back_the_same(gains: dict[str, float]) -> None:
    assert parsed_expression(expression_text(gains)) == gains
