"""ingest: converts the HTML in the fields of catalogues to plain text.

The element names are those of HTML (https://html.spec.whatwg.org/multipage/indices.html#elements-3). The standard
library's parser is not used: on hostile input, its running time grows with the square of the length of the input.
"""

from __future__ import annotations

import html
import re

from graph.lexical import without
from ontologies.remembered import remembered

# Longer texts are truncated to this number of characters.
LONGEST_TEXT = 100_000
_LONGEST_LINE = 500
# Characters that stay as they are in an identifier; other characters are percent-encoded.
SAFE = "-._~:@!$&'()*+,;=/"

_BLOCK_NAMES = "address article blockquote br caption dd div dl dt h1 h2 h3 h4 h5 h6 hr ol p pre section table tr ul"
_INLINE_NAMES = """
    a abbr b big body center cite code col colgroup em figure font head html i img ins kbd label li main meta o q s
    samp script small span strike strong style sub sup tbody td tfoot th thead title tt u
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_NAMES = _BLOCKS | frozenset(_INLINE_NAMES.split())
_HIDDEN = frozenset({"script", "style"})
_TOKEN = re.compile(r"<!--|-->|</?([A-Za-z][A-Za-z0-9:]*)(?![A-Za-z0-9:])[^<>]*>")
_BULLET = re.compile(r"(?:[-\u2013\u2022\u25cf\u25aa\u00b7*]|\(?[0-9]{1,2}[.)]|[a-z]\))\s+(?=\S)")


def plain(text: str | None) -> str:
    """Converts HTML to plain text, without tags, comments and entities. Each paragraph and each list item is one line.

    A line of a list item begins with `- `.
    """
    if not text:
        return ""
    spelled = html.unescape("".join(_pieces(text[:LONGEST_TEXT])))
    lines = (" ".join(_printable(line).split()) for line in spelled.split("\n"))
    return "\n".join(line for line in lines if line and line != "-")


def _printable(line: str) -> str:
    line = without(line)
    return line if line.isprintable() else "".join(char if char.isprintable() else " " for char in line)


@remembered(1 << 14)
def line(text: str) -> str | None:
    """Returns `text` on one line of at most 500 characters; None if it is blank.

    Control characters are left out, because some engines refuse them.
    """
    return " ".join(_printable(text[:_LONGEST_LINE]).split()) or None


def _pieces(text: str) -> list[str]:
    pieces, end, hidden = [], 0, ""
    for match in _TOKEN.finditer(text):
        name = (match[1] or "").lower()
        if name and name not in _NAMES and ":" not in name:
            continue
        if not hidden:
            pieces += [text[end : match.start()], _space(name, match[0])]
        end, hidden = match.end(), _hides(hidden, name, match[0])
    return pieces if hidden else [*pieces, text[end:]]


def _space(name: str, tag: str) -> str:
    if name == "li":
        return "\n" if tag[1] == "/" else "\n- "
    return "\n" if name in _BLOCKS else ""


def _hides(hidden: str, name: str, tag: str) -> str:
    """Returns what hides the text after the HTML tag `tag`: `<!--` for a comment, or the element `script` or `style`.

    Empty if the text is not hidden. `hidden` is the result for the tag before, and `name` is the name of the element.
    """
    if not hidden:
        return "<!--" if tag == "<!--" else name if name in _HIDDEN and tag[1] != "/" else ""
    ends = tag == "-->" if hidden == "<!--" else name == hidden and tag[1] == "/"
    return "" if ends else hidden


def items(text: str) -> list[str]:
    """Returns the items of a list in plain text, without their bullets; the whole text if it has fewer than two items.

    A line without a bullet belongs to the item before the line. Text before the first bullet is an introduction and is
    left out.
    """
    found: list[list[str]] = []
    for line in text.split("\n"):
        if match := _BULLET.match(line):
            found.append([line[match.end() :]])
        elif found:
            found[-1].append(line)
    if len(found) < 2:
        return [text] if text else []
    return [" ".join(lines) for lines in found]
