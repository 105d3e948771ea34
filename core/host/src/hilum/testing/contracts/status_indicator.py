# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every lamp must do."""

from __future__ import annotations

from hilum_hookspecs import Status, StatusIndicator, StatusState

from hilum.contributions import returning

from .common import is_free, shows_in_every_language


class StatusIndicatorContract:
    """For ``hilum_status_indicators``. Define ``indicator``; ``provider_id`` may be overridden."""

    provider_id = "p1"

    def test_the_name_is_a_slug_and_free(self, indicator: StatusIndicator) -> None:
        is_free(indicator, "hilum_status_indicators")

    def test_the_label_shows_in_every_language(self, indicator: StatusIndicator) -> None:
        shows_in_every_language(indicator.label)

    def test_the_state_is_never_told_by_colour_alone(self, indicator: StatusIndicator) -> None:
        status = returning(Status, indicator.read)(self.provider_id)

        shows_in_every_language(status.words)

    def test_instants_are_aware(self, indicator: StatusIndicator) -> None:
        status = indicator.read(self.provider_id)

        for instant in (status.since, status.until):
            assert instant is None or instant.tzinfo is not None

    def test_an_unknown_provider_is_answered_without_an_error(
        self, indicator: StatusIndicator
    ) -> None:
        assert indicator.read("nobody-has-this-id").state is not StatusState.ACTIVE
