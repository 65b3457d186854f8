"""What the answers of a study depend on, as a name."""

from typing import TYPE_CHECKING

from ..records import provenance

if TYPE_CHECKING:
    from .study import Study


def made_of(study: "Study") -> str:
    """Another name for another study: a part of one that was changed is no part of it."""
    cell, method, profile = study.cell, study.method, study.profile
    own = provenance.Own(cell.task, cell.method, profile.demonstrations.by, (cell.dataset,))
    pool = profile.pivot if method.picks_in_pivot else ""
    read = filter(None, (study.language.code, method.lender(), pool))
    content = {
        "profile": profile.model_dump(mode="json"),
        "language": study.language.model_dump(mode="json", exclude={"reviewed_by"}),
        "data": [provenance.data(cell.dataset, c, profile.data_dir) for c in read],
        "models": [method.revision, method.translator and method.translator.revision],
        "sources": provenance.sources(own),
    }
    return provenance.digest(content)[:16]
