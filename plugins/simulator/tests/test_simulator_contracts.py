"""Every message, in and out, is valid by the official schemas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hilum_simulator.faults import FAULT_TEXTS, STATUS_TEXTS
from lxml import etree

pytestmark = pytest.mark.contracts

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
STS = (
    ("http://docs.oasis-open.org/ws-sx/ws-trust/200512", "ws-trust-1.3-errata-cd-01.xsd"),
    ("http://docs.oasis-open.org/wsfed/authorization/200706", "ws-authorization-1.2.xsd"),
    ("urn:oasis:names:tc:SAML:1.0:assertion", "oasis-sstc-saml-schema-assertion-1.1.xsd"),
    (f"{WSS}wssecurity-secext-1.0.xsd", "oasis-200401-wss-wssecurity-secext-1.0.xsd"),
    (f"{WSS}wssecurity-utility-1.0.xsd", "oasis-200401-wss-wssecurity-utility-1.0.xsd"),
    ("http://www.w3.org/2000/09/xmldsig#", "xmldsig-core-schema.xsd"),
)
BOX = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
ERRORS = "urn:be:fgov:ehealth:errors:soa:v1"


class Resolver(etree.Resolver):
    """Finds imports by file name in the folder, never on the network."""

    def __init__(self, folders):
        self.folders = folders

    def resolve(self, url, public_id, context):
        name = url.rpartition("/")[2]
        for folder in self.folders:
            if (folder / name).is_file():
                return self.resolve_filename(str(folder / name), context)
        return None


def schema(folders, *parts):
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{file}"/>' for namespace, file in parts
    )
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Resolver(folders))
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


@pytest.fixture
def schemas(contracts):
    """The schema by the part of a message that it is for."""
    errors = contracts / "errors" / "ehealth-errors" / "XSD"
    external = contracts / "errors" / "external" / "XSD"
    box = contracts / "ehbox-v3"
    return {
        "sts": schema([contracts / "sts"], *STS),
        "ehbox-consultation": schema(
            [box], (BOX, "ehealth-ehBox-consultation-schema-protocol-3_0.xsd")
        ),
        "errors 1.0": schema([errors, external], (ERRORS, "ehealth-errors-schema-soa-1_0.xsd")),
        "errors 1.1": schema([errors, external], (ERRORS, "ehealth-errors-schema-soa-1_1.xsd")),
    }


def check(schemas, exchange):
    """Validate each part of one exchange that a schema is published for."""
    request = etree.fromstring(exchange.request)
    (security,) = request.iter("{*}Security")
    # The schema of SOAP is not among the published ones, and its attribute is not the header's.
    security.attrib.clear()
    schemas["sts"].assertValid(detached(security))
    schemas[exchange.service].assertValid(detached(payload(request)))
    for assertion in request.iter("{*}Assertion"):
        schemas["sts"].assertValid(detached(assertion))
    answer = payload(etree.fromstring(exchange.response))
    if answer.tag.endswith("}Fault"):
        for detail in answer.iterfind("detail/*"):
            schemas["errors 1.0"].assertValid(detached(detail))
            schemas["errors 1.1"].assertValid(detached(detail))
        return
    schemas[exchange.service].assertValid(detached(answer))
    for assertion in answer.iter("{*}Assertion"):
        schemas["sts"].assertValid(detached(assertion))


def payload(envelope):
    (body,) = envelope.iterchildren("{*}Body")
    return body[0]


def detached(element):
    return etree.fromstring(etree.tostring(element, with_tail=False))


def test_sessions_boxes_and_renewals_are_valid(client, rst, alice, alice_card, schemas):
    asked = client.ask(rst, alice_card.authentication)
    client.answer(asked.challenge, rst.context, alice)
    token = client.ask(replace(rst, context="urn:uuid:2"), alice).assertion
    client.renew(token, alice)
    client.box_info(token, alice)
    for source in ("INBOX", "SENTBOX", "BININBOX", "BINSENTBOX"):
        client.messages(token, alice, f"<Source>{source}</Source>")
    assert [each.status for each in client.simulator.messages] == [200] * 9
    for exchange in client.simulator.messages:
        check(schemas, exchange)


@pytest.mark.parametrize("code", list(FAULT_TEXTS))
def test_every_fault_is_valid(client, alice, schemas, code):
    client.simulator.switches.set(code)
    assert client.token(alice).fault == code
    check(schemas, client.simulator.messages[-1])


def test_what_the_kit_sends_to_renew_is_valid(client, alice, schemas):
    from hilum_ehealth.credentials import Credential
    from hilum_ehealth.opening import open_token

    credential = Credential(alice.certificate, alice.private_key)
    renewing = None
    for _time in range(2):
        renewing = open_token(
            environment=client.simulator.environment,
            header=credential,
            holder=credential,
            niss="85073003328",
            profession="physiotherapist",
            inami="54123426501",
            duration=timedelta(hours=12),
            clock=client.clock.now,
            renewing=renewing,
        ).data
    assert len(client.simulator.messages) == 2
    for exchange in client.simulator.messages:
        check(schemas, exchange)


def test_every_message_of_the_demonstration_is_valid(hilum_context, tmp_path, schemas):
    from hilum.cli.inside import InsideCommandLine
    from hilum_simulator.demo_journey import Journey
    from hilum_simulator.demo_steps import Steps
    from hilum_simulator.demo_world import World
    from hilum_simulator.plugin import Plugin

    context = hilum_context(Plugin, command_line=InsideCommandLine({"PATH": ""}))
    with World(tmp_path, context) as world:
        document = Journey(Steps(world).all()).document()
    commands = {step["name"]: step["commands"] for step in document["steps"]}
    assert commands["wrong-keystore"][0]["exit_code"] == 3
    assert commands["open"][0]["secrets"] == ["keystore-password", "eid-pin"]
    services = [exchange.service for exchange in world.simulator.messages]
    assert services == ["sts", "sts", *["ehbox-consultation"] * 6, "sts"]
    for exchange in world.simulator.messages:
        check(schemas, exchange)


def test_the_schemas_notice_what_is_wrong(schemas):
    wst = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
    lifetime = etree.fromstring(f'<Lifetime xmlns="{wst}"><Wrong/></Lifetime>')
    with pytest.raises(etree.DocumentInvalid):
        schemas["sts"].assertValid(lifetime)


def test_a_box_that_is_not_accessible_is_valid(client, alice, schemas):
    box = "<BoxId><Id>79021513224</Id><Type>INSS</Type><Quality>DOCTOR</Quality></BoxId>"
    client.box_info(client.token(alice).assertion, alice, box)
    check(schemas, client.simulator.messages[-1])


@pytest.mark.parametrize("code", list(STATUS_TEXTS))
def test_every_refusal_of_the_box_is_valid(client, alice, schemas, code):
    token = client.token(alice).assertion
    client.simulator.switches.set(code)
    reply = client.messages(token, alice, "<Source>INBOX</Source>")
    assert reply.text(".//Status/Code") == code
    check(schemas, client.simulator.messages[-1])
