package org.perceiveir.trainer.config;

/**
 * A key that a reader of a configuration asked for.
 *
 * @param path with dots between sections and {@code []} after a list of sections
 * @param type what kind of value it takes, in words
 * @param fallback what a missing one stands for; empty where there is no such value
 */
public record ConfigKey(String path, String type, String fallback) {}
