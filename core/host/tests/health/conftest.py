"""What the doctor's tests share: a small authority."""

from __future__ import annotations

import pytest
from hilum.testing.fakes import START
from hilum_ehealth.testing.authority import Pki


@pytest.fixture(scope="session")
def pki():
    return Pki.create(START, key="ec")
