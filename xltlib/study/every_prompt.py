"""Every form of prompt that a profile may ask: what a smaller vocabulary must be able to write.

A list of tokens made of texts alone lacks those that only prompts have: field names, blank lines.
"""

from collections.abc import Iterable, Iterator

from .. import data, models, tasks
from ..config import Language, Profile, load_language
from ..data import Example
from ..methods.parallel_text import ProfileText
from ..models.translation import layout, lexicon

_SHOWN = 40  # demonstrations that are looked at as such, one a prompt; all are as items


def every_prompt(profile: Profile) -> Iterator[str]:
    """Prompts of all test items, data sets, languages and wordings, with and without an example.

    In the language's own words and in the pivot's. Of texts that a translation model writes there
    is no list; the forms that it is asked in are among them, and what a phrase table writes of
    these texts, and might write of others, which depends on the data at hand. Data sets that are
    not at hand are passed over.
    """
    pivot = load_language(profile.pivot)
    parallel, table = ProfileText(profile), None
    learned = set()  # languages whose words the table may write have been given
    if profile.translator.path == "lexicon":
        table = models.load_translator(profile.translator, parallel=parallel)
    for spec in profile.datasets:
        if spec.every_token:  # its prompts need no list
            continue
        task = tasks.get(spec.task)
        for language in map(load_language, spec.languages):
            if not data.is_at_hand(spec.name, language.code, profile.data_dir):
                continue
            where = (spec.name, spec.task, language.code)
            words = profile.document_words.get(spec.task)
            test, pool = (
                data.load(*where, split, profile.data_dir, words=words)
                for split in ("test", "demos")
            )
            labels = data.labels(*where, profile.data_dir)
            yield from _translating(language, pivot, test)
            if table is not None and language.code != pivot.code:
                texts = [text for e in (*test, *pool) for text in e.texts]
                made = iter(table.translate(texts, language, pivot))
                for e in (*test, *pool):
                    there = e.carried(pivot.code, [next(made) for _ in e.texts], e.gold)
                    yield task.render(there, (), pivot, profile.wording, labels).text()
                if language.code not in learned:
                    learned.add(language.code)
                    yield from _written(parallel.training(language, pivot))
            for code in dict.fromkeys((language.code, pivot.code)):
                asked = load_language(code)
                items, shown = (
                    [e.carried(code, e.texts, e.gold) for e in some] for some in (test, pool)
                )
                for wording in range(len(asked.prompts.get(spec.task, ()))):
                    for item in items:
                        yield task.render(item, (), asked, wording, labels).text()
                    for one in shown[:_SHOWN]:
                        yield task.render(items[0], (one,), asked, wording, labels).text()


def _translating(source: Language, pivot: Language, items: list[Example]) -> Iterator[str]:
    pair = [(items[0].text, items[-1].text)]
    for a, b in ((source.name, pivot.name), (pivot.name, source.name), (layout.GLOSS, pivot.name)):
        yield layout.prompt(items[0].text, a, b, pair)


def _written(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each word that a phrase table may write, as it stands within a sentence and at its start.

    Of the source, too: what the table does not know it copies.
    """
    for word in sorted({word for pair in pairs for side in pair for word in lexicon.words(side)}):
        yield from dict.fromkeys((word, word.lower(), word[:1].upper() + word[1:]))
