"""A record that gets another NISS: its certificate is then somebody else's."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_the_certificate_is_said_to_be_somebody_elses(practice, more):
    edit = ("--environment", "other", "provider", "edit", "alice")

    result = practice.cli(*edit, "--niss", "17073003384", *more)

    assert result.exit_code == 0
    assert "The eHealth certificate belongs to somebody else than this record." in result.errors
    assert "somebody else" not in practice.cli(*edit, "--city", "Namur", *more).errors
