"""What the answers of a study depend on, as a name."""

from ..config import Cell, Language, Profile
from ..methods import Method
from ..records import provenance


def made_of(cell: Cell, profile: Profile, language: Language, method: Method) -> str:
    """Another name for another study: a part of one that was changed is no part of it."""
    own = provenance.Own(cell.task, cell.method, profile.demonstrations.by, (cell.dataset,))
    pool = profile.pivot if method.picks_in_pivot else ""
    read = filter(None, (language.code, method.lender(), pool))
    content = {
        "profile": profile.model_dump(mode="json"),
        "language": language.model_dump(mode="json", exclude={"reviewed_by"}),
        "data": [provenance.data(cell.dataset, c, profile.data_dir) for c in read],
        "models": [method.revision, method.translator and method.translator.revision],
        "sources": provenance.sources(own),
    }
    return provenance.digest(content)[:16]
