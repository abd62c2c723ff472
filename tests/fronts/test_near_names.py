"""What was perhaps meant by a name that is not there: every name within two slips, the nearest first."""

from collections.abc import Callable

import pytest

from synth_jupyter.commands import VERBS
from synth_jupyter.errors import did_you_mean, slips

Synth = Callable[..., tuple[int, str, str]]

SLIPS = (
    ("sql", "sql", 0), ("sx", "sql", 2), ("sqll", "sql", 1), ("slq", "sql", 1), ("qsl", "sql", 1), ("", "ab", 2),
    ("lits", "list", 1), ("ilts", "list", 2), ("orders", "order", 1), ("ca", "abc", 3), ("prune", "push", 3),
    ("import", "export", 2), ("abcdef", "uvwxyz", 3), ("générer", "generer", 2),
)  # fmt: skip
CASES = (
    ("sx", ("sql", "list"), "; did you mean 'sql'?"),
    ("sx", VERBS, "; did you mean 'sql'?"),
    ("lits", VERBS, "; did you mean 'list'?"),
    ("ilts", VERBS, "; did you mean 'list'?"),
    ("pulsh", ("push", "pull", "prune"), "; did you mean 'push' or 'pull'?"),
    ("c12", ("c1", "c2", "c22", "other"), "; did you mean 'c1', 'c2' or 'c22'?"),
    ("C1", ("c11", "c1"), "; did you mean 'c1' or 'c11'?"),
    ("ORDES", ("Orders", "customers"), "; did you mean 'Orders'?"),
    ("cust_mers_s", ("orders", "customers"), "; did you mean 'customers'?"),  # farther, yet the most alike
    ("xy", ("id", "no"), " (known: id, no)"),  # no letter is right
    ("x", ("a", "b"), " (known: a, b)"),
    ("anything", (), ""),
    ("zzzzzz", VERBS, ""),
)
TYPED = (
    (("sx", "shop", "SELECT 1"), "sql"),
    (("gnrate", "shop"), "generate"),
    (("dlte", "shop"), "delete"),
    (("preview", "shop", "orders", "--lmt", "3"), "--limit"),
    (("sql", "shop", "--lmt", "3", "SELECT 1"), "--limit"),
    (("preview", "shop", "rdrs"), "orders"),
    (("sql", "shop", "SELECT * FROM rdrs"), "orders"),
    (("sql", "shop", "SELECT ttl FROM orders"), "total"),
    (("explain", "shop", "orders.ttl"), "total"),
    (("trace", "shop", "orders", "3", "--column", "ttl"), "total"),
    (("show", "sp"), "shop"),
    (("verify", "hsop@1"), "shop"),
    (("verify", "shop@31"), "shop@1"),
    (("runs", "shpo"), "shop"),
    (("help", "rns"), "runs"),
)


@pytest.mark.parametrize(("word", "name", "count"), SLIPS)
def test_slips_are_counted_the_same_both_ways(word: str, name: str, count: int) -> None:
    assert (slips(word, name), slips(name, word)) == (count, count)


@pytest.mark.parametrize(("word", "known", "said"), CASES)
def test_names_within_two_slips_are_suggested_nearest_first(word: str, known: tuple[str, ...], said: str) -> None:
    assert did_you_mean(word, known) == said


def test_each_verb_is_found_from_every_word_one_slip_away() -> None:
    for verb in VERBS:
        for at in range(len(verb)):
            for word in (verb[:at] + verb[at + 1 :], verb[:at] + "x" + verb[at:], verb[:at] + "x" + verb[at + 1 :]):
                assert repr(verb) in did_you_mean(word, VERBS), word


def test_verbs_options_tables_columns_and_runs_are_suggested(
    shop_file: object, synth: Synth, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path_factory.mktemp("near")))
    assert synth("define", "shop", str(shop_file))[0] == 0
    assert synth("generate", "shop", "--workers", "1")[0] == 0
    said = {words: synth(*words)[2] for words, _ in TYPED}
    missing = [
        (words, said[words])
        for words, meant in TYPED
        if "did you mean" not in said[words] or repr(meant) not in said[words]
    ]
    assert missing == []
