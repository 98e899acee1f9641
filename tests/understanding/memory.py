"""The bytes of a training step without activations, and the parameters of LoRA."""

from understanding.exercise import Exercise, Prediction


def size(*arguments, **options):
    """What without_activations gives."""
    from tinyllm.memory import without_activations
    return without_activations(*arguments, **options)


def new(*arguments, **options):
    """What lora_parameters gives."""
    from tinyllm.memory import lora_parameters
    return lora_parameters(*arguments, **options)


EXERCISE = Exercise(
    "memory", lesson=11, module="tinyllm.memory", title="bytes of a training step, and parameters of LoRA",
    hints=("Write down how many numbers are held for one frozen parameter, and how many for one trained parameter. Then count "
           "the bytes of each number.",
           "A trained parameter has four float32 numbers: itself, its gradient, and two moments.",
           "A has rank * width numbers, and B has as many. That is for one matrix of one layer."),
    predictions=(
        Prediction("Full tuning of 1 billion parameters in float32, without activations: how many GB of 10^9 bytes (a number)?",
                   lambda: size(0, 1e9) / 1e9),
        Prediction("1 billion frozen parameters in bfloat16 and hardly any trained ones, without activations: how many GB (a "
                   "number)?", lambda: size(1e9, 0, frozen_bytes=2) / 1e9),
        Prediction("How many parameters does LoRA of rank 8 train on two 192 x 192 matrices in each of 4 layers (a number)?",
                   lambda: new(layers=4, width=192, rank=8))))


@EXERCISE.asks("A frozen parameter in float32 takes 4 bytes, and no gradient or moments.", read="Real sizes")
def frozen_parameters():
    return size(10, 0), 40


@EXERCISE.asks("A trained parameter takes 16 bytes: 4 for itself, 4 for its gradient, 8 for AdamW's two moments.",
               read="Real sizes")
def trained_parameters():
    return size(0, 10), 160


@EXERCISE.asks("The parts of frozen and of trained parameters add up.", read="Real sizes")
def both_together():
    return [size(100, 1), size(1, 100)], [416, 1604]


@EXERCISE.asks("A base in bfloat16 takes 2 bytes for each frozen parameter.", read="Real sizes")
def a_base_in_bfloat16():
    return size(10, 0, frozen_bytes=2), 20


@EXERCISE.asks("What is trained stays in float32, and takes 16 bytes also beside a base in bfloat16.", read="Real sizes")
def trained_beside_bfloat16():
    return size(100, 1, frozen_bytes=2), 216


@EXERCISE.asks("It agrees with a real layer: the bytes of its weights, of two moments and of the gradients are added up.",
               read="Six ways of tuning, part by part")
def a_real_layer():
    from torch import nn

    from tinyllm.peft.lora import LoRALinear
    layer = LoRALinear(nn.Linear(6, 6, bias=False), rank=2, alpha=2)
    weights = sum(p.numel() * p.element_size() for p in layer.parameters())
    trained = sum(p.numel() * p.element_size() for p in layer.parameters() if p.requires_grad)
    return size(36, 24), weights + 3 * trained


@EXERCISE.asks("On one matrix of width D LoRA of rank R trains A, with R D numbers, and B, with as many.", read="Real sizes")
def one_matrix():
    return new(layers=1, width=5, rank=3, matrices=1), 30


@EXERCISE.asks("Twice the rank is twice the parameters, and so is twice the width.", read="Real sizes")
def in_proportion():
    return [new(1, 10, 3, matrices=1), new(1, 5, 6, matrices=1)], [60, 60]


@EXERCISE.asks("So many matrices of a layer have so many times the parameters; if nothing is said there are two.",
               read="Real sizes")
def several_matrices():
    return [new(1, 5, 3), new(1, 5, 3, matrices=4)], [60, 120]


@EXERCISE.asks("So many layers have so many times the parameters.", read="Real sizes")
def several_layers():
    return [new(7, 5, 3, matrices=1), new(96, 12288, 8)], [210, 37_748_736]


BYTES = "return frozen_bytes * frozen + 4 * FLOAT * trained"
COUNT = "return layers * matrices * 2 * rank * width"

EXERCISE.wrong("frozen parameters get 16 bytes like trained ones, so nothing is saved",
               (BYTES, "return 4 * FLOAT * frozen + 4 * FLOAT * trained"))
