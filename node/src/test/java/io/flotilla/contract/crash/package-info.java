/// Kills a server again and again under load and checks that it forgets nothing it acknowledged and
/// makes up nothing. The ledger is the judge; the loop only drives.
@NullMarked
package io.flotilla.contract.crash;

import org.jspecify.annotations.NullMarked;
