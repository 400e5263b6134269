"""The head is built once for all tests of it."""

from __future__ import annotations

import pytest

from maya_a2f.training.head.model import Head, build_head


@pytest.fixture(scope="session")
def head() -> Head:
    return build_head()
