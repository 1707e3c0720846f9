/**
 * Reader and writer of the safetensors format: {@code u64 header length, JSON header, raw data},
 * all little-endian.
 *
 * <p>Files come from outside, so the reader trusts nothing: the header is bounded, keys may not
 * repeat, and the tensors must tile the data section exactly, without gap or overlap.
 */
@NullMarked
package org.perceiveir.model.safetensors;

import org.jspecify.annotations.NullMarked;
