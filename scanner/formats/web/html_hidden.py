"""What style sheets do to running text: what they hide is taken out of what is shown, and comes after it.

Marks go into the tree around what is hidden, or shown in other lines than its tag says; `shown` reads them in the text.
Only what a style attribute, `hidden`, or a rule for one class or id says is looked at, not the cascade.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_JOIN, _BEGIN, _END = "\x01", "\x02", "\x03"  # no line break before this; hidden from here; to here
_WORDS = ("display", "visibility", "font-size:0", "font-size: 0", "mso-hide", "opacity", "bidi")
_MARKS = re.compile("([\x02\x03])")
_BROKEN = re.compile("\n?\x01")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    r"|(?:font-size|opacity)\s*:\s*(?:0+\.?0*|\.0+)(?:px|pt|em|rem|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_LINES = re.compile(r"display\s*:\s*(?:block|flex|grid|table|list-item)", re.IGNORECASE)
_INLINE = re.compile(r"display\s*:\s*inline\b", re.IGNORECASE)
_TURNED = re.compile(r"unicode-bidi\s*:\s*(?:isolate-)?(?:bidi-)?override", re.IGNORECASE)
_RIGHT_TO_LEFT = re.compile(r"direction\s*:\s*rtl", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@media[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}?", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:[a-z0-9]+)?([.#][\w-]+)", re.IGNORECASE)
_STRUCTURE = frozenset({"html", "head", "body", "table", "tbody", "thead", "tfoot", "tr", "td", "th"})


def wanted(lower: str) -> bool:
    """Whether markup, in lower case, may need marks."""
    if "hidden" in lower or "bdo dir" in lower:
        return True
    return "style" in lower and any(word in lower for word in _WORDS)


def mark(tree: LexborHTMLParser, blocks: re.Pattern[str]) -> None:
    """Put marks where the text needs them. `blocks` matches a tag that got a line break in front of it."""
    rules = _rules(tree)
    nodes = tree.css("[style],[hidden],bdo" + (",[class],[id]" if rules else ""))
    for node in nodes:
        if node.tag in _STRUCTURE:
            continue
        style = _style(node, rules)
        if style is not None:
            _mark_one(node, style, is_block=blocks.match(f"<{node.tag} ") is not None)


def shown(text: str) -> str:
    """Marked text without marks: what is shown, then each run of what is hidden on lines of its own."""
    if _JOIN in text:
        text = _BROKEN.sub("", text)
    if _BEGIN not in text:
        return text
    visible: list[str] = []
    hidden: list[str] = []
    depth = 0
    for piece in _MARKS.split(text):
        if piece == _BEGIN:
            depth += 1
        elif piece == _END:
            depth -= 1
        elif depth > 0:
            hidden.append(piece)
        elif piece:
            visible.append(piece)
            hidden.append("\n")
    return "".join([*visible, "\n", *hidden])


def _mark_one(node: LexborNode, style: str, *, is_block: bool) -> None:
    before = _JOIN if is_block else ""
    if _HIDING.search(style):
        node.insert_before(before + _BEGIN)
        node.insert_after(_END)
    elif _TURNED.search(style) and _RIGHT_TO_LEFT.search(style):
        turned = node.text(deep=False)[::-1]  # of its own: that of what is in it may be long
        node.insert_before(before + _BEGIN)
        node.insert_after(f"{_END}{turned}")
    elif is_block and _INLINE.search(style):
        node.insert_before(_JOIN)
        node.insert_child(_JOIN)
    elif not is_block and _LINES.search(style):
        node.insert_before("\n")
        node.insert_after("\n")


def _style(node: LexborNode, rules: dict[str, str]) -> str | None:
    """What is declared for the node; None where nothing is."""
    attributes = node.attributes
    found = attributes.get("style") or ""
    if "hidden" in attributes:
        found += ";display:none"
    if node.tag == "bdo" and (attributes.get("dir") or "").lower() == "rtl":
        found += ";unicode-bidi:bidi-override;direction:rtl"
    if rules:
        for name in (attributes.get("class") or "").split():
            found = f"{rules.get('.' + name, '')};{found}"
        found = f"{rules.get('#' + (attributes.get('id') or ''), '')};{found}"
    return found or None


def _rules(tree: LexborHTMLParser) -> dict[str, str]:
    """Declarations that matter, by `.class` and `#id`, from the page's style sheets, those of media left out."""
    found: dict[str, str] = {}
    for node in tree.css("style"):
        sheet = node.text(deep=True)
        lower = sheet.lower()
        if not any(word in lower for word in _WORDS):
            continue
        for selectors, declared in _RULE.findall(_MEDIA.sub("", sheet)):
            if _HIDING.search(declared) or _LINES.search(declared) or _INLINE.search(declared):
                for selector in selectors.split(","):
                    simple = _SIMPLE.fullmatch(selector.strip().rpartition("}")[2])
                    if simple:
                        found[simple[1]] = declared
    return found
