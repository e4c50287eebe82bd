"""An evaluation as a page: tables, and pictures in SVG of the confusions and of the calibration."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Dict, List, Sequence

from engine.scores import QUESTIONS, Figures

CELL, MARGIN = 34, 120  # of the confusions, in pixels
SIDE, EDGE = 300, 46  # of the reliability diagram
PICTURES = ("class", "category")
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}
table{border-collapse:collapse}td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}.scroll{overflow-x:auto}li.WORSE{color:#a30000}"""


def write_page(folder: Path, title: str, figures: Figures, entities: Figures, changes: Sequence[str]) -> Path:
    """Writes index.html and its pictures into `folder` (made where missing); returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"<h1>{escape(title)}</h1><p>{figures['messages']} messages.</p>"]
    parts += ["<h2>Against the figures kept last</h2>", _list(changes)]
    parts += ["<h2>Right, by language</h2>", _right_table(figures)]
    for name in PICTURES:
        parts += _about(folder, name, figures[name])
    parts += ["<h2>Entities</h2>", _entities_table(entities)]
    page = folder / "index.html"
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</html>\n",
        encoding="utf-8",
    )
    return page


def _about(folder: Path, name: str, figures: Figures) -> List[str]:
    confusion, reliability = f"confusion-{name}.svg", f"reliability-{name}.svg"
    (folder / confusion).write_text(confusion_svg(figures["confusions"]), encoding="utf-8")
    (folder / reliability).write_text(reliability_svg(figures["calibration"]), encoding="utf-8")
    return [
        f"<h2>Each {name}</h2>",
        _labels_table(figures["labels"]),
        "<h3>What is taken for what</h3>",
        "<p>Rows: what it is. Columns: what was said. Red: wrong. Stronger: a larger share of the row.</p>",
        f'<div class="scroll"><img src="{confusion}" alt="Confusions of {name}"></div>',
        "<h3>Confidence</h3>",
        f"<p>Mean distance from the truth (ECE): {figures['calibration']['ece']:.3f}</p>",
        f'<div class="scroll"><img src="{reliability}" alt="Reliability of {name}"></div>',
    ]


def confusion_svg(confusions: Sequence[Sequence[Any]]) -> str:
    """Rows are what messages are, columns what was said, each cell its count; shade is the row's share."""
    labels = sorted({label for truth, said, _times in confusions for label in (truth, said)})
    at = {label: MARGIN + CELL * number for number, label in enumerate(labels)}
    totals: Dict[str, int] = {}
    for truth, _said, times in confusions:
        totals[truth] = totals.get(truth, 0) + times
    size = MARGIN + CELL * len(labels) + 10
    parts = []
    for label, place in at.items():
        middle, name = place + CELL / 2, escape(label)
        parts.append(f'<text x="{MARGIN - 6}" y="{middle + 4}" text-anchor="end">{name}</text>')
        parts.append(f'<text transform="translate({middle + 4},{MARGIN - 6}) rotate(-60)">{name}</text>')
    for truth, said, times in confusions:
        colour = "#1a6b3c" if truth == said else "#b00020"
        share = times / totals[truth]
        x, y, ink = at[said], at[truth], "#fff" if share > 0.5 else "#000"
        parts.append(
            f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{colour}" '
            f'fill-opacity="{0.1 + 0.9 * share:.2f}"><title>{escape(truth)} > {escape(said)}: {times}</title>'
            f'</rect><text x="{x + CELL / 2}" y="{y + CELL / 2 + 4}" text-anchor="middle" fill="{ink}">'
            f"{times}</text>"
        )
    end = MARGIN + CELL * len(labels)
    for line in range(MARGIN, end + 1, CELL):
        parts.append(f'<path d="M{MARGIN} {line}H{end}M{line} {MARGIN}V{end}" stroke="#ccc" fill="none"/>')
    return _svg(size + 30, size, parts)


def reliability_svg(calibration: Figures) -> str:
    """Stated confidence across, the share that is right upwards; on the line they agree."""
    top = EDGE
    parts = [f'<path d="M{EDGE} {top + SIDE}L{EDGE + SIDE} {top}" stroke="#888" stroke-dasharray="5"/>']
    frame = f'x="{EDGE}" y="{top}" width="{SIDE}" height="{SIDE}"'
    parts.append(f'<rect {frame} fill="none" stroke="#888"/>')
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(
            f'<text x="{EDGE + SIDE * tick}" y="{top + SIDE + 16}" text-anchor="middle">{tick:g}</text>'
        )
        parts.append(
            f'<text x="{EDGE - 6}" y="{top + SIDE - SIDE * tick + 4}" text-anchor="end">{tick:g}</text>'
        )
    for band in calibration["bands"]:
        x, y = EDGE + SIDE * band["stated"], top + SIDE * (1 - band["right"])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#1a4f8b"/>')
        parts.append(f'<text x="{x - 9:.1f}" y="{y - 7:.1f}" text-anchor="end">{band["messages"]}</text>')
    middle = EDGE + SIDE / 2
    parts.append(f'<text x="{middle}" y="{top + SIDE + 36}" text-anchor="middle">stated confidence</text>')
    parts.append(f'<text x="{EDGE}" y="{top - 14}">share that is right (numbers: messages)</text>')
    return _svg(SIDE + 2 * EDGE, SIDE + 2 * EDGE, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui,sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _list(lines: Sequence[str]) -> str:
    items = "".join(f'<li class="{line.split()[0]}">{escape(line)}</li>' for line in lines)
    return f"<ul>{items}</ul>" if items else "<p>No figures are kept for this set yet.</p>"


def _right_table(figures: Figures) -> str:
    languages = list(figures["class"]["right"])
    rows = [[name, *(f"{share:.1%}" for share in figures[name]["right"].values())] for name in QUESTIONS]
    return _table(["", *languages], rows)


def _labels_table(labels: Figures) -> str:
    rows = [
        [label, f"{row['recall']:.1%}", f"{row['precision']:.1%}", f"{row['f1']:.1%}", str(row["messages"])]
        for label, row in labels.items()
    ]
    return _table(["", "recall", "precision", "F1", "messages"], rows)


def _entities_table(entities: Figures) -> str:
    rows = [
        [name, f"{row['recall']:.1%}", f"{row['precision']:.1%}", str(row["marked"])]
        for name, row in entities.items()
    ]
    return _table(["", "found of marked", "marked of found", "marked"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body: List[str] = [row(cells, "td") for cells in rows]
    return f'<div class="scroll"><table>{row(head, "th")}{"".join(body)}</table></div>'