EXERCISE.wrong("frozen parameters get a gradient too", (BYTES, "return (frozen_bytes + FLOAT) * frozen + 4 * FLOAT * trained"))
EXERCISE.wrong("frozen parameters take nothing, though the forward pass needs them", (BYTES, "return 4 * FLOAT * trained"))
EXERCISE.wrong("frozen parameters always take 4 bytes, whatever frozen_bytes says",
               (BYTES, "return FLOAT * frozen + 4 * FLOAT * trained"))
EXERCISE.wrong("a trained parameter gets three numbers and not four: itself, its gradient or one of the two moments is missing",
               (BYTES, "return frozen_bytes * frozen + 3 * FLOAT * trained"))
EXERCISE.wrong("a trained parameter gets two numbers and not four, as with an optimizer that keeps nothing",
               (BYTES, "return frozen_bytes * frozen + 2 * FLOAT * trained"))
EXERCISE.wrong("a trained parameter is counted as the weight alone, without gradient and moments",
               (BYTES, "return frozen_bytes * frozen + FLOAT * trained"))
EXERCISE.wrong("a trained parameter gets five numbers, as with an additional copy of the weight",
               (BYTES, "return frozen_bytes * frozen + 5 * FLOAT * trained"))
EXERCISE.wrong("what is trained takes frozen_bytes too, and not 4 bytes a number",
               (BYTES, "return frozen_bytes * frozen + 4 * frozen_bytes * trained"))
EXERCISE.wrong("the trained weight takes frozen_bytes, and only its gradient and moments are in float32",
               (BYTES, "return frozen_bytes * (frozen + trained) + 3 * FLOAT * trained"))
EXERCISE.wrong("numbers are counted and not bytes", (BYTES, "return (frozen_bytes * frozen + 4 * FLOAT * trained) / FLOAT"))
EXERCISE.wrong("bits are counted and not bytes", (BYTES, "return 8 * (frozen_bytes * frozen + 4 * FLOAT * trained)"))
EXERCISE.wrong("frozen and trained are the wrong way round", (BYTES, "return frozen_bytes * trained + 4 * FLOAT * frozen"))
EXERCISE.wrong("only one of A and B is counted", (COUNT, "return layers * matrices * rank * width"))
EXERCISE.wrong("the sizes of A and B are multiplied (rank x width x width) and not added",
               (COUNT, "return layers * matrices * rank * width * width"))
EXERCISE.wrong("the whole matrix is counted, width x width, as in full tuning",
               (COUNT, "return layers * matrices * width * width"))
EXERCISE.wrong("the frozen matrix is counted beside A and B",
               (COUNT, "return layers * matrices * (2 * rank * width + width * width)"))
EXERCISE.wrong("a rank x rank matrix is counted between A and B, which LoRA does not have",
               (COUNT, "return layers * matrices * (2 * rank * width + rank * rank)"))
EXERCISE.wrong("rank and width of a factor are added and not multiplied",
               (COUNT, "return layers * matrices * 2 * (rank + width)"))
EXERCISE.wrong("two matrices are counted, whatever `matrices` says", (COUNT, "return layers * 2 * 2 * rank * width"))
EXERCISE.wrong("one matrix of each layer is counted, whatever `matrices` says", (COUNT, "return layers * 2 * rank * width"))
EXERCISE.wrong("the layers are left out, so only one counts", (COUNT, "return matrices * 2 * rank * width"))


@EXERCISE.right("part by part, and the factors' own sizes")
class _:
    def without_activations(frozen, trained, frozen_bytes=4):
        weights, gradients, moments = 4 * trained, 4 * trained, 8 * trained
        return frozen * frozen_bytes + weights + gradients + moments

    def lora_parameters(layers, width, rank, matrices=2):
        a, b = rank * width, width * rank
        return (a + b) * matrices * layers


@EXERCISE.right("a loop over the layers, and a float for the bytes")
class _:
    def without_activations(frozen, trained, frozen_bytes=4):
        return sum([frozen_bytes * float(frozen), *(4.0 * trained for _ in range(4))])

    def lora_parameters(layers, width, rank, matrices=2):
        total = 0
        for _ in range(layers * matrices):
            total += rank * (width + width)
        return total
