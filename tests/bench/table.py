"""The figures as a table, and whether they meet their targets."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("row", "value", "beside", "ratio", "target", "", "speed")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `target` is the most that `measured` may be; None: no target."""

    row: str
    value: str
    beside: str = ""
    ratio: float | None = None
    measured: float | None = None
    target: float | None = None
    unit: str = "x"
    speed: str = ""

    @property
    def met(self) -> bool:
        return self.target is None or self.measured <= self.target

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"x{self.ratio:.2f}"
        wanted = "" if self.target is None else f"<= {self._target()}"
        verdict = "" if self.target is None else "met" if self.met else "MISSED"
        return (self.row, self.value, self.beside, ratio, wanted, verdict, self.speed)

    def _target(self) -> str:
        number = f"{self.target:g}"
        return f"x{number}" if self.unit == "x" else f"{number} {self.unit}"


WIDTHS = (18, 33, 27, 8, 10, 8, 0)


def head() -> str:
    return _joined(HEAD) + "\n" + _joined("-" * (width - 1) for width in WIDTHS)


def printed(line: Line) -> str:
    return _joined(line.cells())


def _joined(cells: Iterable[str]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
