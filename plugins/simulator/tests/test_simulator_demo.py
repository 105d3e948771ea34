"""The demonstration: it tells the truth, fails loudly and tidies up."""

from __future__ import annotations

import os
import tempfile
import threading

import pytest
from hilum_hookspecs import CommandResult, HilumError, Message, UserCancelled
from hilum_hookspecs.words import show
from hilum_simulator.demo import run_demo
from hilum_simulator.demo_journey import Journey, Outcome, Step, Unexpected
from hilum_simulator.plugin import Plugin


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Keep temporary folders where they can be counted."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class CommandLineThat:
    """A command line that does the same whatever is asked."""

    def __init__(self, act):
        self.run = lambda *_arguments, **_options: act()


def test_a_result_that_is_not_as_it_must_be_names_the_step(hilum_context, temporary):
    wrong = CommandLineThat(lambda: CommandResult(exit_code=9, output="", errors="disk full"))
    with pytest.raises(HilumError) as caught:
        run_demo(hilum_context(Plugin, command_line=wrong))
    assert caught.value.code == "demo.step-failed"
    assert caught.value.exit_code == 1
    assert caught.value.details["step"] == "belongings"
    assert "Alice has a keystore and a card" in show(caught.value.message)
    assert "disk full" in show(caught.value.remedy)
    assert list(temporary.iterdir()) == []


def test_ctrl_c_leaves_nothing_behind(hilum_context, temporary):
    def interrupted():
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        run_demo(hilum_context(Plugin, command_line=CommandLineThat(interrupted)))
    assert list(temporary.iterdir()) == []
    assert set(threading.enumerate()) <= before


def test_ctrl_c_inside_a_command_ends_the_demonstration(hilum_context, temporary):
    interrupted = CommandLineThat(lambda: CommandResult(exit_code=130, output="", errors=""))
    with pytest.raises(UserCancelled):
        run_demo(hilum_context(Plugin, command_line=interrupted))
    assert list(temporary.iterdir()) == []


def test_the_users_own_variables_play_no_part(hilum_context, monkeypatch):
    monkeypatch.setenv("HILUM__STORAGE__URL", "postgresql://db/real")
    seen = []

    def look():
        seen.append([name for name in os.environ if name.startswith("HILUM_")])
        return CommandResult(exit_code=9, output="", errors="")

    with pytest.raises(HilumError):
        run_demo(hilum_context(Plugin, command_line=CommandLineThat(look)))
    assert seen == [[]]
    assert os.environ["HILUM__STORAGE__URL"] == "postgresql://db/real"


def test_steps_are_taken_once_however_the_journey_is_shown():
    taken = []

    def act():
        taken.append(1)
        return Outcome(remarks=(Message("x", "done"),))

    journey = Journey([Step(name="a", title=Message("x", "A"), act=act)])
    lines = list(journey.lines())
    assert journey.document()["steps"][0]["remarks"] == ["done"]
    assert lines[:2] == ["1. A", "   = done"]
    assert taken == [1]


def test_steps_before_the_one_that_fails_are_still_told():
    def fail():
        raise Unexpected("nothing")

    steps = [
        Step(name="a", title=Message("x", "A"), act=Outcome),
        Step(name="b", title=Message("x", "B"), act=fail),
    ]
    lines = Journey(steps).lines()
    assert next(lines) == "1. A"
    with pytest.raises(HilumError):
        list(lines)
