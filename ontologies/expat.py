"""ontologies: feeds expat, and distinguishes errors of the XML document from errors in handlers."""

from __future__ import annotations

from xml.parsers.expat import ErrorString, ExpatError, XMLParserType


class NotXml(Exception):
    """The document is not well-formed, or it is in an unknown encoding.

    `reason` contains no text of the document. The message may name the encoding of the document.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        self.reason = reason
        super().__init__(message or reason)


def feed(parser: XMLParserType, chunk: bytes, last: bool) -> None:
    """Feeds a chunk to the parser. Raises NotXml for an error of the document; errors of handlers pass unchanged."""
    try:
        parser.Parse(chunk, last)
    except ExpatError as error:
        raise NotXml(ErrorString(error.code)) from error
    except (ValueError, LookupError) as error:
        # Expat raises these errors for an encoding. If a handler raised the error, the traceback has one more frame.
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise
        raise NotXml("unknown encoding", str(error)) from error
