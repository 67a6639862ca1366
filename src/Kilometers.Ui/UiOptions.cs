using System.Globalization;

namespace Kilometers.Ui;

/// <summary>What km asks of this program.</summary>
/// <param name="Folder">Where the recorder's file is, or will be.</param>
/// <param name="Port">The port; 0: any that is free.</param>
/// <param name="Linger">How long it runs while no page is open.</param>
internal sealed record UiOptions(string Folder, int Port, TimeSpan Linger)
{
    private static readonly TimeSpan DefaultLinger = TimeSpan.FromMinutes(10);

    /// <summary>Where the files of analytics are, or will be; null: nowhere.</summary>
    public string? Analytics { get; init; }

    /// <summary>Where the files of guard are, or will be; null: nowhere.</summary>
    public string? Guard { get; init; }

    /// <returns>Null if the arguments are wrong.</returns>
    public static UiOptions? Read(IReadOnlyList<string> args)
    {
        if (args is not [{ Length: > 0 } folder, ..] || args.Count % 2 == 0)
            return null;
        var options = new UiOptions(folder, 0, DefaultLinger);
        for (var at = 1; at < args.Count; at += 2)
        {
            var isNumber = int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (args[at])
            {
                case "--port" when isNumber && number <= ushort.MaxValue:
                    options = options with { Port = number };
                    break;
                case "--linger" when isNumber:
                    options = options with { Linger = TimeSpan.FromSeconds(number) };
                    break;
                case "--analytics":
                    options = options with { Analytics = args[at + 1] };
                    break;
                case "--guard":
                    options = options with { Guard = args[at + 1] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
