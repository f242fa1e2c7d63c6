#!/usr/bin/env bash
# Measures what one order over several groups costs: puts in the root group, puts in a shard group,
# and transactions over both, on a cluster of Flotilla and on one of etcd, in turn, at one request at a
# time and at many. Beside them the cuts of the root group in a second.
#
#   order.sh [--nodes 3] [--base-port 23790] [--clients 64] [--policy spread]
#            [--workloads root,shard,across] [--warm SECONDS] [-- MORE FLAGS OF flotilla bench]
#
# BENCH names the harness's command, FLOTILLA and ETCD the servers' programs, as failover.sh and
# cluster.sh find them. Each workload first runs unmeasured, many at a time, for --warm seconds on either
# cluster: a server that has just started compiles what it runs, which at one request at a time would be
# most of what is measured. Example: order.sh -- --rounds 3 --duration 5. Takes about three minutes as it is.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
read -ra bench <<<"${BENCH:-$here/../deploy/target/flotilla/bin/flotilla bench}"

nodes=3 base_port=23790 clients=64 policy=spread workloads=root,shard,across warm=10
while [ $# -gt 0 ]; do
  case "$1" in
    --nodes) nodes=$2 ;;
    --base-port) base_port=$2 ;;
    --clients) clients=$2 ;;
    --policy) policy=$2 ;;
    --workloads) workloads=$2 ;;
    --warm) warm=$2 ;;
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

directory=$(mktemp -d "${TMPDIR:-/tmp}/order.XXXXXX")
down() {
  local kind
  for kind in flotilla etcd; do
    [ ! -f "$directory/$kind/cluster" ] || "$cluster" down "$directory/$kind"
  done
  rm -rf "$directory"
}
trap down EXIT
trap 'exit 130' INT TERM

# Keys below "m" are the root group's, the others the shard group's.
"$cluster" up "$directory/flotilla" --kind flotilla --nodes "$nodes" --base-port "$base_port" \
  --minutes 30 ${FLOTILLA:+--binary "$FLOTILLA"} -- --initial-shards m
"$cluster" up "$directory/etcd" --kind etcd --nodes "$nodes" --minutes 30 \
  --base-port "$((base_port + 2 * nodes))" ${ETCD:+--binary "$ETCD"}

result=0
for workload in ${workloads//,/ }; do
  case "$workload" in
    root) load=(put --prefix a/) what="puts in the root group" ;;
    shard) load=(put --prefix n/) what="puts in a shard group" ;;
    across) load=(across --prefixes a/,n/) what="transactions that put a key in each" ;;
    *)
      echo "order.sh: unknown workload $workload" >&2
      exit 2
      ;;
  esac
  for kind in flotilla etcd; do
    "${bench[@]}" "${load[@]}" --quiet --clients "$clients" --endpoint-policy "$policy" \
      --duration "$warm" --warmup 1 --keys 20000 \
      --endpoints "$("$cluster" endpoints "$directory/$kind")" >"$directory/warm" || {
      cat "$directory/warm"
      result=1
    }
  done
  for busy in 1 "$clients"; do
    printf '\n== %s, %s at a time, %s nodes each, connections: %s (A Flotilla, B etcd)\n' \
      "$what" "$busy" "$nodes" "$policy"
    "${bench[@]}" "${load[@]}" --quiet --clients "$busy" --endpoint-policy "$policy" \
      --duration 5 --warmup 2 --keys 20000 --counter flotilla_order_cuts_total \
      --endpoints "$("$cluster" endpoints "$directory/flotilla")" \
      --server-pid "$("$cluster" pids "$directory/flotilla")" \
      --versus "$("$cluster" endpoints "$directory/etcd")" \
      --versus-pid "$("$cluster" pids "$directory/etcd")" "$@" || result=1
  done
done
exit "$result"
