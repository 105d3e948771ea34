"""``hilum trust``: which anchors are here, and taking new ones in."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum.services.trust import TrustService
from hilum_ehealth.errors import EhealthError


@pytest.fixture
def file(tmp_path, pki):
    path = tmp_path / "new-ca.pem"
    path.write_bytes(pki.citizen_ca.certificate.public_bytes(Encoding.PEM))
    return path


def test_a_built_in_environment_lists_its_known_anchors_as_missing(hilum):
    code, document = hilum.json("--environment", "production", "trust", "list")

    assert (code, document["environment"]) == (0, "production")
    assert {anchor["purpose"] for anchor in document["anchors"]} == {"ehealth", "eid"}
    assert not any(anchor["present"] for anchor in document["anchors"])
    shown = hilum("--environment=production", "trust", "list").output
    assert "missing  Belgium Root CA6" in shown
    assert "certifi" in shown


def test_a_named_environment_lists_what_stands_in_its_folder(hilum, environment):
    _code, document = hilum.json("trust", "list")

    assert document["folder"] == str(environment.trust_folder)
    assert len(document["anchors"]) == 4
    assert all(anchor["counts"] for anchor in document["anchors"])
    assert "SIMULATOR TLS CA" in hilum("trust", "list").output


def test_an_import_is_told_audited_and_listed(hilum, file):
    result = hilum("trust", "import", str(file), "--purpose", "eid")

    assert (result.exit_code, "is trusted now: identity cards" in result.output) == (0, True)
    assert "is trusted already" in hilum("trust", "import", str(file), "--purpose", "eid").output
    assert len(hilum.json("trust", "list")[1]["anchors"]) == 5
    (entry,) = hilum.json("audit", "list", "--action", "trust.imported")[1]["entries"]
    assert entry["data"]["purpose"] == "eid"


def test_nothing_is_trusted_that_cannot_be_audited(hilum, file, environment):
    hilum("audit", "list")
    (hilum.folder / "hilum.db").write_bytes(b"no database any more" * 200)
    code, _document = hilum.json("trust", "import", str(file), "--purpose", "eid")

    assert code == 9
    assert len(list((environment.trust_folder / "eid").iterdir())) == 1


def test_an_anchor_that_cannot_be_written_is_audited_as_such(environment, audit, file):
    def write_nothing(*_arguments):
        raise EhealthError("storage.disk-full", path="eid")

    service = TrustService(environment, audit)
    real, calls = service._import, []

    def importing(data, folder, purpose):
        calls.append([entry[1] for entry in audit.entries])
        return real(data, folder, purpose) if len(calls) == 1 else write_nothing()

    service._import = importing
    with pytest.raises(EhealthError):
        service.import_file(file, "eid")

    assert calls == [[], ["trust.imported"]]
    assert [entry[1] for entry in audit.entries] == ["trust.imported", "trust.import-failed"]


def test_a_dry_run_imports_nothing_and_tells_where_it_would_be(hilum, file, environment):
    arguments = ("trust", "import", str(file), "--purpose", "eid", "--dry-run")

    code, document = hilum.json(*arguments)

    (anchor,) = document["anchors"]
    assert (code, anchor["is_new"]) == (0, True)
    assert anchor["path"].startswith(str(environment.trust_folder / "eid"))
    assert "would be trusted" in hilum(*arguments).output
    assert len(hilum.json("trust", "list")[1]["anchors"]) == 4


@pytest.mark.parametrize(
    ("environment_name", "options", "code"),
    [
        ("production", ("--purpose", "eid"), "trust.unknown-anchor"),
        ("test", (), "trust.purpose-missing"),
    ],
)
def test_what_may_not_be_trusted_is_exit_3(hilum, file, environment_name, options, code):
    exit_code, document = hilum.json(
        "--environment", environment_name, "trust", "import", str(file), *options
    )

    assert (exit_code, document["error"]["code"]) == (3, code)


def test_a_file_that_is_not_there_is_exit_2(hilum, tmp_path):
    code, document = hilum.json("trust", "import", str(tmp_path / "absent.pem"))

    assert (code, document["error"]["code"]) == (2, "usage.file-unreadable")
