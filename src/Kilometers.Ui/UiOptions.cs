using System.Globalization;

namespace Kilometers.Ui;

/// <summary>What km asks of this program.</summary>
/// <param name="Folder">Where the recorder's file is, or will be.</param>
/// <param name="Port">The port; 0: any that is free.</param>
/// <param name="Linger">How long it runs while no page is open.</param>
internal sealed record UiOptions(string Folder, int Port, TimeSpan Linger)
{
    private static readonly TimeSpan DefaultLinger = TimeSpan.FromMinutes(10);

    /// <returns>Null if the arguments are wrong.</returns>
    public static UiOptions? Read(IReadOnlyList<string> args)
    {
        if (args is not [{ Length: > 0 } folder, ..] || args.Count % 2 == 0)
            return null;
        var options = new UiOptions(folder, 0, DefaultLinger);
        for (var at = 1; at < args.Count; at += 2)
        {
            if (!int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return null;
            switch (args[at])
            {
                case "--port" when number <= ushort.MaxValue:
                    options = options with { Port = number };
                    break;
                case "--linger":
                    options = options with { Linger = TimeSpan.FromSeconds(number) };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
