import numpy as np
from numpy.typing import NDArray

from docextract.decoding.ctc import Masses

IntArray = NDArray[np.int64]

class Arcs:
    states: IntArray
    columns: IntArray
    flow: IntArray
    led_to: IntArray

    def __init__(
        self,
        states: IntArray,
        columns: IntArray,
        flow: IntArray,
        starts: IntArray,
        led_to: IntArray,
        own: IntArray,
        entered: IntArray,
        final: NDArray[np.bool_],
    ) -> None: ...
    def backward(self, probs: Masses) -> tuple[Masses, np.floating]: ...
    def heaviest(self, cells: Masses, cell: int, frame: int) -> IntArray: ...
    def leave(
        self,
        probs: Masses,
        cells: Masses,
        table: Masses,
        text: IntArray,
        first: int,
        limits: Masses,
    ) -> tuple[tuple[IntArray, Masses], tuple[IntArray, IntArray, IntArray, Masses]]: ...

def forward(probs: Masses, text: IntArray, blank: int) -> Masses: ...
def edited(
    probs: Masses,
    ahead: Masses,
    back: Masses,
    text: IntArray,
    at: IntArray,
    symbols: IntArray,
    tails: IntArray,
) -> Masses: ...
