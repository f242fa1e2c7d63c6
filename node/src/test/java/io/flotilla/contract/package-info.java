/// One suite that says what an etcd compatible server does, run unchanged against any endpoint: a
/// real etcd, our node, or a server that already runs. [io.flotilla.contract.Servers] chooses the
/// target; [io.flotilla.contract.Dialect] holds what releases of etcd do differently. Numbers such
/// as "assertion 12" and "2.3" in comments cite the contract document's sections 6 and 1 to 5.
@NullMarked
package io.flotilla.contract;

import org.jspecify.annotations.NullMarked;
