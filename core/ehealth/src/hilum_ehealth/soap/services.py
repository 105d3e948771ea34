"""Business services described by WSDLs of our own writing: zeep builds and reads the messages.

zeep never sends anything: it makes the request element and reads the answer's element. Signing and
sending are ours, because a signed message must go out as the bytes that were signed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.names import SOAP, XSI_TYPE, qname

if TYPE_CHECKING:
    from lxml import etree

_FOLDER: Final = Path(__file__).with_name("wsdl")


def request_element(wsdl: str, operation: str, **arguments: object) -> etree._Element:
    """Build the request of *operation* as *wsdl*, a file of ours, describes it."""
    client = _client(wsdl)
    envelope = client.create_message(client.service, operation, **arguments)
    payload: etree._Element = envelope.find(qname(SOAP, "Body"))[0]
    return payload


def read_element(wsdl: str, expected: str, element: etree._Element) -> Any:
    """Read *element*, which must be the one named *expected*, into zeep's values.

    It is validated first: zeep reads a value that is no number as none at all, and logs it. What
    the two would read differently is refused. Raises ``ehealth.answer`` with ``problem`` when it is
    another one or not what *wsdl* describes.
    """
    from zeep.exceptions import Error

    if element.tag != expected:
        raise EhealthError("ehealth.answer", problem="root")
    if not _is_plain(element) or not _schema(wsdl).validate(element):
        raise EhealthError("ehealth.answer", problem="content")
    client = _client(wsdl)
    try:
        return client.get_element(expected).parse(element, client.wsdl.types)
    except Error as error:
        raise EhealthError("ehealth.answer", problem="content") from error


def _is_plain(element: etree._Element) -> bool:
    """Tell whether *element* holds elements and texts alone, of the types that were described.

    A text is validated across a comment and read up to it.
    """
    return all(isinstance(each.tag, str) and XSI_TYPE not in each.attrib for each in element.iter())


@lru_cache(maxsize=8)
def _schema(wsdl: str) -> etree.XMLSchema:
    from lxml import etree

    return etree.XMLSchema(etree.parse((_FOLDER / wsdl).with_suffix(".xsd")))


@lru_cache(maxsize=8)
def _client(wsdl: str) -> Any:
    import zeep

    make: Any = zeep.Client
    return make(str(_FOLDER / wsdl))
