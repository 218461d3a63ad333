package dev.gantry.agent.admission;

import dev.gantry.agent.api.TaintEffect;

/** What a node says to keep pods away that do not tolerate it. */
public record Taint(String key, String value, TaintEffect effect) {}
