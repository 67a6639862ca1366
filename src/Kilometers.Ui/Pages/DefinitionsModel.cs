using DiffPlex.DiffBuilder.Model;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>What servers announced.</summary>
/// <param name="Servers">The newest version of each definition by server, with the number of its versions.</param>
public sealed record DefinitionsModel(
    IReadOnlyList<(string Server, IReadOnlyList<(DefinitionVersion Newest, int Versions)> Definitions)> Servers
);

/// <summary>One version of a definition, and how it differs from another.</summary>
/// <param name="Shown">The version.</param>
/// <param name="Versions">All versions, the newest first.</param>
/// <param name="Other">The version that it is compared with; null: none.</param>
/// <param name="Lines">The differences, line by line; null: there is nothing to compare with.</param>
public sealed record DefinitionModel(
    DefinitionVersion Shown,
    IReadOnlyList<DefinitionVersion> Versions,
    DefinitionVersion? Other,
    IReadOnlyList<DiffLine>? Lines
);

/// <summary>A line of two texts that are compared.</summary>
/// <param name="Kind">Whether it is in one or in both.</param>
/// <param name="Text">The line; of lines that were left out, how many they are.</param>
public sealed record DiffLine(ChangeType Kind, string Text);
