#!/usr/bin/env bash
# Measures a split and the merge back under load: for how long nothing is acknowledged in the range that
# moves and in the rest of the keys, and whether every acknowledged write is there once.
#
# Half of the clients write keys of the range that moves (part 2 of the keys), the others keys that stay
# (part 1). In each round the range is split off at the event and merged back at the restoration.
#
#   split.sh [--nodes 3] [--base-port 23790] [--shards KEY,...] [--preload SECONDS] [--binary PATH]
#            [-- MORE FLAGS OF flotilla bench failover]
#
# With --shards e the range comes from a shard group and goes back to it, without from the root group.
# --preload writes keys into the range for so long before (3), which have to be moved, too.
# BENCH names the harness's command, as failover.sh finds it. Example: split.sh -- --rounds 10.
# Takes about two minutes as it is.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
flotilla="$here/../deploy/target/flotilla/bin/flotilla"

nodes=3 base_port=23790 shards='' preload=3
while [ $# -gt 0 ]; do
  case "$1" in
    --nodes) nodes=$2 ;;
    --base-port) base_port=$2 ;;
    --shards) shards=$2 ;;
    --preload) preload=$2 ;;
    --binary) flotilla=$2 ;;
    --)
      shift
      break
      ;;
    *)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 2
      ;;
  esac
  shift 2
done
export FLOTILLA_PROGRAM=$flotilla BENCH="${BENCH:-$flotilla bench}" PRELOAD=$preload

# Runs inside of the cluster. The variables are those of cluster.sh and of the harness.
# shellcheck disable=SC2016
story='
  read -ra bench <<<"$BENCH"
  # above every key of the run, so it moves with the upper part
  [ "$PRELOAD" -eq 0 ] || "${bench[@]}" put --quiet --sequential --keys 100000 --prefix failover/z/ \
    --warmup 0 --duration "$PRELOAD" --endpoints "$CLUSTER_ENDPOINTS"
  "${bench[@]}" failover --parts 2 --rounds 5 --rate 1000 --clients 16 --hold 3 --settle 3 \
    --endpoints "$CLUSTER_ENDPOINTS" \
    --event-command "nice -n 19 \"$FLOTILLA_PROGRAM\" shard split --endpoints $CLUSTER_ENDPOINTS --at \"\$BENCH_BORDERS\"" \
    --restore-command "nice -n 19 \"$FLOTILLA_PROGRAM\" shard merge --endpoints $CLUSTER_ENDPOINTS --at \"\$BENCH_BORDERS\"" \
    "$@"'
"$cluster" run --kind flotilla --nodes "$nodes" --base-port "$base_port" --minutes 30 \
  --binary "$flotilla" ${shards:+--flag "--initial-shards=$shards"} -- bash -c "$story" bash "$@"
