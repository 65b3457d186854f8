"""How many cells run at a time where nobody says so: as cores, GPUs and memory bear."""

from .. import machine, paths
from ..errors import XltError
from .narrowing import Options
from .plan.memory import Need, Needs

_MOST, _EACH = 4, 3 * 2**30  # workers on a CPU; bytes that a cell takes with a small model
_SHARE = 0.6  # of a GPU's memory that weights may take: a larger model goes over several GPUs


def check(jobs: int) -> None:
    """Refuse a number of workers that is none. Raises :class:`XltError`."""
    if jobs < 1:
        raise XltError(f"`jobs` must be at least 1, but got {jobs}: correct --jobs or leave it out")


def default(profile: str, options: Options) -> int:
    """Workers for a profile's grid: one per GPU that bears its models, else by cores and memory.

    Raises :class:`xltlib.errors.XltError` for an unknown profile.
    """
    takes = Needs.of(profile, options)
    arms = [takes.profile.of_arm(arm.name) for arm in takes.profile.arms]
    used = {path for spec in arms for path in (spec.model.path, spec.translator.path)}
    small = used <= paths.MINI_MODELS.keys()
    needs = [] if small else takes.models()  # mini: known, without transformers' slow import
    if machine.has_gpu():
        gpus = len(machine.gpus())
        return gpus if gpus > 1 and _fit(needs, machine.gpu_memory()) else 1
    import psutil

    memory = psutil.virtual_memory()
    found = min(machine.cores(), _MOST, memory.total // _EACH)
    if largest := _largest(needs):
        # `auto` is counted as on a GPU, and is float32 on a CPU
        auto = any("auto" in (spec.model.dtype, spec.translator.dtype) for spec in arms)
        doubled = 2 if auto else 1
        found = min(found, int(memory.available // (doubled * largest)))
    return max(1, found)


def _fit(needs: list[Need], memory: int) -> bool:
    """Whether each GPU bears the weights of a cell's models, or one training."""
    if any(need.weights is None for need in needs):
        return False
    return all(taken <= _SHARE * memory for taken in _cells(needs, "weights"))


def _largest(needs: list[Need]) -> float:
    """Bytes of the cell that takes most, of what is known."""
    return max(_cells(needs, "total"), default=0.0)


def _cells(needs: list[Need], part: str) -> list[float]:
    """Bytes by kind of cell: one that translates holds both models, a training is alone."""
    largest: dict[str, float] = {}
    for need in needs:  # of several arms the one that takes most
        use = need.use.split(",")[0]
        largest[use] = max(largest.get(use, 0.0), getattr(need, part) or 0.0)
    training = largest.pop("LAFT", 0.0)
    return [sum(largest.values()), training]
