/// Dialogues with etcd, written down: what was asked and what etcd answered, to be asked of our
/// node and compared line by line; and dialogues at random, held with both at once.
@NullMarked
package io.flotilla.contract.transcript;

import org.jspecify.annotations.NullMarked;
