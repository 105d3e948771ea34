# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every check of the doctor must do."""

from __future__ import annotations

import json
import threading
from contextlib import suppress

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HealthAnswer, HealthCheck, HealthState, HilumError

from hilum.contributions import returning

from .common import SLUG, is_free, shows_in_every_language


class HealthCheckContract:
    """For ``hilum_health_checks``. Define ``check``, with all that it looks at faked or local."""

    def test_the_name_is_a_slug_and_free(self, check: HealthCheck) -> None:
        is_free(check, "hilum_health_checks")
        assert all(SLUG.fullmatch(link.name) for link in check.links)

    def test_it_has_links_of_different_names(self, check: HealthCheck) -> None:
        names = [link.name for link in check.links]

        assert names
        assert len(names) == len(set(names))

    def test_labels_show_in_every_language(self, check: HealthCheck) -> None:
        for label in (check.label, *(link.label for link in check.links)):
            shows_in_every_language(label)

    def test_every_answer_has_a_cause_and_what_is_wrong_a_remedy(self, check: HealthCheck) -> None:
        for answer in _answers(check):
            shows_in_every_language(answer.cause)
            if answer.state in (HealthState.WARNING, HealthState.FAILED):
                assert answer.remedy is not None
            if answer.remedy is not None:
                shows_in_every_language(answer.remedy)

    def test_facts_are_jsonable(self, check: HealthCheck) -> None:
        for answer in _answers(check):
            assert json.dumps(answer.data)

    def test_looks_can_be_told_to_end(self, check: HealthCheck) -> None:
        looking = threading.Thread(target=_answers, args=(check, True), daemon=True)
        looking.start()
        looking.join(timeout=5)

        assert not looking.is_alive()


def _answers(check: HealthCheck, told_to_end: bool = False) -> list[HealthAnswer]:
    """Look along the chain as the doctor does; an error of ours is the last answer."""
    answers: list[HealthAnswer] = []
    try:
        with suppress(HilumError, EhealthError):
            for link in check.links:
                answers.append(returning(HealthAnswer, link.look)(lambda: told_to_end))
                if answers[-1].state is HealthState.FAILED:
                    break
    finally:
        check.close()
    return answers
