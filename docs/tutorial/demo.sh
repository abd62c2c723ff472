#!/bin/sh
# The first experiment from end to end in a throw-away folder: `make demo`, or  sh demo.sh FOLDER [CUSTOMERS]
# Every line that starts with $ is one a user would type; every claim is checked, and the first that fails ends it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-demo-home}
customers=${2:-100_000}
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
export SYNTH_HOME="$PWD/home"
cp "$here/shop.yaml" .

step() { printf '\n== %s\n' "$1"; }
show() {
    printf '$ synth'
    for word in "$@"; do case $word in *[!A-Za-z0-9_./:=@-]*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac; done
    printf '\n'
}
synth() { show "$@"; python -m synth_jupyter "$@"; }
fails() { # fails CODE WORDS...: the command must end with this exit code
    wanted=$1; shift; show "$@"; code=0
    python -m synth_jupyter "$@" || code=$?
    [ "$code" = "$wanted" ] || { echo "expected exit code $wanted, got $code" >&2; exit 1; }
    printf '(exit code %s, as it should be)\n' "$code"
}
digest() { python -m synth_jupyter runs "$1" --json | python -c '
import json, sys
print(next(run["content_digest"] for run in json.load(sys.stdin)["runs"] if run["run"] == sys.argv[1]))' "$2"; }
same() { [ "$1" = "$2" ] || { echo "the digests differ: $1 $2" >&2; exit 1; }; printf 'Same content digest: %s\n' "$1"; }

step "Define: shop.yaml describes five tables"
synth define shop shop.yaml

step "Ten rows at once, equal to what the run will write"
synth preview shop orders

step "Generate: Parquet files, in parallel, each recorded as a checkpoint"
synth generate shop --rows customers="$customers"
first=$(digest shop shop@1)

step "Ask in SQL; a wrong column gets one short error"
synth sql shop --limit 5 "SELECT c.tier, p.category_id, count(*) AS sold, sum(i.price * i.quantity) AS worth
  FROM order_items i JOIN orders o USING (order_id) JOIN customers c USING (customer_id) JOIN products p USING (product_id)
  GROUP BY ALL ORDER BY worth DESC"
fails 1 sql shop "SELECT statuss FROM orders"

step "Load into two databases, with the constraints that each can enforce"
synth load shop --into sqlite:shop.sqlite
synth load shop --into duckdb:shop.duckdb

step "Verify: every constraint and its violations, in the files and in a database"
synth verify shop
synth verify shop --in sqlite:shop.sqlite
echo 'One stored value is changed by hand:'
python -c '
import sqlite3
file = sqlite3.connect("shop.sqlite")
file.execute("UPDATE order_items SET product_id = -1 WHERE rowid = (SELECT min(rowid) FROM order_items)")
file.commit()'
fails 1 verify shop --in sqlite:shop.sqlite

step "Lineage: the graph of foreign keys, and one row with its origin"
synth lineage shop --format svg -o shop.svg
synth trace shop orders 17

step "Export an image and import it into an empty workspace"
synth export shop -o shop.tar
SYNTH_HOME="$PWD/elsewhere"
synth import shop.tar --as shop2
same "$first" "$(digest shop2 shop2@1)"
SYNTH_HOME="$PWD/home"

step "Reset and restore: the rows go, the history stays, the rows come back"
synth reset shop --yes
synth runs shop
synth restore shop@1
same "$first" "$(digest shop shop@1)"

printf '\nAll of it worked. The files are in %s\n' "$PWD"
