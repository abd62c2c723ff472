"""What one writes on the first day and does not mean: each mistake is told with the line that was meant."""

from typing import Any

import pytest

Shell = Any


@pytest.mark.usefixtures("generated")
@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("sql SELECT * FROM orders", "write `%synth sql shop SELECT ...`"),
        ("sql shop SELECT * FROM orders LIMIT {{n}}", "in SQL a variable is written $name"),
        ("preview shop orders -n {n}", "for the value of the variable n write {{n}}"),
        ("preview shop orders -n $n", "for the value of the variable n write {{n}}"),
        ("preview shop orders 5", "write -n 5"),
        ("generate shop customers=50", "write --rows customers=50"),
        ("generate shop --rows customers=50 orders=3", "each table has its own --rows"),
        ("trace orders 5", "`%synth list` shows what there is"),
        ("show", "see: %synth help show"),
        ("cancel shop", "`%synth runs shop`"),
    ],
)
def test_a_first_mistake_is_told_with_what_was_meant(shell: Shell, line: str, hint: str) -> None:
    shell.user_ns["n"] = 2
    error = shell.run_cell(f"%synth {line}").error_in_exec
    said = error._render_traceback_()
    assert len(said) <= 3
    assert hint in said[-1]


@pytest.mark.usefixtures("generated")
def test_a_shell_is_not_told_of_magics(synth: Any) -> None:
    assert "`synth list`" in synth("show", "shpo")[2]
