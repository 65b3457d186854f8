"""Cards: what a notebook shows of single items, every text of them escaped."""

import json

import pandas as pd
from test_escaping import EVIL, harmless

from xltlib.study.cards import Cards


def _cards(**columns):
    known = {"text": "Musa a Kano", "output": "x", "gold": '"sports"', "answer": '"sports"'}
    return Cards(pd.DataFrame([known | columns]))


def test_labels_are_right_wrong_or_no_answer():
    assert "✓ right" in _cards(correct=1.0)._repr_html_()
    assert "✗ wrong" in _cards(answer='"health"', correct=0.0)._repr_html_()
    html = _cards(answer=None, output="ban sani ba")._repr_html_()
    assert "∅ no answer" in html and "ban sani ba" in html


def test_entities_say_what_became_of_them():
    gold = [["PER", "Musa", 0], ["LOC", "Kano", 0], ["DATE", "jiya", 0]]
    answer = [["PER", "Musa", 0], ["PER", "Kano", 0], ["?X", "Bello", -1]]
    html = _cards(gold=json.dumps(gold), answer=json.dumps(answer))._repr_html_()
    for told in ("PER · found", "PER · wrong type, is LOC", "X · not in the text", "DATE · missed"):
        assert told in html, told
    none = _cards(gold="[]", answer="[]")._repr_html_()
    assert "no entities" in none and "✓ right" in none


def test_a_summary_is_neither_right_nor_wrong():
    html = _cards(gold='"a b c d e"', answer='"a b c"', rougeL=0.75)._repr_html_()
    assert "wrong" not in html.split("</style>")[1] and "rougeL 0.75" in html


def test_no_text_of_a_card_is_markup():
    for gold in (json.dumps(EVIL), json.dumps([[EVIL, EVIL, 0]])):
        for answer in (gold, None, json.dumps(EVIL + "x"), json.dumps([[EVIL, "y", -1]])):
            html = _cards(text=EVIL, output=EVIL, gold=gold, answer=answer)._repr_html_()
            assert harmless(html) and "&lt;script&gt;" in html


def test_cards_are_the_table_that_they_show():
    cards = _cards(correct=1.0)
    assert cards["gold"].tolist() == ['"sports"'] and type(cards[["gold"]]) is pd.DataFrame
