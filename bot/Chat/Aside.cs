using Bot.Storage;

namespace Bot.Chat;

/// <summary>
/// Slots of cards of an incident for which the platform makes no room: they stand beside its announcement, or with people alone. Where one
/// stands is a part of its slot, so that it is edited there, also once the incident has a room.
/// </summary>
internal static class Aside
{
    /// <param name="place">The platform's id of a room, or of a person.</param>
    /// <param name="slot">What it is in the incident's own room.</param>
    public static string In(string place, string slot) => $"{PostRow.AsideSlot}{place}/{slot}";

    public static bool Is(string slot) => slot.StartsWith(PostRow.AsideSlot, StringComparison.Ordinal);

    /// <summary>Where an aside slot is.</summary>
    public static string PlaceOf(string slot) => slot.Split('/', 3)[1];

    /// <summary>What a slot is, wherever it is.</summary>
    public static string WhatOf(string slot) => Is(slot) ? slot.Split('/', 3)[2] : slot;
}
