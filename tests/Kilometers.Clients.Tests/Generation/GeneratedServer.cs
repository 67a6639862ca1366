namespace Kilometers.Clients.Tests.Generation;

/// <summary>A server that a generated file has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Command">Its program; null: it is reached over HTTP.</param>
/// <param name="Arguments">Its arguments; null: it has none, not even an empty list.</param>
/// <param name="Environment">Its environment, or its headers.</param>
/// <param name="HasHeaders">Whether those are headers.</param>
internal sealed record GeneratedServer(
    string Name,
    string? Command,
    IReadOnlyList<string>? Arguments,
    IReadOnlyList<(string Name, string Value)> Environment,
    bool HasHeaders
)
{
    /// <summary>Some servers with different names.</summary>
    public static List<GeneratedServer> Some(Dice dice) =>
        [
            .. dice.Many(5, () => dice.Of("files", "git-hub", "two words", "é", "x.y", "3", "quote\"d", "-dash"))
                .Distinct()
                .Select(name => One(dice, name)),
        ];

    private static GeneratedServer One(Dice dice, string name)
    {
        var command = dice.Chance(75) ? dice.Of("npx", "./run", "/usr/bin/node", "C:\\x\\y.exe", "sérver", "it's") : null;
        return new GeneratedServer(
            name,
            command,
            command is not null && dice.Chance(80) ? dice.Many(4, dice.Word) : null,
            dice.Many(3, dice.Word).Distinct().Select((key, at) => ($"K{at}", key)).ToList(),
            command is null && dice.Chance(70)
        );
    }
}
