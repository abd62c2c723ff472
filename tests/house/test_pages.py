"""Reference pages that are written from the code say what it does."""

import ddl_page
import document_page
import errors_page
import pytest
import warehouses_page


def test_the_page_of_ddl_is_what_reading_gives() -> None:
    assert ddl_page.PAGE.read_text() == ddl_page.page(), "run `make fmt`"


def test_the_page_of_the_document_is_what_its_models_say() -> None:
    assert document_page.PAGE.read_text() == document_page.page(), "run `make fmt`"


def test_the_page_of_errors_is_what_the_code_raises() -> None:
    assert errors_page.PAGE.read_text() == errors_page.page(), "run `make fmt`"


def test_the_page_of_warehouses_is_what_loads_make() -> None:
    assert warehouses_page.PAGE.read_text() == warehouses_page.page(), "run `make fmt`"


KEPT = {
    "SERIAL",
    "DEFAULT GEN_RANDOM_UUID()",
    "NULL ENABLE NOVALIDATE",
    "VARIANT",
    "ROWVERSION",
    "ARRAY<INT64>",
    "INT[]",
    "HUGEINT",
}
CASES = [(dialect, text, within) for within, more in ((True, ddl_page.WITHIN), (False, ddl_page.AFTER))
         for dialect, texts in more.items() for text in texts]  # fmt: skip


@pytest.mark.parametrize(("dialect", "text", "within"), CASES, ids=[f"{case[0]} {case[1][:50]}" for case in CASES])
def test_no_construct_goes_without_a_word(dialect: str, text: str, within: bool) -> None:
    table = "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(20)"
    said = ddl_page.outcomes(f"{table}, {text})" if within else f"{table});\n{text};\n", dialect)
    assert said or any(text.upper().endswith(word) for word in KEPT)
