"""A procedure's states and steps as SVG: layers from top to bottom, steps written on their way, no two in one place.

The usual four stages (Sugiyama): turn backward steps round, put states and the words of steps into layers, order each
layer so that lines cross little, then place. Words of steps are nodes of their own, so they never lie on a box.
Colours are classes of the page's stylesheet; a picture that stands alone brings a small style of its own.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from zhiheng.knowledge.law.load import ANY, Course

FONT, LINE = 14, 20
PAD, GAP_X, GAP_Y, MARGIN = 12, 22, 26, 16
WRAP = {"state": 170, "words": 170}
SWEEPS = 24
STYLE = (
    ".flow{font:14px sans-serif;background:#fff}.flow text{fill:#14201f}.flow .state rect{fill:#e1f0f0;stroke:#0a5a62}"
    ".flow .final rect{fill:#eaf0ef;stroke:#6b7d7a;stroke-dasharray:none}.flow .first rect{stroke-width:3}"
    ".flow .way{fill:none;stroke:#6b7d7a;stroke-width:1.5}.flow .back{stroke-dasharray:5 4}"
    ".flow .arrow{fill:#6b7d7a}.flow .words rect{fill:#fff}"
)


@dataclass(eq=False)
class _Node:
    kind: str  # state, words, bend
    lines: list[str] = field(default_factory=list)
    key: str = ""
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list["_Node"] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)

    @property
    def width(self) -> float:
        if not self.lines:
            return 8
        ports = max(len(self.above), len(self.below)) if self.kind == "state" else 0
        return max(*(_length(line) for line in self.lines), ports * 14) + 2 * PAD

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + (PAD if self.kind == "state" else 4) if self.lines else 0


@dataclass
class _Way:
    """A line from a state to another: the nodes it runs over, from top to bottom, and whether it points upwards."""

    nodes: list[_Node]
    back: bool


def svg(course: Course, language: str, *, alone: bool = False) -> str:
    """The picture of a procedure under an edition. ``alone``: with its own style, for a file."""
    states = {k: s for k, s in course.procedure.states.items() if k not in course.edition.without}
    moves: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in course.steps.values():
        froms = [k for k, s in states.items() if not s.final] if ANY in step.from_ else step.from_
        for state in froms:
            if step.to is not None and step.to != state and state in states:
                moves[state, step.to].append(step.of(language))
    boxes = {k: _Node("state", _wrap(s.of(language), "state"), k) for k, s in states.items()}
    backward = _backward(course.procedure.first, list(moves))
    _rank(boxes, [(b, a) if (a, b) in backward else (a, b) for a, b in moves], course.procedure.first)
    layers: dict[int, list[_Node]] = defaultdict(list)
    for box in boxes.values():
        layers[box.layer].append(box)
    ways = []
    for (a, b), names in moves.items():
        back = (a, b) in backward
        top, bottom = (boxes[b], boxes[a]) if back else (boxes[a], boxes[b])
        words = _Node("words", [line for name in dict.fromkeys(names) for line in _wrap(name, "words")])
        chain = [top]
        # The words stand beside where the step is taken: below its state, or above it when it leads upwards.
        place = bottom.layer - 1 if back else top.layer + 1
        for layer in range(top.layer + 1, bottom.layer):
            node = words if layer == place else _Node("bend")
            node.layer = layer
            layers[layer].append(node)
            chain.append(node)
        chain.append(bottom)
        for upper, lower in pairwise(chain):
            upper.below.append(lower)
            lower.above.append(upper)
        ways.append(_Way(chain, back))
    ordered = [layers[n] for n in sorted(layers)]
    _order(ordered)
    width, height = _place(ordered)
    return _draw(course, language, boxes, ways, width, height, alone)


def _length(text: str) -> float:
    return sum(FONT if unicodedata.east_asian_width(sign) in "WF" else FONT * 0.56 for sign in text)


def _wrap(text: str, kind: str) -> list[str]:
    """Lines no longer than the kind allows, broken at spaces, or anywhere between Chinese signs."""
    lines, line = [], ""
    pieces = text.split(" ") if " " in text and text.isascii() else list(text)
    glue = " " if " " in text and text.isascii() else ""
    for piece in pieces:
        longer = f"{line}{glue}{piece}" if line else piece
        # A line does not begin with a closing sign.
        if line and _length(longer) > WRAP[kind] and piece not in "，、；）”)":
            lines.append(line)
            line = piece
        else:
            line = longer
    return [*lines, line]


def _backward(first: str, moves: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """The moves that lead back to a state one has come from: found by walking in depth from the first."""
    out: dict[str, list[str]] = defaultdict(list)
    for a, b in moves:
        out[a].append(b)
    found: set[tuple[str, str]] = set()
    done: set[str] = set()

    def walk(state: str, path: tuple[str, ...]) -> None:
        for following in out[state]:
            if following in path:
                found.add((state, following))
            elif following not in done:
                walk(following, (*path, following))
        done.add(state)

    walk(first, (first,))
    return found


def _rank(boxes: dict[str, _Node], moves: list[tuple[str, str]], first: str) -> None:
    """Each state two layers below the lowest that leads to it; between them is room for words."""
    for _round in boxes:
        for a, b in moves:
            boxes[b].layer = max(boxes[b].layer, boxes[a].layer + 2)


def _order(layers: list[list[_Node]]) -> None:
    """Order each layer by the middle of its neighbours, downwards and upwards in turn."""
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            for node in layer:
                near = node.above if down else node.below
                if near:
                    node.x = sum(one.x for one in near) / len(near)
            layer.sort(key=lambda node: node.x)
            for n, node in enumerate(layer):
                node.x = n - len(layer) / 2


def _place(layers: list[list[_Node]]) -> tuple[float, float]:
    """Give every node its place: near its neighbours, and clear of those beside it."""
    for layer in layers:
        total = sum(node.width + GAP_X for node in layer)
        x = -total / 2
        for node in layer:
            node.x = x + node.width / 2
            x += node.width + GAP_X
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wish = [
                sum(one.x for one in near) / len(near) if (near := node.above + node.below) else node.x
                for node in layer
            ]
            left, right = list(wish), list(wish)
            for n in range(1, len(layer)):
                left[n] = max(left[n], left[n - 1] + _apart(layer[n - 1], layer[n]))
            for n in range(len(layer) - 2, -1, -1):
                right[n] = min(right[n], right[n + 1] - _apart(layer[n], layer[n + 1]))
            for n, node in enumerate(layer):
                node.x = (left[n] + right[n]) / 2
    nodes = [node for layer in layers for node in layer]
    shift = MARGIN - min(node.x - node.width / 2 for node in nodes)
    y = float(MARGIN)
    for layer in layers:
        tall = max(node.height for node in layer)
        for node in layer:
            node.x += shift
            node.y = y + tall / 2
        y += tall + GAP_Y
    return max(node.x + node.width / 2 for node in nodes) + MARGIN, y - GAP_Y + MARGIN


def _apart(a: _Node, b: _Node) -> float:
    return (a.width + b.width) / 2 + GAP_X


def _draw(
    course: Course,
    language: str,
    boxes: dict[str, _Node],
    ways: list[_Way],
    width: float,
    height: float,
    alone: bool,
) -> str:
    procedure, name = course.procedure, f"{course.key}-{course.edition.key}"
    ports = _ports(ways)
    parts = [_line(n, way, ports) for n, way in enumerate(ways)]
    parts += [_text(node, "words") for way in ways for node in way.nodes if node.kind == "words"]
    for key, box in boxes.items():
        kind = "state final" if procedure.states[key].final else "state"
        parts.append(_text(box, f"{kind} first" if key == procedure.first else kind))
    title = f"{procedure.of(language)} · {course.edition.key}"
    glue = "" if language.startswith("zh") else " "
    told = []
    for way in ways:
        begin, end = (way.nodes[-1], way.nodes[0]) if way.back else (way.nodes[0], way.nodes[-1])
        steps = glue.join(line for node in way.nodes if node.kind == "words" for line in node.lines)
        told.append(f"{procedure.states[begin.key].of(language)} → {procedure.states[end.key].of(language)}")
        told[-1] += f"（{steps}）" if glue == "" else f" ({steps})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'lang="{language}"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape("; ".join(told))}</desc>{f"<style>{STYLE}</style>" if alone else ""}'
        f"{''.join(parts)}</svg>"
    )


def _ports(ways: list[_Way]) -> dict[tuple[int, bool], float]:
    """Where each line leaves (True) and meets (False) its boxes: side by side, in the order of where it goes."""
    found: dict[tuple[int, bool], float] = {}
    for leaving in (True, False):
        at: dict[_Node, list[int]] = defaultdict(list)
        for n, way in enumerate(ways):
            at[way.nodes[0] if leaving else way.nodes[-1]].append(n)
        for box, numbers in at.items():
            numbers.sort(key=lambda n: ways[n].nodes[1 if leaving else -2].x)
            room = box.width - 2 * PAD
            for place, n in enumerate(numbers):
                found[n, leaving] = box.x - room / 2 + room * (place + 1) / (len(numbers) + 1)
    return found


def _line(n: int, way: _Way, ports: dict[tuple[int, bool], float]) -> str:
    top, bottom = way.nodes[0], way.nodes[-1]
    x, y = ports[n, True], top.y + top.height / 2
    start = (x, y)
    path = f"M{x:.0f} {y:.0f}"
    for node in way.nodes[1:-1]:
        up, down = node.y - node.height / 2, node.y + node.height / 2
        middle = (y + up) / 2
        path += f"C{x:.0f} {middle:.0f} {node.x:.0f} {middle:.0f} {node.x:.0f} {up:.0f}"
        if node.height:
            path += f"M{node.x:.0f} {down:.0f}"
        x, y = node.x, down
    end_x, end_y = ports[n, False], bottom.y - bottom.height / 2
    middle = (y + end_y) / 2
    path += f"C{x:.0f} {middle:.0f} {end_x:.0f} {middle:.0f} {end_x:.0f} {end_y:.0f}"
    if way.back:
        tip, side = start, 8
    else:
        tip, side = (end_x, end_y), -8
    arrow = f"M{tip[0]:.0f} {tip[1]:.0f}l-4 {side}h8z"
    return f'<path class="way{" back" if way.back else ""}" d="{path}"/><path class="arrow" d="{arrow}"/>'


def _text(node: _Node, kind: str) -> str:
    left, top = node.x - node.width / 2, node.y - node.height / 2
    first = node.y - (len(node.lines) - 1) * LINE / 2 + FONT * 0.36
    lines = "".join(
        f'<text x="{node.x:.0f}" y="{first + n * LINE:.0f}" text-anchor="middle">{escape(line)}</text>'
        for n, line in enumerate(node.lines)
    )
    return (
        f'<g class="{kind}"><rect x="{left:.0f}" y="{top:.0f}" width="{node.width:.0f}" '
        f'height="{node.height:.0f}" rx="6"/>{lines}</g>'
    )
