"""All sources. A new data set is one module with a ``SOURCE``, and a line here."""

from . import hub, masakhaner1, masakhanews, mini, mono, rw_news, sib200
from .source import Corpus, Source

SOURCES: dict[str, Source] = {
    s.name: s
    for s in (
        mini.SOURCE,
        masakhaner1.SOURCE,
        masakhanews.SOURCE,
        rw_news.SOURCE,
        sib200.SOURCE,
        *hub.SOURCES,
    )
}
CORPORA: dict[str, Corpus] = {c.name: c for c in (mini.CORPUS, *mono.CORPORA)}
