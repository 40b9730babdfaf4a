"""Elements to the bytes of an XML document that any parser takes, whatever the names in it hold."""

from __future__ import annotations

from xml.etree import ElementTree

from audit.findings.sanitize import xml_text

DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"


def serialize_xml(root: ElementTree.Element, *, declaration: bool = True) -> bytes:
    r"""Write an element and all that is in it, indented.

    Parameters
    ----------
    root : Element
        It is indented in place.
    declaration : bool
        Whether ``<?xml ...?>`` stands before it.

    Returns
    -------
    bytes
        UTF-8. Characters that XML cannot hold are written as escapes (`audit.findings.sanitize.xml_text`).

    Examples
    --------
    >>> element = ElementTree.Element("label", name="a & \uffff")
    >>> serialize_xml(element, declaration=False)
    b'<label name="a &amp; \\uffff" />'
    >>> serialize_xml(ElementTree.Element("View"))
    b"<?xml version='1.0' encoding='utf-8'?>\n<View />"
    """
    ElementTree.indent(root)
    # In the finished text: markup has no such character, so no element and no attribute can be forgotten.
    text = xml_text(ElementTree.tostring(root, encoding="unicode"))
    return (DECLARATION + text if declaration else text).encode()
