/// Keys move between groups: the part of the root leader.
///
/// [io.flotilla.placement.handover.ShardAdmin] checks what operators and the planner ask for and
/// begins it; [io.flotilla.placement.handover.HandoverDriver] takes each handover that the root
/// group's state records through its steps: copies the history of the range with back pressure,
/// switches, tries again, gives up; and retires groups that have no keys any more. What is decided
/// is in [io.flotilla.placement.handover.HandoverCourse] and other classes that take time and
/// answers as parameters. See docs/design/0010.
@NullMarked
package io.flotilla.placement.handover;

import org.jspecify.annotations.NullMarked;
