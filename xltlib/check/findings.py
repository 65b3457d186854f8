"""What a check finds: each thing with its place, what it is, what to do, and what it stops."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..text.printed import printable

#: What a finding stops: nothing, everything, or only what has such a part (``english``: what asks
#: or shows something in the pivot).
Stops = Literal["", "all", "english", "translator", "training"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (``stops``), or worth knowing (it stops nothing)."""

    where: str  # a file, or what is meant
    line: int | None
    what: str
    todo: str
    stops: Stops = ""

    def __str__(self) -> str:
        place = f"{self.where}, line {self.line}" if self.line else self.where
        todo = f": {self.todo}" if self.todo else ""
        return printable(f"{place}: {self.what}{todo}")


@dataclass
class Findings:
    """All that was found, in the order of the check, nothing twice."""

    found: list[Finding] = field(default_factory=list)

    def add(
        self,
        where: str | Path,
        line: int | None,
        what: str,
        todo: str = "",
        stops: Stops = "",
    ) -> None:
        one = Finding(str(where), line, " ".join(what.split()), todo, stops)
        if one not in self.found:
            self.found.append(one)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)


@dataclass(frozen=True)
class Report:
    """The findings, and which methods they leave able to run; None: no profile was checked."""

    name: str
    findings: Sequence[Finding]
    ready: dict[str, list[Finding]] | None  # method -> what stops it
    seconds: float

    @property
    def is_ready(self) -> bool:
        """Whether every method that was asked for is able to run; of a language, nothing wrong."""
        if self.ready is None:
            return not self.refused
        return not any(self.ready.values())

    @property
    def refused(self) -> list[Finding]:
        """What stops anything."""
        return [one for one in self.findings if one.stops]

    def __str__(self) -> str:
        stopping = set(self.refused)
        if self.ready is not None:  # of methods that nobody asked for, it is worth knowing
            stopping = {one for found in self.ready.values() for one in found}
        wrong = [f"  {one}" for one in self.findings if one in stopping]
        notes = [f"  {one}" for one in self.findings if one not in stopping]
        lines = [*([f"{len(wrong)} to put right:"] if wrong else []), *wrong]
        lines += [*([f"{len(notes)} to know:"] if notes else []), *notes]
        return "\n".join([*lines, f"{self.name}: {self.verdict()} ({self.seconds:.1f} s)"])

    def verdict(self) -> str:
        """In one line: ready for which methods, not for which others, and why."""
        if self.ready is None:
            return "not usable yet" if self.refused else "usable"
        able = [name for name, stopped in self.ready.items() if not stopped]
        parts = [f"ready for {', '.join(able)}"] if able else []
        for name, stopped in self.ready.items():
            if stopped:
                more = f" and {len(stopped) - 1} more" if len(stopped) > 1 else ""
                first = stopped[0]
                parts.append(f"not for {name}: {first.what}{more}")
        return "; ".join(parts)
