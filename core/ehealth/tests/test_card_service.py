"""Whether the card service answers, told apart from a reader that is not there."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from hilum_ehealth.card.service import service_runs


@pytest.mark.skipif(sys.platform == "win32", reason="no such sockets")
@pytest.mark.parametrize("listens", [True, False])
def test_a_service_that_listens_runs(tmp_path: Path, listens: bool) -> None:
    place = tmp_path / "comm"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as service:
        service.bind(str(place))
        if listens:
            service.listen()
        environment = {"PCSCLITE_CSOCK_NAME": str(place)}
        assert service_runs(environment, platform="linux") is listens


def test_no_socket_is_no_service(tmp_path: Path) -> None:
    environment = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "nowhere")}
    assert not service_runs(environment, platform="linux")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_the_service_is_part_of_the_system(platform: str) -> None:
    assert service_runs({}, platform=platform)
