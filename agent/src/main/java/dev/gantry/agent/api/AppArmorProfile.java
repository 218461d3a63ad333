package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** An AppArmor profile. */
public record AppArmorProfile(AppArmorProfileType type, @Nullable String localhostProfile) {}
