"""The chain as SVG: sources left, destinations right, a band for each organisation (or city), open ends.

Colours are classes of the stylesheet, so light, dark and print all work; nothing is said by colour alone.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhiheng.trace import words
from zhiheng.trace.explorer import Edge, Graph, Node

WIDTH, HEIGHT = 176, 50
GAP_X, GAP_Y = 84, 20
MARGIN, HEAD = 28, 24
LABEL, SUB = 20, 23  # half-widths of text that a box holds


def svg(graph: Graph, link: Callable[[Node], str | None], title: str) -> SafeString:
    """The picture. ``link`` gives where a box leads: into its group, or to the thing itself."""
    width, height, tops = _lay(graph)
    bands = [
        format_html(
            '<g class="band"><rect x="0" y="{}" width="{}" height="{}" rx="8"/><text x="12" y="{}">{}</text></g>',
            top, width, tall, top + 17, clip(name, 60),
        )
        for name, top, tall in tops
        if name
    ]  # fmt: skip
    edges = [_edge(edge, graph) for edge in graph.edges]
    nodes = [_node(node, link(node)) for node in graph.nodes]
    return format_html(
        '<svg class="chain" width="{}" height="{}" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        width, height, width, height, title,
        SafeString("".join(bands)), SafeString("".join(edges)), SafeString("".join(nodes)),
    )  # fmt: skip


def _lay(graph: Graph) -> tuple[int, int, list[tuple[str, int, int]]]:
    """Give every node its place; returns width, height and the bands (name, top, height)."""
    cells: dict[tuple[str, int], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        cells[node.band, node.column].append(node)
    columns = {column: index for index, column in enumerate(sorted({n.column for n in graph.nodes}))}
    tops: list[tuple[str, int, int]] = []
    y = 4
    for band, name in graph.bands.items():
        stacks = [cell for (of, _column), cell in cells.items() if of == band]
        tallest = max((len(cell) for cell in stacks), default=0)
        head = HEAD if name else 8
        tall = head + tallest * (HEIGHT + GAP_Y)
        for cell in stacks:
            start = y + head + (tallest - len(cell)) * (HEIGHT + GAP_Y) // 2
            for row, node in enumerate(cell):
                node.x = MARGIN + columns[node.column] * (WIDTH + GAP_X)
                node.y = start + row * (HEIGHT + GAP_Y)
        tops.append((name, y, tall))
        y += tall + 8
    width = MARGIN * 2 + max(len(columns), 1) * (WIDTH + GAP_X) - GAP_X
    if any(node.breaks for node in graph.nodes):
        width += 12  # room for the open ends at the right
    return max(width, 320), y, tops


def _edge(edge: Edge, graph: Graph) -> SafeString:
    a, b = graph.by_id[edge.source], graph.by_id[edge.target]
    # What was sent and not received runs below what arrived.
    lower = 12 if edge.kind == "sent" else 0
    y1, y2 = a.y + HEIGHT // 2 + lower, b.y + HEIGHT // 2 + lower
    if b.x > a.x:
        x1, x2 = a.x + WIDTH, b.x
        bend = (x2 - x1) // 2
        path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        # Two thirds along, where lines that part at one box are apart.
        mx, my = x1 + round((x2 - x1) * 0.658), y1 + round((y2 - y1) * 0.784)
    else:
        x1, x2 = a.x + WIDTH, b.x + WIDTH
        out = max(x1, x2) + 46
        path = f"M{x1} {y1}C{out} {y1} {out} {y2} {x2} {y2}"
        mx, my = out - 12, (y1 + y2) // 2
    name = str(words.EDGES[edge.kind])
    said = name if edge.kind == "sent" else ""
    text = f"{edge.count:,}" if edge.count > 1 else ""
    if edge.kind == "sent":
        text = _("未收 %(n)s") % {"n": f"{edge.count:,}"}
    label = format_html('<text x="{}" y="{}">{}</text>', mx, my + (14 if lower else -5), text) if text else ""
    return format_html('<g class="edge {}"{}><path d="{}"/>{}</g>', edge.kind, _aria(said), path, label)


def _aria(text: str) -> SafeString:
    return format_html(' aria-label="{}"', text) if text else SafeString("")


def _node(node: Node, url: str | None) -> SafeString:
    kinds = ["node"]
    for name in ("focus", "rest", "expected", "opens"):
        if getattr(node, name):
            kinds.append(name)
    sub = _("%(sub)s · 尚未收到") % {"sub": node.sub} if node.expected else node.sub
    tail = f"{sub} ▸" if node.opens else sub
    whole = f"{node.label} · {sub}"
    if node.breaks:
        whole += f" · {breaks_words(node)}"
    box = format_html(
        '<title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="{}"/>'
        '<text x="{}" y="{}">{}</text><text class="sub" x="{}" y="{}">{}</text>',
        whole, node.x, node.y, WIDTH, HEIGHT, 4 if node.opens else 12,
        node.x + 10, node.y + 20, clip(node.label, LABEL), node.x + 10, node.y + 39, clip(tail, SUB),
    )  # fmt: skip
    ends = _open_end(node) if node.breaks else ""
    classes = " ".join(kinds)
    if url:
        return format_html('<a class="{}" href="{}" data-swap>{}</a>{}', classes, url, box, ends)
    return format_html('<g class="{}">{}</g>{}', classes, box, ends)


def _open_end(node: Node) -> SafeString:
    """A line that leads nowhere, with the word for it: on the left when the source is missing, else on the right."""
    left = set(node.breaks) == {"received_never_shipped"}
    x, way = (node.x, -1) if left else (node.x + WIDTH, 1)
    return format_html(
        '<g class="open-end"><path d="M{} {}H{}m0 -6v12"/><text x="{}" y="{}">{}</text></g>',
        x, node.y + HEIGHT - 9, x + way * 20, node.x + 4, node.y + HEIGHT + 13, clip(f"✕ {breaks_words(node)}", 30),
    )  # fmt: skip


def breaks_words(node: Node) -> str:
    """What is broken at a node: the kind when it is one, else how many."""
    number = sum(node.breaks.values())
    if len(node.breaks) == 1:
        name = str(words.break_name(next(iter(node.breaks))))
        return f"{name} {number:,}" if number > 1 else name
    return _("断链 %(n)s 处") % {"n": f"{number:,}"}


def clip(text: str, width: int) -> str:
    """Cut a text to a width in half-widths: a Chinese character is two."""
    used = 0
    out: list[str] = []
    for character in str(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > width:
            return "".join(out[:-1]) + "…"
        out.append(character)
    return "".join(out)
