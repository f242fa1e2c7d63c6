/// What an operator may set, and how flags, `ETCD_*` variables and a YAML file become typed
/// records. Nothing below the composition root has a default: what the settings say is passed in.
@NullMarked
package io.flotilla.node.config;

import org.jspecify.annotations.NullMarked;
