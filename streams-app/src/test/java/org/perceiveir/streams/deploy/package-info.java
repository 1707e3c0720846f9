/**
 * What is deployed around the service: the compose stack, its dashboards and its alert rules, each
 * held against the real thing where the machine has it.
 */
@NullMarked
package org.perceiveir.streams.deploy;

import org.jspecify.annotations.NullMarked;
