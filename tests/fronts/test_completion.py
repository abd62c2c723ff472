"""What may come next, asked of IPython's own completer; a real kernel is asked in tests/notebooks."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

Complete = Callable[..., set[str]]
ODD = 'tables: {"order items": {rows: 1, columns: {"a b": {type: int}, "select": {type: int}}}}'


@pytest.fixture
def complete(shell: Any, generated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """The completions of a cell whose cursor is at its end."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/old.sqlite").touch()
    (tmp_path / "shop.tar").touch()
    shell.run_cell("%synth tag shop@1 v1 --quiet\n%synth generate shop --quiet")
    shell.run_cell(f"%%synth define odd --quiet\n{ODD}")
    shell.user_ns.update(wanted=1, _hidden=2)

    def ask(code: str) -> set[str]:
        with provisionalcompleter():
            return {each.text for each in shell.Completer.completions(code, len(code))}

    return ask


CASES = [
    ("%synth ", "generate"), ("%synth gen", "generate"), ("r = %synth ru", "runs"), ("x = 1\n%synth sh", "show"),
    ("a.b = %synth li", "list"), ("%%synth def", "define"), ("%synth generate --sc", "--scale"),
    ("%synth runs -", "--json"), ("%synth sql --q", "--quiet"), ("%synth preview sh", "shop"),
    ("%synth preview shop or", "orders"), ("%synth preview shop -n 3 or", "orders"),
    ("%synth generate shop --rows cu", "customers="), ("%synth resume shop@", "shop@1"),
    ("%synth resume shop@", "shop@2"), ("%synth verify shop:", "shop:v1"), ("%synth export ", "shop:v1"),
    ("%synth explain shop orders.cu", "orders.customer_id"), ("%synth trace shop orders or", "order_id="),
    ("%synth trace shop orders 3 --column to", "total"), ("%synth lineage shop --level co", "column"),
    ("%synth load shop --into sq", "sqlite:"), ("%synth load shop --into sqlite:da", "sqlite:data/"),
    ("%synth load shop --into sqlite:data/o", "sqlite:data/old.sqlite"), ("%synth inspect sh", "shop.tar"),
    ("%synth import data/", "data/old.sqlite"), ("%synth sql shop --dialect post", "postgres"),
    ("%synth sql shop SELECT ti", "tier"), ("%synth sql shop SELECT * FROM cus", "customers"),
    ("%synth sql shop SELECT sum(to", "total"), ("%%synth sql shop\nSELECT *\nFROM cus", "customers"),
    ("%%synth sql shop\nSELECT orders.cu", "customer_id"), ("%%synth sql --limit 5 shop\nSELECT ti", "tier"),
    ("%%synth sql shop\nSELECT * FROM customers c JOIN orders AS o ON o.", "total"),
    ("%%synth sql shop\nsel", "SELECT"), ("%synth help tra", "trace"), ("%synth show {{wa", "{{wanted}}"),
    ("%synth sql shop SELECT $wa", "$wanted"), ("%synth preview odd or", "'order items'"),
    ("%%synth sql odd\nSELECT a", '"a b"'), ("%%synth sql odd\nSELECT * FROM ", '"order items"'),
]  # fmt: skip


def test_what_may_come_next_is_suggested(complete: Complete) -> None:
    assert not [(code, expected) for code, expected in CASES if expected not in complete(code)]


@pytest.mark.parametrize(
    ("code", "unfitting"),
    [
        ("%%synth sql shop\nSELECT o. FROM orders o JOIN customers c ON c.", "total"),
        ("%%synth sql shop\nSELECT * FROM ", "SELECT"),
        ("%%synth sql shop\nSELECT * FROM ", "tier"),
        ("%synth show {{_hid", "{{_hidden}}"),
        ("%synth shw sh", "shop"),
        ("%synth preview nope ", "orders"),
    ],
)
def test_what_does_not_fit_is_not_suggested(complete: Complete, code: str, unfitting: str) -> None:
    assert unfitting not in complete(code)


@pytest.mark.parametrize(
    "code", ["ord", "SELECT cus", "%%timeit\ncus", "# %synth\ncus", "%%sql shop\nSELECT cus", "'%%synth sql shop'\ncus",
             "x = 1\n%%synth sql shop\nSELECT cus", "%synthetic sh", "%sql SELECT * FROM or"]
)  # fmt: skip
def test_cells_of_others_get_nothing_of_ours(complete: Complete, code: str) -> None:
    assert not {"orders", "customers", "customer_id", "shop"} & complete(code)


@pytest.mark.parametrize("code", ["%synth resume nope@", "%synth shw", "%%synth sql shop\nSELECT qqq"])
def test_where_nothing_fits_no_name_of_python_is_offered(complete: Complete, code: str) -> None:
    assert len(complete(code)) <= 1


def test_a_workspace_in_trouble_suggests_nothing(complete: Complete, tmp_path: Path, shell: Any) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/store.db").write_bytes(b"no database")
    shell.run_cell(f"%config Synth.home = '{tmp_path / 'other'}'")
    assert not {"shop", "shop@1"} & complete("%synth preview ")
    assert "generate" in complete("%synth gen")


def test_an_answer_comes_before_the_next_key(complete: Complete) -> None:
    """The figure itself is printed by the benchmarks; this only sees a look-up that grew by far."""
    times = []
    for code, _ in CASES:
        start = time.perf_counter()
        complete(code)
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.5
