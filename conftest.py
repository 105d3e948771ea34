"""Rules for every test run of the workspace."""

from __future__ import annotations

import os

import pytest

SKIPPED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start without skipped tests."""
    config.stash[SKIPPED] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the installations: they last longest, and the others run beside them."""
    items.sort(key=lambda item: item.get_closest_marker("install") is None)


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report, config):
    """Remember what was skipped (runs where the results are gathered, also under xdist)."""
    if report.skipped:
        config.stash[SKIPPED].append(report.nodeid)
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests made."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(text)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that may skip nothing and did."""
    if os.environ.get("HILUM_NO_SKIP") and session.config.stash[SKIPPED]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
