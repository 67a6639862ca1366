namespace Kilometers.Relay;

/// <summary>
/// What of the arguments of <c>km monitor</c> the relay itself needs. It knows the options by name and no more: whatever it does not
/// understand at once is left to the host program, which knows them all, explains what is wrong, and may call the relay again.
/// </summary>
internal sealed record SessionArguments
{
    private const string Command = "monitor";
    private static readonly string[] Flags = ["--server", "--no-plugins", "--quiet", "-q"];
    private static readonly string[] WithValue = ["--name", "--buffer-size", "--queue-size", "--dev-plugin", "--dev-access"];
    private static readonly (char Unit, int Shift)[] Units = [('G', 30), ('M', 20), ('K', 10)];

    /// <summary>The words between <c>monitor</c> and <c>--</c>.</summary>
    public required string[] Options { get; init; }

    /// <summary>The server's command and its arguments; at least the command.</summary>
    public required string[] Server { get; init; }

    /// <summary>Bytes of the largest message that is observed whole.</summary>
    public long MaxMessage { get; init; } = 16L << 20;

    /// <returns>Null if these are not arguments of a session, or not such that the relay understands.</returns>
    public static SessionArguments? TryParse(string[] args)
    {
        var end = Array.IndexOf(args, "--");
        if (args is not [Command, ..] || end < 0 || end + 1 >= args.Length || args[end + 1].Length == 0)
            return null;
        var parsed = new SessionArguments { Options = args[1..end], Server = args[(end + 1)..] };
        for (var i = 0; i < parsed.Options.Length; i++)
        {
            var option = parsed.Options[i];
            if (Flags.Contains(option))
                continue;
            string value;
            if (option.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign)
                (option, value) = (option[..sign], option[(sign + 1)..]);
            else if (++i < parsed.Options.Length && parsed.Options[i] is [not '-', ..])
                value = parsed.Options[i];
            else
                return null;
            if (!WithValue.Contains(option))
                return null;
            if (option is not ("--buffer-size" or "--queue-size"))
                continue;
            if (!TryParseSize(value, out var size))
                return null;
            if (option == "--buffer-size")
                parsed = parsed with { MaxMessage = size };
        }

        return parsed;
    }

    /// <summary>The plain forms of a size: 65536, 512KB, 16MB, 1GB.</summary>
    private static bool TryParseSize(string text, out long size)
    {
        var shift = 0;
        var number = text.EndsWith('B') ? text[..^1] : text;
        foreach (var (unit, bits) in Units)
            if (number.EndsWith(unit))
                (number, shift) = (number[..^1], bits);
        return long.TryParse(number, System.Globalization.NumberStyles.None, null, out size)
                && size is > 0 and <= 1 << 20
                && (size <<= shift) > 0
            || (shift == 0 && long.TryParse(number, System.Globalization.NumberStyles.None, null, out size) && size > 0);
    }
}
