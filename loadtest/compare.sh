#!/usr/bin/env bash
# Compares a cluster of Flotilla with a cluster of etcd of the same size on this machine: the same
# workloads, in turn, and the ratio of the medians. One cluster idles while the other is measured.
#
#   compare.sh [--nodes 3] [--base-port 23790] [--policies spread,leader,follower]
#              [--workloads put,range] [-- MORE FLAGS OF flotilla bench]
#
# BENCH names the harness's command, FLOTILLA and ETCD the servers' programs, as failover.sh and
# cluster.sh find them. Example: compare.sh --policies follower -- --rounds 3 --duration 6
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
read -ra bench <<<"${BENCH:-$here/../deploy/target/flotilla/bin/flotilla bench}"

nodes=3 base_port=23790 policies=spread,leader,follower workloads=put,range
while [ $# -gt 0 ]; do
  case "$1" in
    --nodes) nodes=$2 ;;
    --base-port) base_port=$2 ;;
    --policies) policies=$2 ;;
    --workloads) workloads=$2 ;;
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

directory=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX")
down() {
  local kind
  for kind in flotilla etcd; do
    [ ! -f "$directory/$kind/cluster" ] || "$cluster" down "$directory/$kind"
  done
  rm -rf "$directory"
}
trap down EXIT
trap 'exit 130' INT TERM

"$cluster" up "$directory/flotilla" --kind flotilla --nodes "$nodes" --base-port "$base_port" \
  ${FLOTILLA:+--binary "$FLOTILLA"}
"$cluster" up "$directory/etcd" --kind etcd --nodes "$nodes" \
  --base-port "$((base_port + 2 * nodes))" ${ETCD:+--binary "$ETCD"}

for workload in ${workloads//,/ }; do
  for policy in ${policies//,/ }; do
    printf '\n== %s, %s nodes each, connections: %s (A Flotilla, B etcd)\n' "$workload" "$nodes" "$policy"
    "${bench[@]}" "$workload" --quiet --endpoint-policy "$policy" \
      --endpoints "$("$cluster" endpoints "$directory/flotilla")" \
      --server-pid "$("$cluster" pids "$directory/flotilla")" \
      --versus "$("$cluster" endpoints "$directory/etcd")" \
      --versus-pid "$("$cluster" pids "$directory/etcd")" "$@"
  done
done
