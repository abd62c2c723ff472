"""One table of cases for every front: the verb and its values by name; `{root}` is the folder of files.

The words of a line, the options of a request and the query of a page are made from it, so that nothing is said twice.
Left out of the comparison is what differs by time alone (VOLATILE).
"""

from typing import Any

VOLATILE = ("seconds", "created_at", "finished_at", "at", "pid", "log")

CASES: list[tuple[str, dict[str, Any]]] = [
    ("define", {"name": "shop", "file": "shop.yaml"}),
    ("define", {"name": "shop", "file": "shop.yaml"}),
    ("define", {"name": "shop", "file": "shop.yaml", "replace": True}),
    ("define", {"name": "bad", "file": "bad.yaml"}),
    ("define", {"name": "checked", "file": "shop.yaml", "check": True}),
    ("show", {"name": "shop"}),
    ("show", {"name": "shap"}),
    ("diff", {"old": "shop#1", "new": "shop"}),
    ("diff", {"old": "shop#9", "new": "shop"}),
    ("preview", {"name": "shop", "table": "orders", "limit": 3, "offset": 2}),
    ("preview", {"name": "shop", "table": "order"}),
    ("sql", {"name": "shop", "sql": "SELECT count(*) AS n FROM orders"}),
    ("generate", {"name": "shop", "rows": {"customers": 50}}),
    ("generate", {"name": "shop", "seed": 7, "scale": "0.5", "no_load": True}),
    ("runs", {}),
    ("runs", {"name": "shop"}),
    ("sql", {"name": "shop", "sql": "SELECT * FROM customers ORDER BY customer_id", "limit": 5}),
    (
        "sql",
        {"name": "shop@1", "sql": "-- how many\nSELECT tier, count(*) AS n FROM customers GROUP BY tier ORDER BY tier"},
    ),
    ("sql", {"name": "shop", "sql": "SELECT IFNULL(tier, 'x') AS t FROM customers LIMIT 1", "dialect": "mysql"}),
    ("sql", {"name": "shop", "sql": "SELECT {{x}}, '$y %z `w` \"q\"'"}),
    ("sql", {"name": "shop", "sql": "SELECT 'a''b\"c' AS q, '{{x}} %d -> :n' AS r"}),
    ("sql", {"name": "shop", "sql": "DELETE FROM orders"}),
    ("sql", {"name": "shop", "sql": "SELECT * FROM ordrs"}),
    ("verify", {"name": "shop"}),
    ("profile", {"name": "shop", "table": "orders"}),
    ("profile", {"name": "shop", "table": "ordrs"}),
    ("load", {"name": "shop@1", "into": "sqlite:{root}/shop.sqlite"}),
    ("verify", {"name": "shop@1", "in": "sqlite:{root}/shop.sqlite"}),
    ("lineage", {"name": "shop"}),
    ("lineage", {"name": "shop", "level": "column"}),
    ("trace", {"name": "shop", "table": "orders", "key": ["5"]}),
    ("trace", {"name": "shop", "table": "orders", "row": 3, "column": "total"}),
    ("trace", {"name": "shop", "table": "orders"}),
    ("explain", {"name": "shop", "column": "orders.total"}),
    ("tag", {"name": "shop@1", "tag": "v1"}),
    ("preview", {"name": "shop:v1", "table": "orders", "limit": 1}),
    ("cancel", {"name": "shop@1"}),
    ("resume", {"name": "shop@1"}),
    ("export", {"name": "shop@1", "output": "{root}/shop.tar"}),
    ("inspect", {"source": "shop.tar"}),
    ("import", {"source": "shop.tar", "as": "shop2"}),
    ("import", {"source": "shop.tar", "as": "shop2"}),
    ("push", {"name": "shop@1", "reference": "no registry"}),
    ("pull", {"reference": "registry.invalid/Shop"}),
    ("images", {}),
    ("list", {}),
    ("reset", {"name": "shop"}),
    ("reset", {"name": "shop", "yes": True}),
    ("restore", {"name": "shop@1"}),
    ("prune", {"name": "shop", "keep": 1}),
    ("delete", {"name": "shop2", "yes": True}),
    ("delete", {"name": "nobody"}),
    ("help", {"topic": "generate"}),
]
