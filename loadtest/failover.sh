#!/usr/bin/env bash
# Measures how a cluster on this machine takes an event, many times over.
#
#   failover.sh EVENT [--kind flotilla|etcd] [--nodes 3] [--base-port 23790] [--binary PATH]
#               [-- MORE FLAGS OF flotilla bench failover]
#
# EVENT: kill-leader     kill -9 of the leader, which is started again
#        kill-follower   the same of a follower
#        stop-leader     SIGTERM to the leader (it hands leadership over), which is started again
#        stop-follower   the same of a follower
#        pause-leader    SIGSTOP of the leader, SIGCONT at the restoration
#        move-leader     etcdctl move-leader to a follower
#
# BENCH names the harness's command, by default the built folder's: deploy/target/flotilla/bin/flotilla
# bench. Example, 20 rounds: failover.sh kill-leader --kind etcd -- --rounds 20 --json etcd.json
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
read -ra bench <<<"${BENCH:-$here/../deploy/target/flotilla/bin/flotilla bench}"

[ $# -gt 0 ] || {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
  exit 2
}
event=$1
shift
up=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  up+=("$1")
  shift
done
[ $# -eq 0 ] || shift

# The commands run in the harness's shell, where the directory and the round are variables.
# shellcheck disable=SC2016
case "$event" in
  kill-* | stop-*)
    verb=kill
    [ "${event%-*}" = stop ] && verb=term
    who='$BENCH_LEADER_INDEX'
    [ "${event#*-}" = follower ] && who='$BENCH_FOLLOWER_INDEX'
    hurt="'$cluster' $verb \"\$CLUSTER_DIR\" $who"
    heal="'$cluster' start \"\$CLUSTER_DIR\" $who"
    ;;
  pause-leader)
    hurt="'$cluster' pause \"\$CLUSTER_DIR\" \$BENCH_LEADER_INDEX"
    heal="'$cluster' resume \"\$CLUSTER_DIR\" \$BENCH_LEADER_INDEX"
    ;;
  move-leader)
    export ETCDCTL_API=3
    hurt='etcdctl --endpoints "$BENCH_LEADER" move-leader "$(
      etcdctl --endpoints "$BENCH_FOLLOWER" endpoint status | cut -d, -f2 | tr -d " ")"'
    heal=true
    ;;
  *)
    echo "failover.sh: unknown event $event" >&2
    exit 2
    ;;
esac

# shellcheck disable=SC2016
"$cluster" run "${up[@]}" -- bash -c '"$@" --endpoints "$CLUSTER_ENDPOINTS"' bash "${bench[@]}" \
  failover --event-command "$hurt" --restore-command "$heal" "$@"
