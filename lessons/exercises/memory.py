"""Exercise: the memory of a training step, by arithmetic.

Lesson 11 works out what full tuning and LoRA hold in memory at real sizes, activations not counted. Here you write the two
formulas, in one or two lines each. What you have not written yet is taken from the library.
"""

from tinyllm.memory import FLOAT

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "Full tuning of 1 billion parameters in float32, without activations: how many GB of 10^9 bytes (a number)?": None,
    "1 billion frozen parameters in bfloat16 and hardly any trained ones, without activations: how many GB (a number)?": None,
    "How many parameters does LoRA of rank 8 train on two 192 x 192 matrices in each of 4 layers (a number)?": None,
}


def without_activations(frozen: float, trained: float, frozen_bytes: int = FLOAT) -> float:
    """The bytes of a training step with AdamW, for so many frozen and so many trained parameters, without activations.

    A frozen parameter is held as it is, in frozen_bytes bytes, and needs nothing else: 4 in float32, or 2 in bfloat16. A
    trained one is always in float32, and so are its gradient and the two moments that AdamW keeps for it (the means of its
    gradient and of the gradient's square). A float32 takes FLOAT = 4 bytes.

        >>> without_activations(frozen=100, trained=1), without_activations(frozen=100, trained=1, frozen_bytes=2)
        (416, 216)
    """
    raise NotImplementedError


def lora_parameters(layers: int, width: int, rank: int, matrices: int = 2) -> int:
    """How many parameters LoRA trains on so many square matrices, each width x width, in each of so many layers.

    The update of each matrix is B A, where A is (rank, width) and B is (width, rank). The matrix itself is frozen.

        >>> lora_parameters(layers=1, width=5, rank=3, matrices=1)
        30
    """
    raise NotImplementedError
