/**
 * The demo: known clean frames, degraded, sent through Kafka, restored, and measured against them.
 */
@NullMarked
package org.perceiveir.cli.demo;

import org.jspecify.annotations.NullMarked;
