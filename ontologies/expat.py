"""ontologies: feeds expat, and tells what is wrong with an XML document from a fault in a handler of its parser."""

from __future__ import annotations

from xml.parsers.expat import ErrorString, ExpatError, XMLParserType


class NotXml(Exception):
    """The document is not well-formed, or in an encoding that expat does not know.

    `reason` is without words of the document; the message may name its encoding.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        self.reason = reason
        super().__init__(message or reason)


def feed(parser: XMLParserType, chunk: bytes, last: bool) -> None:
    """Raises NotXml for a document that is none. What a handler raises comes out as it is."""
    try:
        parser.Parse(chunk, last)
    except ExpatError as error:
        raise NotXml(ErrorString(error.code)) from error
    except (ValueError, LookupError) as error:
        # Expat raises these itself for an encoding; those of a handler have its frame below this one.
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise
        raise NotXml("unknown encoding", str(error)) from error
