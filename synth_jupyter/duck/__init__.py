"""DuckDB, hardened: connections for questions and loads, the gate of statements, and expressions over Arrow batches."""

from .connections import (
    SEALED,
    Connection,
    add_parquet,
    check_one_question,
    connect_sealed,
    interruptible,
    text_literal,
)
from .expressions import ExpressionEvaluator, evaluate_expression, result_types, sql_type
from .failures import Error, first_line, load_error, query_error
from .questions import Question

__all__ = [
    "SEALED", "Connection", "Error", "ExpressionEvaluator", "Question", "add_parquet", "check_one_question",
    "connect_sealed", "evaluate_expression", "first_line", "interruptible", "load_error", "query_error", "result_types",
    "sql_type", "text_literal",
]  # fmt: skip
