package org.perceiveir.streams.pass;

/**
 * Which way a frame goes and why.
 *
 * @param route the way
 * @param reason one line, for instance {@code excellent 0.97: route.excellent=pass-through}
 */
public record RouteDecision(Route route, String reason) {}
