#!/usr/bin/env bash
# Ingest of events, durable, in batches of 100 with 1 KB each: PostgreSQL against psql's COPY of the same rows into the same table, SQLite
# against a loop of prepared inserts with transactions of the same size. In turns.
#   bench/ingest.sh
# Environment: ROUNDS (3), EVENTS (100000), RESULTS (bench/results/ingest.md), POSTGRES (/usr/lib/postgresql/15/bin).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/ingest.md}
rounds=${ROUNDS:-3} events=${EVENTS:-100000}
programs=${POSTGRES:-/usr/lib/postgresql/15/bin}
dotnet build "$here/IngestBench" -c Release -v quiet -nologo
bench=$here/IngestBench/bin/Release/net10.0/km-ingest-bench

work=$(mktemp -d)
chmod 755 "$work"
as_server=()
if [ "$(id -u)" = 0 ]; then
  as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chown postgres "$work"
fi
"${as_server[@]}" "$programs/initdb" -D "$work/data" -U postgres --auth=trust --encoding=UTF8 --locale=C >/dev/null
"${as_server[@]}" "$programs/pg_ctl" -D "$work/data" -l "$work/log" -w -o "-k $work -c listen_addresses=''" start >/dev/null
trap '"${as_server[@]}" "$programs/pg_ctl" -D "$work/data" -m immediate stop >/dev/null; rm -rf "$work"' EXIT
psql() { PGOPTIONS="-c client_min_messages=warning" "$programs/psql" -h "$work" -U postgres -qAtX -v ON_ERROR_STOP=1 "$@"; }

# fresh NAME: an empty database, and the connection string of it. Every run begins with a checkpoint behind it and none ahead.
fresh() {
  psql -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" -c CHECKPOINT
  connection="Host=$work;Username=postgres;Database=$1"
}

# copy FORMAT: rows per second of psql's COPY into the table that our ingest made, emptied before.
copy() {
  psql -d ours -c "TRUNCATE events" -c CHECKPOINT
  local start=$EPOCHREALTIME
  psql -d ours -c "\\copy events FROM '$work/rows.$1' (FORMAT $1)"
  local end=$EPOCHREALTIME
  awk -v a="$start" -v b="$end" -v n="$copied" 'BEGIN { printf "%.0f\n", n / (b - a) }'
}

for ((round = 0; round < rounds; round++)); do
  fresh http && "$bench" http PostgreSql "$connection" "$events" | tee -a "$work/http.json" | field rate >>"$work/http"
  fresh ours && "$bench" store PostgreSql "$connection" "$events" | tee -a "$work/store.json" | field rate >>"$work/store"
  psql -d ours -c "DELETE FROM events WHERE (day, id) IN (SELECT day, id FROM events ORDER BY day, id OFFSET $events)"
  copied=$(psql -d ours -c "SELECT count(*) FROM events")
  for format in text binary; do
    psql -d ours -c "\\copy (SELECT * FROM events ORDER BY id) TO '$work/rows.$format' (FORMAT $format)"
  done
  for format in text binary; do copy "$format" >>"$work/copy.$format"; done
  rm "$work"/rows.*

  mkdir "$work/http-$round" "$work/store-$round" "$work/bare-$round"
  "$bench" http Sqlite "Data Source=$work/http-$round/km.db" "$events" | tee -a "$work/sqlite-http.json" | field rate >>"$work/sqlite-http"
  "$bench" store Sqlite "Data Source=$work/store-$round/km.db" "$events" | tee -a "$work/sqlite-store.json" | field rate >>"$work/sqlite-store"
  group=$(tail -1 "$work/sqlite-store.json" | field group)
  "$bench" bare "$work/bare-$round" "$events" "$group" | field rate >>"$work/bare"
  rm -rf "$work/http-$round" "$work/store-$round" "$work/bare-$round"
done

rate() { median <"$work/$1" | awk '{ printf "%.0f", $1 }'; }
group() { field group <"$work/$1.json" | median | awk '{ printf "%.0f", $1 }'; }
row() { echo "| $1 | $2 | ${4:-} | $(divide "$2" "$3") |"; }
text=$(rate copy.text) bare=$(rate bare)
store=$(rate store) http=$(rate http) sqlite_store=$(rate sqlite-store) sqlite_http=$(rate sqlite-http)
{
  echo "# Event ingest"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds of $events events, interleaved; by \`bench/ingest.sh\`."
  echo "Batches of 100 events of 1 KB each; the API answers when the events are on disk. All programs share the machine."
  echo
  echo "| PostgreSQL 15 | events/s | per transaction | ÷ COPY |"
  echo "|---|--:|--:|--:|"
  row "\`psql\` COPY, text, one transaction" "$text" "$text" "$events"
  row "\`psql\` COPY, binary, one transaction" "$(rate copy.binary)" "$text" "$events"
  row "writer and store, 64 batches waiting" "$store" "$text" "$(group store)"
  row "HTTP and JSON, 8 connections, client included" "$http" "$text" "$(group http)"
  echo
  echo "| SQLite | events/s | per transaction | ÷ loop |"
  echo "|---|--:|--:|--:|"
  row "loop of prepared inserts" "$bare" "$bare" "$(group sqlite-store)"
  row "writer and store, 64 batches waiting" "$sqlite_store" "$bare" "$(group sqlite-store)"
  row "HTTP and JSON, 8 connections, client included" "$sqlite_http" "$bare" "$(group sqlite-http)"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| PostgreSQL, store | ≥ 0.5 × COPY | $(divide "$store" "$text") | $(verdict "$(divide "$store" "$text")" least 0.5) |"
  echo "| PostgreSQL, over HTTP | ≥ 0.5 × COPY | $(divide "$http" "$text") | $(verdict "$(divide "$http" "$text")" least 0.5) |"
  echo "| SQLite, store | ≥ 0.5 × loop | $(divide "$sqlite_store" "$bare") | $(verdict "$(divide "$sqlite_store" "$bare")" least 0.5) |"
  echo "| SQLite, over HTTP | ≥ 0.5 × loop | $(divide "$sqlite_http" "$bare") | $(verdict "$(divide "$sqlite_http" "$bare")" least 0.5) |"
} >"$results"
cat "$results"
