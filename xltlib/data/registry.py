"""All sources. A new data set is one module with a ``SOURCE``, and a line here."""

from .corpora import mono, web
from .sets import afrihg, hub, kinnews, masakhaner, masakhanews, mini, rw_news, sib200, xlsum
from .source import Corpus, Source

SOURCES: dict[str, Source] = {
    s.name: s
    for s in (
        mini.SOURCE,
        *masakhaner.SOURCES,
        masakhanews.SOURCE,
        kinnews.SOURCE,
        rw_news.SOURCE,
        sib200.SOURCE,
        xlsum.SOURCE,
        afrihg.SOURCE,
        *hub.SOURCES,
    )
}
CORPORA: dict[str, Corpus] = {c.name: c for c in (mini.CORPUS, *mono.CORPORA, *web.CORPORA)}
