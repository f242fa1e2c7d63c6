#!/usr/bin/env bash
# Measures how the write rate grows with the number of groups where the log is what limits a group:
# every log takes so many bytes a second and no more, and each force of it takes a while longer than the
# disk does. The keys are spread evenly over the groups; the root group orders and has no keys here.
#
#   groups.sh [--groups 1,2,4,8] [--nodes 1] [--base-port 23790] [--log-bytes 200000]
#             [--force-micros 1000] [--clients 256] [--binary PATH] [-- MORE FLAGS OF flotilla bench even]
#
# BENCH names the harness's command, as failover.sh finds it. The slow logs are those of FLOTILLA_JAVA_OPTS
# -Dflotilla.fault.log-bytes-per-second=N -Dflotilla.fault.log-force-micros=N (docs/testing.md). Takes about
# a minute and a half as it is. Choose --log-bytes so that all groups together stay below what the
# processors can do, or those are what is measured.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
read -ra bench <<<"${BENCH:-$here/../deploy/target/flotilla/bin/flotilla bench}"

groups=1,2,4,8 nodes=1 base_port=23790 log_bytes=200000 force_micros=1000 clients=256 binary=()
while [ $# -gt 0 ]; do
  case "$1" in
    --groups) groups=$2 ;;
    --nodes) nodes=$2 ;;
    --base-port) base_port=$2 ;;
    --log-bytes) log_bytes=$2 ;;
    --force-micros) force_micros=$2 ;;
    --clients) clients=$2 ;;
    --binary) binary=(--binary "$2") ;;
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

directory=$(mktemp -d "${TMPDIR:-/tmp}/groups.XXXXXX")
down() {
  [ ! -f "$directory/cluster/cluster" ] || "$cluster" down "$directory/cluster"
  rm -rf "$directory"
}
trap down EXIT
trap 'exit 130' INT TERM

figure() { # a number of the first run in a result of the harness
  sed -n "s/.*\"$2\" *: *\([0-9.E-]*\).*/\1/p" "$1" | head -n 1
}

delays="-Dflotilla.fault.log-bytes-per-second=$log_bytes -Dflotilla.fault.log-force-micros=$force_micros"
result=0
for count in ${groups//,/ }; do
  prefixes=$(seq -f 'g%02.0f/' -s, 1 "$count")
  FLOTILLA_JAVA_OPTS="${FLOTILLA_JAVA_OPTS:-} $delays" "$cluster" up "$directory/cluster" \
    --kind flotilla --nodes "$nodes" --base-port "$base_port" --minutes 30 "${binary[@]}" \
    -- --initial-shards "$prefixes"
  printf '\n== %s groups with keys, each log %s bytes/s and %s us a force, %s nodes\n' \
    "$count" "$log_bytes" "$force_micros" "$nodes"
  "${bench[@]}" even --quiet --prefixes "$prefixes" --clients "$clients" --keys 10000 \
    --duration 8 --warmup 4 --counter flotilla_order_cuts_total --json "$directory/$count.json" \
    --endpoints "$("$cluster" endpoints "$directory/cluster")" \
    --server-pid "$("$cluster" pids "$directory/cluster")" "$@" || result=1
  "$cluster" down "$directory/cluster"
done

printf '\n%8s %12s %10s %10s\n' groups requests/s 'of one' 'p50 ms'
for count in ${groups//,/ }; do
  [ -f "$directory/$count.json" ] || continue
  echo "$count $(figure "$directory/$count.json" requests_per_second) $(figure "$directory/$count.json" p50_ms)"
done | awk '{ if (NR == 1) one = $2 / $1; printf "%8d %12.0f %10.2f %10.1f\n", $1, $2, $2 / one, $3 }'
exit "$result"
