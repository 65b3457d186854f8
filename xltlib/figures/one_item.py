"""One test item, marked: its text, and what each method answered to it."""

from collections.abc import Sequence
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .look import INK, SOFT, language_name, look, shots_name, style
from .options import shown

_WIDTH, _EDGE = 7.4, 0.15  # inches
_ARM, _SAID = 0.4, 5.1  # where an arm's name and its answer begin
_RIGHT, _WRONG = "#0b6b3a", "#a4262c"


class Answer(Protocol):
    """What an arm does, and what it answered: None where no answer could be read."""

    arm: str
    about: str
    said: str | None


class Item(Protocol):
    """A test item with the answers to it."""

    language: str
    text: str
    pivot: str  # the same text in the language that is translated into; or empty
    gold: str
    shots: int
    seed: int
    compared: tuple[str, ...]  # the arms by which it was chosen
    answers: tuple[Answer, ...]


def one_item(item: Item, about: str = "") -> Figure:
    """A text, the data set's own translation, and a line for each arm: what it answered.

    Right and wrong are told by a word and a sign besides a colour. Letters that no font here has
    are said to be missing. How the item was chosen stands below.
    """
    with style():
        figure = plt.figure(figsize=(_WIDTH, 1.0))
        figure.set_label(" ".join(about.split()))
        page = _Page(figure)
        title = f"What is this {language_name(item.language)} text about?"
        page.write(title, _EDGE, 11, weight="bold")
        page.down(0.06)
        page.write(shown(item.text), _EDGE, 10.5)
        if item.pivot:
            page.write(shown(item.pivot), _EDGE, 9, colour=SOFT, style="italic")
        page.down(0.05)
        page.write(f"Right answer: {shown(item.gold)}", _EDGE, 9.5, weight="bold")
        arms = [answer.arm for answer in item.answers]
        for answer in item.answers:
            page.rule()
            _line(page, answer, item.gold, arms)
        page.rule()
        page.write(_note(item), _EDGE, 7.5, colour=SOFT)
        page.close()
        plt.close(figure)
    return figure


def _line(page: "_Page", answer: Answer, gold: str, arms: Sequence[str]) -> None:
    colour, marker = look(arms, answer.arm)
    top = page.top
    page.mark(_EDGE + 0.1, marker, colour)
    page.write(answer.arm, _ARM, 9, _SAID, weight="bold")
    page.write(answer.about, _ARM, 8, _SAID, colour=SOFT)
    below, page.top = page.top, top
    if answer.said is None:
        page.write("∅ no answer", _SAID, 9, colour=SOFT)
    else:
        right = answer.said == gold
        sign, told = ("✓ right", _RIGHT) if right else ("✗ wrong", _WRONG)
        page.write(shown(answer.said), _SAID, 9)
        page.write(sign, _SAID, 9, colour=told, weight="bold")
    page.top = max(page.top, below)


def _note(item: Item) -> str:
    compared = ", ".join(item.compared[:-1]) + f" and {item.compared[-1]}"
    translated = " In italics: the data set's own translation." if item.pivot else ""
    return (
        f"The first test item to which some of {compared} give the right answer and some a wrong "
        f"one, at {shots_name(item.shots)}, seed {item.seed}.{translated}"
    )


class _Page:
    """A figure that is written from its top to its bottom, as high as it then must be."""

    def __init__(self, figure: Figure):
        self.figure, self.top = figure, 0.1
        self._placed: list[Text | Line2D] = []

    def down(self, inches: float) -> None:
        self.top += inches

    def write(
        self,
        text: str,
        left: float,
        size: float,
        right: float = _WIDTH,
        colour: str = INK,
        **kind: str,
    ) -> None:
        """Lines of text from ``left`` to before ``right``."""
        font = {"fontsize": size, "color": colour, "parse_math": False, **kind}
        for line in self._wrapped(text, right - left - _EDGE, font):
            place = {"transform": self.figure.dpi_scale_trans, "va": "top"}
            self._placed.append(self.figure.text(left, -self.top, line, **place, **font))
            self.down(size * 1.42 / 72)

    def mark(self, x: float, marker: str, colour: str) -> None:
        self._draw(Line2D([x], [-self.top - 0.08], marker=marker, color=colour, markersize=6))

    def rule(self) -> None:
        """A thin line across."""
        self.down(0.05)
        ends = [_EDGE, _WIDTH - _EDGE]
        self._draw(Line2D(ends, [-self.top, -self.top], color="#cccccc", linewidth=0.7))
        self.down(0.06)

    def close(self) -> None:
        """Give the figure its height, and move what was written up from below it."""
        height = self.top + 0.06
        self.figure.set_size_inches(_WIDTH, height)
        for one in self._placed:
            if isinstance(one, Text):
                one.set_y(height + one.get_position()[1])
            else:
                one.set_ydata(height + np.asarray(one.get_ydata()))

    def _draw(self, line: Line2D) -> None:
        line.set_transform(self.figure.dpi_scale_trans)
        self._placed.append(self.figure.add_artist(line))

    def _wrapped(self, text: str, inches: float, font: dict) -> list[str]:
        """``text`` in lines of at most so many inches; a longer word is cut."""
        inches *= 0.97  # letters are a little wider at another resolution
        probe = self.figure.text(0, 0, "", **font)

        def fits(line: str) -> bool:
            probe.set_text(line)
            return probe.get_window_extent().width <= inches * self.figure.dpi

        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if fits(longer):
                lines[-1] = longer
                continue
            lines.append("")
            for letter in word:
                if not fits(lines[-1] + letter):
                    lines.append("")
                lines[-1] += letter
        probe.remove()
        return [line for line in lines if line]
