/// How the node logs: lines for people, or one JSON object a line with etcd's field names.
@NullMarked
package io.flotilla.node.log;

import org.jspecify.annotations.NullMarked;
