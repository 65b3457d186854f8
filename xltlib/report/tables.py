"""A table as text: Markdown for reading, LaTeX for papers, HTML for notebooks; all of it escaped.

Texts of data and of models stand in tables, so a cell may hold markup, a link or a LaTeX command.
None of it may reach a reader as anything but text.
"""

import hashlib
import re

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

#: A number as :func:`readable` writes it, also with its interval: ``0.46 [0.39, 0.53]``.
NUMBER = re.compile(r"^[<+−-]?[\d.,]+(e[+-]\d+)?( %| \[.*\])?$")
#: Line width of an A4 or letter page in most styles, and the sizes of type that are tried.
WIDTH = 6.3  # inches
_SIZES = {r"\small": 9, r"\footnotesize": 8, r"\scriptsize": 7}  # points
ROWS = 45  # that stand on a page
_GAP = 0.167  # inches between two columns: two \tabcolsep of 6 pt
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MARKDOWN = re.compile(r"[\\`*\[\]|~$&]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)")


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` as text: three decimals, large numbers in powers of ten, small p as ``<0.001``."""

    def cell(value: object, column: str) -> str:
        if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
            return ""
        if isinstance(value, bool | np.bool_):
            return "yes" if value else "no"
        if isinstance(value, float | np.floating):
            if re.fullmatch(r"(mixed_)?p(_\w+)?", column) and value < 0.001:
                return "<0.001"
            if value != 0 and (abs(value) >= 1e6 or abs(value) < 5e-4):
                return f"{value:.2e}"
            return f"{value:.3f}" if abs(value) < 1000 else f"{value:.0f}"
        return str(value)

    return pd.DataFrame(
        {str(c): [cell(v, str(c)) for v in table[c].tolist()] for c in table.columns}, dtype=object
    )


def numeric(column: pd.Series) -> bool:
    """Whether a column of a readable table holds numbers and empty cells alone."""
    filled = [v for v in column if v]
    return bool(filled) and all(NUMBER.match(v) for v in filled)


def escape_markdown(text: str) -> str:
    """``text`` as one line of a Markdown cell that renders as it is written."""
    return _MARKDOWN.sub(lambda found: "\\" + found[0], _CONTROL.sub(" ", str(text)))


def escape_latex(text: str) -> str:
    """``text`` for LaTeX, by pandas' own rules and its signs for less and greater besides."""
    plain = _CONTROL.sub(" ", str(text))
    shown = Styler(pd.DataFrame([[plain]]), uuid="x").hide(axis=0).hide(axis=1)
    shown = shown.format(_signs, escape="latex")
    return shown.to_latex().splitlines()[1].removesuffix(" \\\\")  # between begin and end


#: Signs of our own tables that LaTeX's text fonts lack or take for something else.
_SIGNS = {"<": r"\textless{}", ">": r"\textgreater{}", "−": "$-$", "°": r"\textdegree{}",
          "×": r"$\times$", "·": r"$\cdot$", "†": r"\textdagger{}"}  # fmt: skip


def _signs(escaped: object) -> str:
    text = str(escaped)
    for sign, command in _SIGNS.items():
        text = text.replace(sign, command)
    return "{}" + text if text[:1] in ("[", "*") else text  # the end of a line takes either


def markdown(table: pd.DataFrame, caption: str, best: pd.DataFrame | None = None) -> str:
    """A readable table in Markdown under its caption, numbers to the right, ``best`` in bold."""
    shown = table.map(escape_markdown).rename(columns=escape_markdown)
    if best is not None:
        shown = shown.where(~best.to_numpy(bool), "**" + shown + "**")
    sides = ["right" if numeric(table[c]) else "left" for c in table.columns]
    text = shown.to_markdown(
        index=False, tablefmt="pipe", disable_numparse=True, colalign=sides if len(shown) else None
    )
    return f"{escape_markdown(caption)}\n\n{text}\n"


def latex(table: pd.DataFrame, name: str, caption: str, best: pd.DataFrame | None = None) -> str:
    """A readable table with booktabs, in a type small enough for a line of 6.3 inches.

    ``best`` marks the cells that are set in bold. Where the smallest type is too wide, the widest
    columns of words are set as paragraphs. Needs ``\\usepackage{array,booktabs}``.
    """
    size, form = _fitted(table)
    shown = table.map(lambda v: _CONTROL.sub(" ", v))
    shown.columns = [_CONTROL.sub(" ", str(c)).replace("_", " ") for c in table.columns]
    styler = shown.style.hide(axis="index").format(_signs, escape="latex")
    styler = styler.format_index(_signs, escape="latex", axis=1)
    if best is not None:
        bold = best.to_numpy()
        styler = styler.apply(lambda _: np.where(bold, "textbf:--rwrap;", ""), axis=None)
    text = styler.to_latex(
        hrules=True,
        column_format=form,
        caption=escape_latex(caption),
        label=f"tab:{name}",
        position="htbp",
        position_float="centering",
    )
    # The signature of a metric is one long word of parts with bars between them.
    text = text.replace("|", r"\textbar\allowbreak{}")
    return text.replace("\\centering\n", f"\\centering\n{size}\n", 1)


def fits(table: pd.DataFrame) -> bool:
    """Whether a readable table can be set on a page of a paper: its rows, and its width."""
    if len(table) > ROWS:
        return False
    narrow = [min(width, 1.4) for width in _inches(table, 7)]
    lines = max((sum(len(v) for v in row) for row in table.to_numpy()), default=0) / 60
    return sum(narrow) + _GAP * len(narrow) <= WIDTH and lines <= 12


def _ems(text: str) -> float:
    """The width of a text in a roman type, in ems: a little more than it takes."""
    width = 0.0
    for c in text:
        if c.isdigit():
            width += 0.5
        elif c in " .,:;[]()'|!iljt":
            width += 0.32
        elif c in "mwMW+−=<>%@" or ord(c) > 0x24F:
            width += 0.83
        else:
            width += 0.72 if c.isupper() else 0.5
    return 1.1 * width  # the best of a row stand in bold


def _inches(table: pd.DataFrame, points: float) -> list[float]:
    """The width of each column at a size of type."""
    return [
        max([_ems(str(c)), *map(_ems, table[c])], default=0.0) * points / 72.27
        for c in table.columns
    ]


def _fitted(table: pd.DataFrame) -> tuple[str, str]:
    """(size of type, column format) with which a table fits into :data:`WIDTH`."""
    sides = ["r" if numeric(table[c]) else "l" for c in table.columns]
    room = WIDTH - _GAP * len(sides)
    for size, points in _SIZES.items():
        inches = _inches(table, points)
        if sum(inches) <= room:
            return size, "".join(sides)
    while sum(inches) > room and max(inches) > 0.35:
        widest = max(range(len(inches)), key=inches.__getitem__)
        inches[widest] = max(0.35, inches[widest] * 0.9)
        sides[widest] = rf">{{\raggedright\arraybackslash}}p{{{inches[widest]:.2f}in}}"
    return r"\scriptsize", "".join(sides)


def shown(table: pd.DataFrame, precision: int = 3) -> Styler:
    """``table`` for a notebook: no row numbers, few decimals, empty cells empty, markup as text."""
    name = hashlib.sha256(table.to_csv().encode()).hexdigest()[:8]  # the same for the same table
    styler = Styler(table, uuid=name).hide(axis="index")
    styler = styler.format(precision=precision, na_rep="", thousands=",", escape="html")
    left = {"text-align": "left", "white-space": "normal", "max-width": "44em"}
    words = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    styler = styler.set_properties(subset=words, **left)
    at = [table.columns.get_loc(c) for c in words]
    named = [{"selector": f"th.col{i}", "props": [("text-align", "left")]} for i in at]
    return styler.format_index(escape="html", axis=1).set_table_styles(named, overwrite=False)
